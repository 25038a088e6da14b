using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;
using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Verification;

/// <summary>The rules of a specification for signatures in its formats, in addition to the common ones. Failures are <see langword="null"/> if there
/// is nothing to report.</summary>
internal abstract class VerificationRules
{
    /// <summary>The rules for a format.</summary>
    public static VerificationRules For(ISignatureFormat format) =>
        format.Specification switch
        {
            SignatureSpecification.Nv2 => Nv2Rules.Instance,
            SignatureSpecification.Notary => NotaryRules.Instance,
            var unknown => throw new InvalidOperationException($"the specification {unknown} of the format {format.Name} has no rules"),
        };

    /// <summary>Whether a key of that spec may sign with <paramref name="algorithm"/>.</summary>
    public abstract bool Fits(SigningAlgorithm algorithm, KeySpec key);

    /// <summary>A failure of a parsed signature.</summary>
    public abstract string? CheckForm(Signature signature, VerificationRequest request);

    /// <summary>The trusted certificates as the specification defines them.</summary>
    public virtual TrustedCertificates Trusted(TrustedCertificates certificates) => certificates;

    /// <summary>The path from the signer's certificate to a trusted one.</summary>
    public abstract CertificatePath FindPath(Signature signature, X509Certificate2 signer, TrustedCertificates trusted, DateTimeOffset now);

    /// <summary>Whether the certificates may be used for signing.</summary>
    /// <param name="signer">The signer's certificate.</param>
    /// <param name="chain">All certificates of the signature, the signer's first; empty if it names its key by id.</param>
    /// <param name="isPinned">Whether the caller trusts the signer's certificate itself, given as an option.</param>
    /// <returns>The failure, and a warning if there is no failure.</returns>
    public abstract (string? Failure, string? Warning) CheckUsage(X509Certificate2 signer, IReadOnlyList<X509Certificate2> chain, bool isPinned);

    /// <summary>The result for the timestamp of a signature, or <see langword="null"/> if none is verified.</summary>
    public abstract TimestampOutcome? JudgeTimestamp(Signature signature, VerificationRequest request, DateTimeOffset now);

    /// <summary>Whether the certificates are within their dates, or were at the relevant time.</summary>
    public abstract string? CheckDates(
        Signature signature,
        CertificatePath path,
        VerificationRequest request,
        TimestampOutcome? timestamp,
        DateTimeOffset now
    );

    /// <summary>Whether the signature is valid for the names under which it will be used.</summary>
    public abstract string? CheckReferences(Signature signature, X509Certificate2 signer, CertificatePath path, VerificationRequest request);

    /// <summary>Why the used name cannot be confirmed, without being a failure.</summary>
    public virtual string? ExplainUncheckedName(Signature signature, VerificationRequest request) => null;
}

/// <summary>The result of verifying the timestamp of a signature.</summary>
/// <param name="Token">The timestamp; <see langword="null"/> if it cannot be read.</param>
/// <param name="Failure">Why it is not valid, or <see langword="null"/> if it is.</param>
internal sealed record TimestampOutcome(TimestampToken? Token, string? Failure);

/// <summary>The rules of the two nv2 formats: a certificate that may sign and is valid for the registry of every signed name, and an X.509
/// certification path.</summary>
internal sealed class Nv2Rules : VerificationRules
{
    public static Nv2Rules Instance { get; } = new();

    public override bool Fits(SigningAlgorithm algorithm, KeySpec key) => algorithm.Kind == key.Kind;

    public override string? CheckForm(Signature signature, VerificationRequest request) => null;

    public override TrustedCertificates Trusted(TrustedCertificates certificates) => certificates.ForNv2;

    public override CertificatePath FindPath(Signature signature, X509Certificate2 signer, TrustedCertificates trusted, DateTimeOffset now) =>
        CertificatePath.Find(signer, [.. signature.Certificates.Skip(1)], Trusted(trusted), now, PathUse.Signing);

    public override (string? Failure, string? Warning) CheckUsage(X509Certificate2 signer, IReadOnlyList<X509Certificate2> chain, bool isPinned) =>
        SignerCertificate.CheckKeyUsage(signer) is { } failure ? (failure, null) : SignerCertificate.CheckPurpose(signer, isPinned);

    public override TimestampOutcome? JudgeTimestamp(Signature signature, VerificationRequest request, DateTimeOffset now) => null;

    public override string? CheckDates(
        Signature signature,
        CertificatePath path,
        VerificationRequest request,
        TimestampOutcome? timestamp,
        DateTimeOffset now
    ) => SignerCertificate.CheckDates(path.Certificates, now);

    public override string? CheckReferences(Signature signature, X509Certificate2 signer, CertificatePath path, VerificationRequest request)
    {
        var claims = signature.Claims;
        if (claims.References.FirstOrDefault(reference => (reference.Digest ?? claims.Digest) != claims.Digest) is { } other)
            return $"the signed reference {Quoted.Text(other.Text)} has another digest than the signed artifact";
        if (SignerCertificate.CheckReferences(signer, path.Certificates.Skip(1), claims.References) is { } failure)
            return failure;
        return request.Reference is null ? null : CheckUse(request.Reference, claims.References, request);
    }

    // A digest in the reference binds it to the artifact more closely than a tag; the name itself must still be signed: with its tag if the reference
    // has one or means latest, otherwise the repository. A signed name with another digest belongs to another artifact.
    private static string? CheckUse(Reference reference, IReadOnlyList<Reference> signed, VerificationRequest request)
    {
        var subject = request.Subject;
        if (reference.Digest is not null && reference.Digest != subject.Digest)
            return $"{Quoted.Text(reference.Text)} is not the artifact, whose digest is {subject.Digest}";

        return request.Trust.AllowsRelocation || signed.Any(IsMeant)
            ? null
            : $"{Quoted.Text(reference.Text)} is not among the signed references ({List(signed)})";

        bool IsMeant(Reference candidate) =>
            candidate.Repository == reference.Repository
            && (candidate.Digest ?? subject.Digest) == subject.Digest
            && (reference.EffectiveTag is null || candidate.EffectiveTag == reference.EffectiveTag);
    }

    private static string List(IReadOnlyList<Reference> references) =>
        references.Count == 0 ? "there are none" : string.Join(", ", references.Select(reference => reference.Text));
}
