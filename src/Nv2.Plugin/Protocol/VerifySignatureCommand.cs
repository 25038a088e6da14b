using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
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

    private const string Certificates = "trustedCertificates";
    private const string TimestampAuthorities = "trustedTimestampAuthorities";
    private const int MaxTrustedCertificates = 1024;

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        var subject = RequestProperties.ReadSubject(request);
        var reference = request.Optional("reference")?.Value(Reference.Parse);
        var trust = ReadTrust(request, reference);
        var result = new Verifier(TimeProvider.System).Verify(new VerificationRequest(
            request.Required("signature").Base64(SignatureFormats.MaxBytes),
            request.Optional("signatureFormat")?.Value(SignatureFormats.ByMediaType),
            subject,
            trust.Certificates,
            MediaType: null,
            reference)
        {
            RequiredAnnotations = RequestProperties.ReadAnnotations(request),
            Terms = trust.Terms,
        });

        if (!result.Verified && !(trust.SkipsAll || Acceptance.Of(result, trust).IsAccepted))
            throw new VerificationFailedException(result, subject, trust);
        VerificationJson.Write(response, result, subject, trust);
    }

    // Certificates in the request are all that counts, even none of them. Without the properties the policy decides.
    private static Trust ReadTrust(JsonNode request, Reference? reference)
    {
        var home = request.Optional("trustHome");
        if (request.Optional(Certificates) is null && request.Optional(TimestampAuthorities) is null)
            return Trust.ByPolicy(home is null ? TrustHome.Find(null) : home.Value.Value(folder => new TrustHome(folder)), reference, TimeProvider.System);
        if (home is not null)
            throw home.Value.Invalid($"stands beside $.{Certificates} or $.{TimestampAuthorities}: expected the policy or certificates to decide");
        return Trust.ByHand(TrustedCertificates.PinsAndAuthorities(ReadCertificates(request, Certificates)) with { TimestampAuthorities = ReadCertificates(request, TimestampAuthorities) });
    }

    private static List<X509Certificate2> ReadCertificates(JsonNode request, string property) =>
        request.Optional(property)?.Array(MaxTrustedCertificates).ConvertAll(CertificateFile.ParseJson) ?? [];
}
