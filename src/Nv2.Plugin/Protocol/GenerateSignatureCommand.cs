using System.Text.Json;
using Nv2.Plugin.Files;
using Nv2.Plugin.Hosts;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Protocol;

/// <summary><c>generate-signature</c>: signs an artifact, and makes the manifest to push for the signature.</summary>
internal static class GenerateSignatureCommand
{
    public const string Name = "generate-signature";

    private const int MaxReferences = 1024;

    /// <summary>The longest time of validity in seconds: a thousand years of 365 days.</summary>
    private const long MaxExpirySeconds = 31_536_000_000;

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        var subject = RequestProperties.ReadSubject(request);
        var references = request.Optional("references")?.Array(MaxReferences).ConvertAll(reference => reference.Value(Reference.Parse)) ?? [];
        var format = request.Optional("signatureFormat")?.Value(SignatureFormats.ByMediaType) ?? SignatureFormats.Default;
        var expirySeconds = request.Optional("expiryDurationInSeconds")?.WholeNumber(1, MaxExpirySeconds);
        var keyId = request.Required("keyId");
        var certificates = PluginConfig.Read(request).ReadCertificates() ?? [];
        var annotations = RequestProperties.ReadAnnotations(request);
        using var key = RequestFile.Read(keyId, InputFile.ReadKey);

        var algorithm = AlgorithmFor(format, key, keyId);
        TimeSpan? expiry = expirySeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        var signature = Sign(new SigningRequest(subject, references, format, expiry, key, certificates)
        {
            Annotations = annotations,
            SigningAgent = PluginInformation.Agent,
        });
        var artifact = SignatureArtifact.Create(format, signature, subject).Manifest;

        response.WriteStartObject();
        response.WriteString("keyId", keyId.Text());
        response.WriteString("signingAlgorithm", algorithm.Name);
        response.WriteString("signatureFormat", format.MediaType.ToString());
        response.WriteBase64String("signature", signature);
        response.WritePropertyName("subject");
        subject.Write(response);
        response.WriteStartObject("artifact");
        artifact.Descriptor.WriteProperties(response);
        response.WriteBase64String("content", artifact.Content.Span);
        response.WriteEndObject();
        response.WriteEndObject();
    }

    private static SigningAlgorithm AlgorithmFor(ISignatureFormat format, SigningKey key, JsonNode keyId)
    {
        try
        {
            return format.AlgorithmFor(key.Spec);
        }
        catch (InvalidInputException exception)
        {
            throw keyId.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }

    private static byte[] Sign(SigningRequest request)
    {
        try
        {
            return new Signer(TimeProvider.System).Sign(request);
        }
        catch (SigningRefusedException exception)
        {
            var path = exception.Input switch
            {
                SigningInput.Certificate => "$.pluginConfig.certificate",
                SigningInput.References => "$.references",
                SigningInput.Annotations => "$.annotations",
                _ => "$.expiryDurationInSeconds",
            };
            throw new InvalidInputException($"the request: {path}: {exception.Message}", exception) { Path = path };
        }
    }
}
