using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary>The exec protocol, version 1.0, nv2's own. docs/protocol.md describes it for authors of hosts.</summary>
internal static class ExecProtocol
{
    public static readonly HostContract Contract = new(
        "nv2",
        "protocolVersion",
        "1.0",
        [
            new(DescribeCommand.Name, DescribeCommand.Run),
            new(GenerateSignatureCommand.Name, GenerateSignatureCommand.Run),
            new(VerifySignatureCommand.Name, VerifySignatureCommand.Run),
        ]
    );

    /// <summary>The commands in one line each, for the help.</summary>
    public static IReadOnlyList<(string Name, string Text)> Summaries =>
        [
            (DescribeCommand.Name, "For programs: describe this program (JSON on standard input and output)"),
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
    DescribedKey? Key
) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("name"u8, Name);
        json.Text("description"u8, Description);
        json.Text("version"u8, Version);
        json.Text("url"u8, Url);
        json.Records("contracts"u8, Contracts);
        json.Texts("commands"u8, Commands);
        json.Records("signatureFormats"u8, SignatureFormats);
        json.Record("limits"u8, Limits);
        json.Record("build"u8, Build);
        json.Record("key"u8, Key);
    }
}

/// <summary>A contract and its versions.</summary>
internal sealed record SupportedContract(string Name, IReadOnlyList<string> Versions) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("name"u8, Name);
        json.Texts("versions"u8, Versions);
    }
}

/// <summary>A signature format and the algorithms to sign with.</summary>
internal sealed record SupportedFormat(string MediaType, IReadOnlyList<string> Algorithms) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("mediaType"u8, MediaType);
        json.Texts("algorithms"u8, Algorithms);
    }
}

/// <summary>The largest request and the largest signature in bytes.</summary>
internal sealed record Limits(int RequestBytes, int SignatureBytes) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Number("requestBytes"u8, RequestBytes);
        json.Number("signatureBytes"u8, SignatureBytes);
    }
}

/// <summary>What this program was made with: the version of the .NET runtime, and OpenSSL, if the platform's cryptography uses it.</summary>
internal sealed record DescribedBuild(string Dotnet, LinkedOpenSsl? Openssl) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("dotnet"u8, Dotnet);
        json.Record("openssl"u8, Openssl);
    }
}

/// <summary>
/// The OpenSSL library: its version, whether it is inside (<c>static</c>) or the machine's own (<c>system</c>), and the distribution's package that
/// the build linked with, if known.
/// </summary>
internal sealed record LinkedOpenSsl(string Version, string Linkage, string? BuildPackage) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("version"u8, Version);
        json.Text("linkage"u8, Linkage);
        json.Text("buildPackage"u8, BuildPackage);
    }
}

/// <summary>The key that the request named.</summary>
internal sealed record DescribedKey(string KeyId, string KeySpec, string LibtrustKeyId, CertificateReport? Certificate) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("keyId"u8, KeyId);
        json.Text("keySpec"u8, KeySpec);
        json.Text("libtrustKeyId"u8, LibtrustKeyId);
        json.Record("certificate"u8, Certificate);
    }
}

/// <summary>The response to <c>generate-signature</c>.</summary>
internal sealed record GenerateSignatureResponse(
    string KeyId,
    string SigningAlgorithm,
    string SignatureFormat,
    byte[] Signature,
    DescriptorReport Subject,
    ManifestToPush Artifact
) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("keyId"u8, KeyId);
        json.Text("signingAlgorithm"u8, SigningAlgorithm);
        json.Text("signatureFormat"u8, SignatureFormat);
        json.Bytes("signature"u8, Signature);
        json.Record("subject"u8, Subject);
        json.Record("artifact"u8, Artifact);
    }
}

/// <summary>The manifest under which the signature is stored.</summary>
internal sealed record ManifestToPush(string MediaType, string Digest, long Size, byte[] Content) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("mediaType"u8, MediaType);
        json.Text("digest"u8, Digest);
        json.Number("size"u8, Size);
        json.Bytes("content"u8, Content);
    }
}
