using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Trust;

/// <summary>What the two nv2 formats ask: a certificate that may sign and speaks for the registry of every signed name, and a chain as X.509 has it.</summary>
internal sealed class Nv2Rules : SignatureRules
{
    public static Nv2Rules Instance { get; } = new();

    public override bool HasNotBefore => true;

    public override bool Fits(SigningAlgorithm algorithm, KeySpec key) => algorithm.Kind == key.Kind;

    public override string? CheckForm(Signature signature, VerificationRequest request) => null;

    public override CertificatePath FindPath(Signature signature, X509Certificate2 signer, TrustedCertificates trusted, DateTimeOffset now) =>
        CertificatePath.Find(signer, [.. signature.Certificates.Skip(1)], trusted, now);

    public override string? CheckUsage(X509Certificate2 signer, IReadOnlyList<X509Certificate2> chain) => SignerCertificate.CheckKeyUsage(signer);

    public override TimestampOutcome? JudgeTimestamp(Signature signature, VerificationRequest request, DateTimeOffset now) => null;

    public override string? CheckDates(Signature signature, CertificatePath path, VerificationRequest request, TimestampOutcome? timestamp, DateTimeOffset now) =>
        path.Certificates.Select(certificate => SignerCertificate.CheckDates(certificate, now)).FirstOrDefault(complaint => complaint is not null);

    public override string? CheckReferences(Signature signature, X509Certificate2 signer, CertificatePath path, VerificationRequest request)
    {
        var claims = signature.Claims;
        if (claims.References.FirstOrDefault(reference => (reference.Digest ?? claims.Digest) != claims.Digest) is { } other)
            return $"the signed reference {Quoted.Text(other.Text)} names another artifact than the one that is signed";
        if (SignerCertificate.CheckReferences(signer, path.Certificates.Skip(1), claims.References) is { } complaint)
            return complaint;
        return request.Reference is null ? null : CheckUse(request.Reference, claims.References, request);
    }

    public override void RequireSignable(SigningRequest request, DateTimeOffset now)
    {
        if (request.Certificates is not [var certificate, ..])
            return;
        if ((SignerCertificate.CheckKeyUsage(certificate) ?? SignerCertificate.CheckDates(certificate, now)) is { } complaint)
            throw new SigningRefusedException(SigningInput.Certificate, complaint);
        if (SignerCertificate.CheckReferences(certificate, request.Certificates.Skip(1), request.References) is { } foreign)
            throw new SigningRefusedException(SigningInput.References, foreign);
    }

    // A digest in the reference binds it to the artifact more closely than a tag does; the name itself must be signed all the same: with its tag where the
    // reference has one or means latest, otherwise the repository. A signed name with the digest of something else is a name of that, not of the artifact.
    private static string? CheckUse(Reference reference, IReadOnlyList<Reference> signed, VerificationRequest request)
    {
        var subject = request.Subject;
        if (reference.Digest is not null && reference.Digest != subject.Digest)
            return $"{Quoted.Text(reference.Text)} is not the artifact in question, whose digest is {subject.Digest}";

        return request.Terms.AllowsRelocation || signed.Any(IsMeant) ? null : $"{Quoted.Text(reference.Text)} is none of the signed references ({List(signed)})";

        bool IsMeant(Reference candidate) =>
            candidate.Repository == reference.Repository
            && (candidate.Digest ?? subject.Digest) == subject.Digest
            && (reference.EffectiveTag is null || candidate.EffectiveTag == reference.EffectiveTag);
    }

    private static string List(IReadOnlyList<Reference> references) =>
        references.Count == 0 ? "there are none" : string.Join(", ", references.Select(reference => reference.Text));
}
