using System.Text.Json;
using Nv2.Plugin.Files;
using Nv2.Plugin.Hosts;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.Protocol;

/// <summary><c>describe</c>: what this program can do, and, when asked, what a key is.</summary>
internal static class DescribeCommand
{
    public const string Name = "describe";

    private static readonly SigningAlgorithm[] OnlyVerified = [SigningAlgorithm.RS384, SigningAlgorithm.RS512];

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        response.WriteStartObject();
        response.WriteString("name", PluginInformation.Name);
        response.WriteString("description", PluginInformation.Description);
        response.WriteString("version", PluginInformation.Version);
        response.WriteString("url", PluginInformation.Url);

        response.WriteStartArray("contracts");
        foreach (var contract in HostContracts.All)
        {
            response.WriteStartObject();
            response.WriteString("name", contract.Name);
            WriteArray(response, "versions", [contract.Version]);
            response.WriteEndObject();
        }

        response.WriteEndArray();
        WriteArray(response, "commands", ExecProtocol.Contract.Commands.Select(command => command.Name));
        response.WriteStartArray("signatureFormats");
        foreach (var format in SignatureFormats.All)
        {
            response.WriteStartObject();
            response.WriteString("mediaType", format.MediaType.ToString());
            WriteArray(response, "algorithms", format.Algorithms.Except(OnlyVerified).Select(algorithm => algorithm.Name));
            response.WriteEndObject();
        }

        response.WriteEndArray();
        response.WriteStartObject("limits");
        response.WriteNumber("requestBytes", HostCall.MaxRequestBytes);
        response.WriteNumber("signatureBytes", SignatureFormats.MaxBytes);
        response.WriteEndObject();

        if (request.Optional("keyId") is { } keyId)
            WriteKey(response, request, keyId);
        response.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter response, JsonNode request, JsonNode keyId)
    {
        using var key = RequestFile.Read(keyId, InputFile.ReadKey);
        var certificates = PluginConfig.Read(request).ReadCertificates() ?? [];
        if (certificates is [var first, ..] && !key.BelongsTo(first))
        {
            throw new InvalidInputException(
                $"the request: $.pluginConfig.certificate: the key ({key.Spec}) does not belong to the certificate {DistinguishedName.Brief(first.SubjectName)}")
            {
                Path = "$.pluginConfig.certificate",
            };
        }

        response.WriteStartObject("key");
        response.WriteString("keyId", keyId.Text());
        response.WriteString("keySpec", key.Spec.ToString());
        response.WriteString("libtrustKeyId", LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo()));
        if (certificates is [var certificate, ..])
            VerificationJson.WriteCertificate(response, "certificate", certificate);
        response.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter response, string name, IEnumerable<string> values)
    {
        response.WriteStartArray(name);
        foreach (var value in values)
            response.WriteStringValue(value);
        response.WriteEndArray();
    }
}
