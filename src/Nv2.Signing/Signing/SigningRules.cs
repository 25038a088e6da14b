using Nv2.Signing.Certificates;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Signing;

/// <summary>What a specification asks of who signs in its formats: what a verifier must refuse is refused here first.</summary>
internal static class SigningRules
{
    /// <summary>Refuses to make a signature that would not be valid.</summary>
    /// <exception cref="SigningRefusedException">It would not.</exception>
    public static void Require(SigningRequest request, DateTimeOffset now)
    {
        switch (request.Format.Specification)
        {
            case SignatureSpecification.Nv2:
                RequireNv2(request, now);
                break;
            case SignatureSpecification.Notary:
                RequireNotary(request, now);
                break;
            default:
                throw new InvalidOperationException($"the specification {request.Format.Specification} of the format {request.Format.Name} has no rules");
        }
    }

    private static void RequireNv2(SigningRequest request, DateTimeOffset now)
    {
        if (request.Certificates is not [var certificate, ..])
            return;
        if ((SignerCertificate.CheckKeyUsage(certificate) ?? SignerCertificate.CheckDates(certificate, now)) is { } failure)
            throw new SigningRefusedException(SigningInput.Certificate, failure);
        if (SignerCertificate.CheckReferences(certificate, request.Certificates.Skip(1), request.References) is { } foreign)
            throw new SigningRefusedException(SigningInput.References, foreign);
    }

    private static void RequireNotary(SigningRequest request, DateTimeOffset now)
    {
        if (request.Certificates.Count == 0)
            throw new SigningRefusedException(SigningInput.Certificate, $"the format {request.Format.Name} needs the certificate of the key, and those above it up to the root");
        if (CertificateRequirements.CheckChain(request.Certificates, now) is { } failure)
            throw new SigningRefusedException(SigningInput.Certificate, failure);
        if (request.Annotations.Keys.Select(NotaryPayload.CheckAnnotation).FirstOrDefault(one => one is not null) is { } reserved)
            throw new SigningRefusedException(SigningInput.Annotations, reserved);
    }
}
