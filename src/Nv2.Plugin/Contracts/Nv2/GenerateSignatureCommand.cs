using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Signing;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary><c>generate-signature</c>: signs an artifact, and makes the manifest to push for the signature.</summary>
internal static class GenerateSignatureCommand
{
    public const string Name = "generate-signature";

    private const int MaxReferences = 1024;

    public static HostAnswer Run(HostRequest call)
    {
        var request = call.Json;
        var described = RequestProperties.ReadSubject(request);
        var subject = described.Descriptor;
        var references = request.Optional("references")?.Array(MaxReferences).ConvertAll(reference => reference.Value(Reference.Parse)) ?? [];
        var format = request.Optional("signatureFormat")?.Value(SignatureFormats.ByMediaType) ?? SignatureFormats.Default;
        var warning =
            RequestProperties.RequireMediaType(described, format.Specification)
            ?? ManifestMediaType.WarnAboutGiven(described, "$.manifest", RequestProperties.MediaTypePath);
        var expiry = RequestToSign.ReadExpiry(request);
        var keyId = request.Required("keyId");
        var config = PluginConfig.Read(request);
        var annotations = RequestProperties.ReadAnnotations(request);
        using var key = config.OpenKey(keyId);

        var algorithm = AlgorithmFor(format, key.Key, keyId);
        var toSign = new SigningRequest(subject, references, format, expiry, key.Key, key.Certificates)
        {
            Annotations = annotations,
            SigningAgent = PluginInformation.Agent,
        };
        var signature = RequestToSign.Sign(toSign, call.Clock);
        var artifact = SignatureArtifact.Create(format, signature, subject).Manifest;
        var (mediaType, digest, size) = DescriptorReport.Of(artifact.Descriptor);
        return new(
            JsonOutput.Line(
                new GenerateSignatureResponse(
                    keyId.Text(),
                    algorithm.Name,
                    format.MediaType.ToString(),
                    signature,
                    DescriptorReport.Of(subject),
                    new ManifestToPush(mediaType, digest, size, artifact.Content.ToArray())
                )
            )
        )
        {
            Warnings = [.. new[] { warning, key.Warning }.OfType<string>()],
        };
    }

    private static SigningAlgorithm AlgorithmFor(ISignatureFormat format, SigningKey key, JsonNode keyId)
    {
        try
        {
            return SigningAlgorithms.Of(format, key);
        }
        catch (InvalidInputException exception)
        {
            throw keyId.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }
}
