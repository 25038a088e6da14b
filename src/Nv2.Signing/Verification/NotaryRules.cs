using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;
using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Verification;

/// <summary>The Notary Project's rules for its envelopes (trust-store-trust-policy.md, "Signature Verification"; signature specification,
/// "Certificate Requirements").</summary>
/// <remarks>
/// The order of the certificates is part of the format of an envelope, and reported there; the requirements for each are reported as key usage. The
/// platform's chains are not used: of the extensions only basic constraints and key usages are relevant here, and others must not be evaluated.
/// </remarks>
internal sealed class NotaryRules : VerificationRules
{
    public static NotaryRules Instance { get; } = new();

    // "Algorithm Selection": only the key decides, including its size.
    public override bool Fits(SigningAlgorithm algorithm, KeySpec key) => key.NotaryAlgorithm == algorithm;

    public override string? CheckForm(Signature signature, VerificationRequest request)
    {
        var unprocessed = signature
            .Claims.ExtendedClaims.Where(attribute => attribute.IsCritical && !request.ProcessedClaims.Contains(attribute.Name))
            .ToList();
        if (unprocessed.Exists(attribute => attribute.Name == ExtendedClaim.VerificationPlugin))
            return $"the signature requires the verification plug-in {Quoted.Text(signature.Claims.VerificationPlugin)}, which is not available";
        return unprocessed.Count > 0
            ? $"the signature has the unknown critical attribute {Quoted.Text(unprocessed[0].Name)}"
            : CertificateRequirements.CheckOrder(signature.Certificates);
    }

    // A pinned certificate is its own authority; otherwise any authority of the chain can be the trusted one, and the certificates below it must be
    // issued from there. A signing authority also attests the time of signing, so it is trusted only by certificates for that purpose ("Trust
    // Stores").
    public override CertificatePath FindPath(Signature signature, X509Certificate2 signer, TrustedCertificates trusted, DateTimeOffset now)
    {
        var chain = signature.Certificates;
        var byAuthority = signature.Claims.Scheme == SigningScheme.SigningAuthority;
        if (!byAuthority && CertificatePath.Contains(trusted.Pinned, signer))
            return new(chain, null);

        var anchors = byAuthority ? trusted.SigningAuthorities : trusted.Roots;
        for (var i = 0; i < chain.Count; i++)
        {
            if (CertificatePath.Contains(anchors, chain[i]))
                return byAuthority || IsRoot(chain[i]) ? new(chain, null) : new([signer], NoRoot(chain[i]));
            if (i + 1 < chain.Count && CertificateIssuance.Check(chain[i], chain[i + 1]) is { } failure)
                return new([signer], failure);
        }

        var name = DistinguishedName.BriefOf(signer);
        if (anchors.Count == 0 && (byAuthority || trusted.Pinned.Count == 0))
        {
            return new(
                [signer],
                byAuthority
                    ? $"the signature is by a signing authority ({name}), and no signing authority is trusted"
                    : $"the signer's certificate ({name}) is not trusted: there is no trusted certificate"
            );
        }

        return new(
            [signer],
            anchors.Count == 0
                ? $"the signer's certificate ({name}) is not among the trusted certificates{CertificatePath.HintAtNamesake(signer, trusted.Pinned)}"
                : $"the signer's chain, from {name} to {DistinguishedName.BriefOf(chain[^1])}, contains none of the trusted "
                    + $"{(byAuthority ? "signing authorities" : "roots")}{CertificatePath.HintAtNamesake(chain[^1], anchors)}"
        );
    }

    public override (string? Failure, string? Warning) CheckUsage(X509Certificate2 signer, IReadOnlyList<X509Certificate2> chain, bool isPinned) =>
        (CertificateRequirements.CheckSigning(chain), null);

    // The time of a signing authority is a signed attribute, and the only relevant time (signing-scheme.md, "Signature Creation").
    public override TimestampOutcome? JudgeTimestamp(Signature signature, VerificationRequest request, DateTimeOffset now)
    {
        var authorities = request.Trust.Certificates.TimestampAuthorities;
        if (signature.Timestamp.IsEmpty || authorities.Count == 0 || signature.Claims.Scheme == SigningScheme.SigningAuthority)
            return null;
        if (
            request.Trust is { TimestampsOnlyAfterExpiry: true, RequiresTimestamp: false }
            && SignerCertificate.CheckDates(signature.Certificates, now) is null
        )
            return null;
        try
        {
            var token = TimestampToken.Parse(signature.Timestamp);
            var failure = TimestampVerification.CheckItself(token, signature) ?? TimestampVerification.CheckTrust(token, authorities);
            return new(token, failure is null ? null : $"the timestamp is not valid: {failure}");
        }
        catch (InvalidInputException exception)
        {
            return new(null, exception.Message);
        }
    }

    // "Validate Trusted Timestamp": an existing timestamp must be valid, even while the certificates are; without one, the current time is used.
    public override string? CheckDates(
        Signature signature,
        CertificatePath path,
        VerificationRequest request,
        TimestampOutcome? timestamp,
        DateTimeOffset now
    )
    {
        if (timestamp is not null)
            // Not null: without a failure there is a token.
            return timestamp.Failure ?? TimestampVerification.CheckDates(timestamp.Token!, signature.Certificates);
        if (signature.Claims.AuthenticSigningTime is { } authentic)
            return SignerCertificate.CheckDates(signature.Certificates, authentic);
        if (SignerCertificate.CheckDates(signature.Certificates, now) is not { } failure)
            return null;
        return signature.Certificates.Any(certificate => certificate.NotAfter < now) ? $"{failure}{ExplainNoTimestamp(signature, request)}" : failure;
    }

    // The envelopes carry no names: a trust policy decides which artifacts a signer is trusted for. A digest in a name is not a matter of trust.
    public override string? CheckReferences(Signature signature, X509Certificate2 signer, CertificatePath path, VerificationRequest request)
    {
        if (request.Reference is not { } reference)
            return null;
        if (reference.Digest is not null && reference.Digest != request.Subject.Digest)
            return $"{Quoted.Text(reference.Text)} is not the artifact, whose digest is {request.Subject.Digest}";
        return request.Trust.RequiresSignedName
            ? $"{Quoted.Text(reference.Text)} is not signed: the format {signature.Format.Name} carries no names"
            : null;
    }

    public override string? ExplainUncheckedName(Signature signature, VerificationRequest request) =>
        request.Reference is { } reference
            ? $"not checked: the format {signature.Format.Name} carries no names, so {Quoted.Text(reference.Text)} cannot be confirmed"
            : null;

    // "Trust Stores" contain certificate authorities; of the others only self-signed certificates are roots.
    private static bool IsRoot(X509Certificate2 certificate) =>
        TrustedCertificates.IsAuthority(certificate) || CertificateIssuance.IsSelfSigned(certificate);

    private static string NoRoot(X509Certificate2 certificate) =>
        $"the certificate {DistinguishedName.BriefOf(certificate)} is among the trusted roots, "
        + "but is neither a certificate authority nor self-signed: trust it as a signer's certificate instead";

    private static string ExplainNoTimestamp(Signature signature, VerificationRequest request) =>
        (signature.Timestamp.IsEmpty, request.Trust.Certificates.TimestampAuthorities.Count) switch
        {
            (true, 0) => "",
            (true, _) => ", and the signature has no timestamp that proves an earlier signing time",
            _ => "; the timestamp of the signature was ignored, because no timestamp authority is trusted",
        };
}
