using Nv2.Plugin.Platform;
using Nv2.Plugin.Reports;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary><c>describe</c>: what this program can do, and on request the description of a key.</summary>
internal static class DescribeCommand
{
    public const string Name = "describe";

    private static readonly SigningAlgorithm[] OnlyVerified = [SigningAlgorithm.RS384, SigningAlgorithm.RS512];

    public static HostAnswer Run(HostRequest request) =>
        new(
            JsonOutput.Line(
                new DescribeResponse(
                    PluginInformation.Name,
                    PluginInformation.Description,
                    PluginInformation.Version,
                    PluginInformation.Url,
                    [.. request.Contracts.Select(contract => new SupportedContract(contract.Name, [contract.Version]))],
                    [.. request.Contract.Commands.Select(command => command.Name)],
                    [.. SignatureFormats.All.Select(Describe)],
                    new Limits(HostCall.MaxRequestBytes, SignatureFormats.MaxBytes),
                    new DescribedBuild(PluginInformation.DotNetVersion, DescribeOpenSsl()),
                    request.Json.Optional("keyId") is { } keyId ? DescribeKey(request.Json, keyId) : null
                )
            )
        );

    private static SupportedFormat Describe(ISignatureFormat format) =>
        new(format.MediaType.ToString(), [.. format.Algorithms.Except(OnlyVerified).Select(algorithm => algorithm.Name)]);

    private static LinkedOpenSsl? DescribeOpenSsl() =>
        OpenSslLibrary.Linked is { } library ? new(library.Version, library.IsStatic ? "static" : "system", library.Package) : null;

    private static DescribedKey DescribeKey(JsonNode request, JsonNode keyId)
    {
        using var opened = PluginConfig.Read(request).OpenKey(keyId);
        var (key, certificates) = (opened.Key, opened.Certificates);
        if (certificates is [var first, ..] && !key.BelongsTo(first))
        {
            var failure = $"the key ({key.Spec}) does not belong to the certificate {DistinguishedName.BriefOf(first)}";
            throw PluginConfig.InvalidCertificate(failure);
        }

        return new(
            keyId.Text(),
            key.Spec.ToString(),
            LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo()),
            certificates is [var certificate, ..] ? CertificateReport.Of(certificate) : null
        );
    }
}
