using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Policy;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary><c>verify-signature</c>: decides whether a signature is valid for an artifact.</summary>
internal static class VerifySignatureCommand
{
    public const string Name = "verify-signature";

    private const string Certificates = "trustedCertificates";
    private const string TimestampAuthorities = "trustedTimestampAuthorities";
    private const int MaxTrustedCertificates = 1024;

    public static HostAnswer Run(HostRequest call)
    {
        var request = call.Json;
        var described = RequestProperties.ReadSubject(request);
        var subject = described.Descriptor;
        var reference = request.Optional("reference")?.Value(Reference.Parse);
        var trust = ReadTrust(request, reference, call.Clock);
        if (request.Optional(TrustSettings.ClockToleranceProperty) is { } tolerance)
            trust = trust.Tolerating(TrustSettings.ReadClockTolerance(tolerance));
        var signature = request.Required("signature").Base64(SignatureFormats.MaxBytes);
        var format = request.Optional("signatureFormat")?.Value(SignatureFormats.ByMediaType);
        var warning = RequestProperties.RequireMediaType(described, (format ?? SignatureFormats.Recognize(signature))?.Specification);
        var result = new Verifier(call.Clock).Verify(
            new VerificationRequest(signature, format, subject, trust, MediaType: null, reference)
            {
                RequiredAnnotations = RequestProperties.ReadAnnotations(request),
            }
        );

        // The response is complete in both cases, so that a host can show every check; the error makes sure that no host takes a failure for success.
        return new(JsonOutput.Line(VerificationReport.Of(result, subject, trust)), result.Decision.IsAccepted ? null : Failure(result))
        {
            Warnings = warning is null ? [] : [warning],
        };
    }

    private static ErrorObject Failure(VerificationResult result)
    {
        var first = result.Checks.First(check => check is { Passed: false, WasMade: true });
        return new(
            ErrorCodes.VerificationFailed,
            $"the signature is not valid: {first.Name.InJson()}: {first.Reason}",
            new(FailedChecks: string.Join(',', result.Checks.Where(check => !check.Passed).Select(check => check.Name.InJson())))
        );
    }

    // Certificates in the request are the only ones trusted, even an empty list. Without these properties the policy decides.
    private static Trust ReadTrust(JsonNode request, Reference? reference, TimeProvider clock)
    {
        var home = request.Optional("trustHome");
        if (request.Optional(Certificates) is null && request.Optional(TimestampAuthorities) is null)
        {
            return home is null
                ? TrustHomeLocation.ByPolicy(null, reference, clock)
                : RequestFile.Read(home.Value, folder => Trust.ByPolicy(new TrustHome(folder), reference, clock));
        }

        if (home is not null)
            throw home.Value.Invalid($"cannot be combined with $.{Certificates} or $.{TimestampAuthorities}");
        return Trust.ByHand(
            TrustedCertificates.PinsAndAuthorities(ReadCertificates(request, Certificates)) with
            {
                TimestampAuthorities = ReadCertificates(request, TimestampAuthorities),
            }
        );
    }

    private static List<X509Certificate2> ReadCertificates(JsonNode request, string property) =>
        request.Optional(property)?.Array(MaxTrustedCertificates).ConvertAll(CertificateFile.ParseJson) ?? [];
}
