using System.Text.Json.Serialization;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary>The response to <c>get-plugin-metadata</c>.</summary>
internal sealed record GetPluginMetadataResponse(
    string Name,
    string Description,
    string Version,
    string Url,
    IReadOnlyList<string> SupportedContractVersions,
    IReadOnlyList<string> Capabilities);

/// <summary>The response to <c>describe-key</c>.</summary>
internal sealed record DescribeKeyResponse(string KeyId, string KeySpec);

/// <summary>The response to <c>generate-signature</c>.</summary>
internal sealed record GenerateSignatureResponse(string KeyId, byte[] Signature, string SigningAlgorithm, IReadOnlyList<byte[]> CertificateChain);

/// <summary>The response to <c>generate-envelope</c>.</summary>
internal sealed record GenerateEnvelopeResponse(
    byte[] SignatureEnvelope,
    string SignatureEnvelopeType,
    IReadOnlyDictionary<string, string> Annotations);

/// <summary>The response to <c>verify-signature</c>.</summary>
internal sealed record VerifySignatureResponse(VerificationResults VerificationResults, IReadOnlyList<string> ProcessedAttributes);

/// <summary>The outcome of each check that notation asked for.</summary>
internal sealed record VerificationResults(
    [property: JsonPropertyName(Capabilities.TrustedIdentity)] CheckOutcome? TrustedIdentity,
    [property: JsonPropertyName(Capabilities.RevocationCheck)] CheckOutcome? RevocationCheck);

/// <summary>The outcome of one check.</summary>
internal sealed record CheckOutcome(bool Success, string Reason);

/// <summary>The JSON of the responses.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GetPluginMetadataResponse))]
[JsonSerializable(typeof(DescribeKeyResponse))]
[JsonSerializable(typeof(GenerateSignatureResponse))]
[JsonSerializable(typeof(GenerateEnvelopeResponse))]
[JsonSerializable(typeof(VerifySignatureResponse))]
internal sealed partial class NotationJson : JsonSerializerContext
{
    public static ReadOnlyMemory<byte> Line(GetPluginMetadataResponse response) =>
        JsonOutput.Line(response, new NotationJson().GetPluginMetadataResponseSerializeHandler);

    public static ReadOnlyMemory<byte> Line(DescribeKeyResponse response) =>
        JsonOutput.Line(response, new NotationJson().DescribeKeyResponseSerializeHandler);

    public static ReadOnlyMemory<byte> Line(GenerateSignatureResponse response) =>
        JsonOutput.Line(response, new NotationJson().GenerateSignatureResponseSerializeHandler);

    public static ReadOnlyMemory<byte> Line(GenerateEnvelopeResponse response) =>
        JsonOutput.Line(response, new NotationJson().GenerateEnvelopeResponseSerializeHandler);

    public static ReadOnlyMemory<byte> Line(VerifySignatureResponse response) =>
        JsonOutput.Line(response, new NotationJson().VerifySignatureResponseSerializeHandler);
}
