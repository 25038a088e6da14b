using Nv2.Plugin.Reports;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary><c>generate-signature</c>: the raw signature of a payload; notation makes the envelope.</summary>
internal static class GenerateSignatureCommand
{
    public const string Name = "generate-signature";

    public static HostAnswer Run(HostRequest call)
    {
        var request = call.Json;
        var config = PluginConfig.Read(request);
        PluginRequirement.RequireAbsent(config);
        var payload = request.Required("payload");
        var content = payload.Base64(HostCall.MaxRequestBytes);
        if (content.Length == 0)
            throw payload.Invalid("is empty: expected the bytes to sign");

        var keySpec = request.Required("keySpec");
        var hash = request.Required("hashAlgorithm");
        _ = (keySpec.NonEmptyText(), hash.NonEmptyText());
        using var key = RequestedKey.Read(request, config);
        RequireEqual(keySpec, key.Key.Spec.ToString(), "the key's spec");
        RequireEqual(hash, key.HashName, $"the hash for {key.Key.Spec}");
        var chain = key.ReadChain(call.Clock);
        return new(
            JsonOutput.Line(
                new GenerateSignatureResponse(
                    key.Id,
                    key.Key.Sign(content, key.Algorithm),
                    key.AlgorithmName,
                    [.. chain.Select(certificate => certificate.RawData)]
                )
            )
        )
        {
            Warnings = key.Warning is { } warning ? [warning] : [],
        };
    }

    private static void RequireEqual(JsonNode property, string expected, string reason)
    {
        if (property.Text() != expected)
            throw property.Invalid($"is {Quoted.Text(property.Text())}: expected {expected}, {reason}");
    }
}
