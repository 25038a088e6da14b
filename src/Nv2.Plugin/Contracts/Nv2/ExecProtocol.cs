using System.Text.Json.Serialization;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary>The exec protocol, version 1.0: nv2's own. docs/protocol.md is its description for authors of hosts.</summary>
internal static class ExecProtocol
{
    public static readonly HostContract Contract = new("nv2", "protocolVersion", "1.0",
    [
        new(DescribeCommand.Name, DescribeCommand.Run),
        new(GenerateSignatureCommand.Name, GenerateSignatureCommand.Run),
        new(VerifySignatureCommand.Name, VerifySignatureCommand.Run),
    ]);

    /// <summary>The commands in one line each, for the help.</summary>
    public static IReadOnlyList<(string Name, string Text)> Summaries =>
    [
        (DescribeCommand.Name, "For programs: say what this program can do (JSON on standard input and output)"),
        (GenerateSignatureCommand.Name, "For programs: sign an artifact (JSON on standard input and output)"),
        (VerifySignatureCommand.Name, "For programs: verify a signature (JSON on standard input and output)"),
        (HostCall.NameInRequest, "For programs: any of the three, named by \"command\" in the request"),
    ];
}

/// <summary>The response to <c>describe</c>.</summary>
internal sealed record DescribeResponse(
    string Name,
    string Description,
    string Version,
    string Url,
    IReadOnlyList<SupportedContract> Contracts,
    IReadOnlyList<string> Commands,
    IReadOnlyList<SupportedFormat> SignatureFormats,
    Limits Limits,
    DescribedBuild Build,
    DescribedKey? Key);

/// <summary>A contract and its versions.</summary>
internal sealed record SupportedContract(string Name, IReadOnlyList<string> Versions);

/// <summary>A signature format and the algorithms to sign with.</summary>
internal sealed record SupportedFormat(string MediaType, IReadOnlyList<string> Algorithms);

/// <summary>The largest request and the largest signature in bytes.</summary>
internal sealed record Limits(int RequestBytes, int SignatureBytes);

/// <summary>What this program was made with: the version of the .NET runtime, and OpenSSL, where the platform's cryptography calls it.</summary>
internal sealed record DescribedBuild(string Dotnet, LinkedOpenSsl? Openssl);

/// <summary>
/// The OpenSSL library: what it says of itself, whether it is inside (<c>static</c>) or the machine's own (<c>system</c>), and the distribution's
/// package that the build linked with, where it is known.
/// </summary>
internal sealed record LinkedOpenSsl(string Version, string Linkage, string? BuildPackage);

/// <summary>The key that the request named.</summary>
internal sealed record DescribedKey(string KeyId, string KeySpec, string LibtrustKeyId, CertificateReport? Certificate);

/// <summary>The response to <c>generate-signature</c>.</summary>
internal sealed record GenerateSignatureResponse(
    string KeyId,
    string SigningAlgorithm,
    string SignatureFormat,
    byte[] Signature,
    DescriptorReport Subject,
    ManifestToPush Artifact);

/// <summary>The manifest under which the signature is stored.</summary>
internal sealed record ManifestToPush(string MediaType, string Digest, long Size, byte[] Content);

/// <summary>The JSON of the responses; that of <c>verify-signature</c> is <see cref="VerificationJson"/>.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DescribeResponse))]
[JsonSerializable(typeof(GenerateSignatureResponse))]
internal sealed partial class ExecProtocolJson : JsonSerializerContext
{
    public static ReadOnlyMemory<byte> Line(DescribeResponse response) =>
        JsonOutput.Line(response, new ExecProtocolJson().DescribeResponseSerializeHandler);

    public static ReadOnlyMemory<byte> Line(GenerateSignatureResponse response) =>
        JsonOutput.Line(response, new ExecProtocolJson().GenerateSignatureResponseSerializeHandler);
}
