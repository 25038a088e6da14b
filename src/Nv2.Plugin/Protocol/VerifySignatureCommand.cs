using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Protocol;

/// <summary><c>verify-signature</c>: decides whether a signature holds for an artifact.</summary>
internal static class VerifySignatureCommand
{
    public const string Name = "verify-signature";

    private const int MaxTrustedCertificates = 1024;

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        var subject = RequestProperties.ReadSubject(request);
        var trusted = TrustedCertificates.PinsAndAuthorities(ReadCertificates("trustedCertificates")) with { TimestampAuthorities = ReadCertificates("trustedTimestampAuthorities") };
        var result = new Verifier(TimeProvider.System).Verify(new VerificationRequest(
            request.Required("signature").Base64(SignatureFormats.MaxBytes),
            request.Optional("signatureFormat")?.Value(SignatureFormats.ByMediaType),
            subject,
            trusted,
            MediaType: null,
            request.Optional("reference")?.Value(Reference.Parse))
        {
            RequiredAnnotations = RequestProperties.ReadAnnotations(request),
        });

        if (!result.Verified)
            throw new VerificationFailedException(result, subject);
        VerificationJson.Write(response, result, subject);

        IReadOnlyList<X509Certificate2> ReadCertificates(string property) =>
            request.Optional(property)?.Array(MaxTrustedCertificates).ConvertAll(CertificateFile.ParseJson) ?? [];
    }
}
