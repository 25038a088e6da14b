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
    IReadOnlyList<string> Capabilities
) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("name"u8, Name);
        json.Text("description"u8, Description);
        json.Text("version"u8, Version);
        json.Text("url"u8, Url);
        json.Texts("supportedContractVersions"u8, SupportedContractVersions);
        json.Texts("capabilities"u8, Capabilities);
    }
}

/// <summary>The response to <c>describe-key</c>.</summary>
internal sealed record DescribeKeyResponse(string KeyId, string KeySpec) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("keyId"u8, KeyId);
        json.Text("keySpec"u8, KeySpec);
    }
}

/// <summary>The response to <c>generate-signature</c>.</summary>
internal sealed record GenerateSignatureResponse(string KeyId, byte[] Signature, string SigningAlgorithm, IReadOnlyList<byte[]> CertificateChain)
    : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("keyId"u8, KeyId);
        json.Bytes("signature"u8, Signature);
        json.Text("signingAlgorithm"u8, SigningAlgorithm);
        json.Blobs("certificateChain"u8, CertificateChain);
    }
}

/// <summary>The response to <c>generate-envelope</c>.</summary>
internal sealed record GenerateEnvelopeResponse(
    byte[] SignatureEnvelope,
    string SignatureEnvelopeType,
    IReadOnlyDictionary<string, string> Annotations
) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Bytes("signatureEnvelope"u8, SignatureEnvelope);
        json.Text("signatureEnvelopeType"u8, SignatureEnvelopeType);
        json.Map("annotations"u8, Annotations);
    }
}

/// <summary>The response to <c>verify-signature</c>.</summary>
internal sealed record VerifySignatureResponse(VerificationResults VerificationResults, IReadOnlyList<string> ProcessedAttributes) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Record("verificationResults"u8, VerificationResults);
        json.Texts("processedAttributes"u8, ProcessedAttributes);
    }
}

/// <summary>The outcome of each check that notation asked for.</summary>
internal sealed record VerificationResults(
    [property: JsonPropertyName(Capabilities.TrustedIdentity)] CheckOutcome? TrustedIdentity,
    [property: JsonPropertyName(Capabilities.RevocationCheck)] CheckOutcome? RevocationCheck
) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Record("SIGNATURE_VERIFIER.TRUSTED_IDENTITY"u8, TrustedIdentity);
        json.Record("SIGNATURE_VERIFIER.REVOCATION_CHECK"u8, RevocationCheck);
    }
}

/// <summary>The outcome of one check.</summary>
internal sealed record CheckOutcome(bool Success, string Reason) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Flag("success"u8, Success);
        json.Text("reason"u8, Reason);
    }
}
