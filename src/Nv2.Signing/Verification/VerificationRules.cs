using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;
using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Verification;

/// <summary>What a specification asks of signatures in its formats, besides what is asked of all. Failures are <see langword="null"/> where there is
/// nothing to report.</summary>
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

    /// <summary>Whether a signature by a key of that kind and size may be made with <paramref name="algorithm"/>.</summary>
    public abstract bool Fits(SigningAlgorithm algorithm, KeySpec key);

    /// <summary>What is wrong with a signature that could be read.</summary>
    public abstract string? CheckForm(Signature signature, VerificationRequest request);

    /// <summary>The trusted certificates as the specification takes them.</summary>
    public virtual TrustedCertificates Trusted(TrustedCertificates certificates) => certificates;

    /// <summary>The way from the signer's certificate to a trusted one.</summary>
    public abstract CertificatePath FindPath(Signature signature, X509Certificate2 signer, TrustedCertificates trusted, DateTimeOffset now);

    /// <summary>Whether the certificates may be used for signing.</summary>
    /// <param name="signer">The signer's certificate.</param>
    /// <param name="chain">All certificates of the signature, the signer's first; empty when it names its key otherwise.</param>
    /// <param name="isPinned">Whether the caller trusts the signer's certificate itself, given by hand.</param>
    /// <returns>The failure, and what to report although there is none.</returns>
    public abstract (string? Failure, string? Warning) CheckUsage(X509Certificate2 signer, IReadOnlyList<X509Certificate2> chain, bool isPinned);

    /// <summary>What the timestamp of a signature comes to, or <see langword="null"/> when none is looked at.</summary>
    public abstract TimestampOutcome? JudgeTimestamp(Signature signature, VerificationRequest request, DateTimeOffset now);

    /// <summary>Whether the certificates are, or were, within their dates when it matters.</summary>
    public abstract string? CheckDates(
        Signature signature,
        CertificatePath path,
        VerificationRequest request,
        TimestampOutcome? timestamp,
        DateTimeOffset now
    );

    /// <summary>Whether the signature is for the names that it is about to be used under.</summary>
    public abstract string? CheckReferences(Signature signature, X509Certificate2 signer, CertificatePath path, VerificationRequest request);

    /// <summary>Why nothing can be said of the name that the signature is about to be used under, although that is no failure.</summary>
    public virtual string? ExplainUncheckedName(Signature signature, VerificationRequest request) => null;
}

/// <summary>What came out of looking at the timestamp of a signature.</summary>
/// <param name="Token">The timestamp; <see langword="null"/> when it cannot be read.</param>
/// <param name="Failure">Why it proves nothing, or <see langword="null"/> when it does.</param>
internal sealed record TimestampOutcome(TimestampToken? Token, string? Failure);

/// <summary>What the two nv2 formats ask: a certificate that may sign and speaks for the registry of every signed name, and a chain as X.509 has
/// it.</summary>
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
            return $"the signed reference {Quoted.Text(other.Text)} names another artifact than the one that is signed";
        if (SignerCertificate.CheckReferences(signer, path.Certificates.Skip(1), claims.References) is { } failure)
            return failure;
        return request.Reference is null ? null : CheckUse(request.Reference, claims.References, request);
    }

    // A digest in the reference binds it to the artifact more closely than a tag does; the name itself must be signed all the same: with its tag
    // where the reference has one or means latest, otherwise the repository. A signed name with the digest of something else is a name of that, not
    // of the artifact.
    private static string? CheckUse(Reference reference, IReadOnlyList<Reference> signed, VerificationRequest request)
    {
        var subject = request.Subject;
        if (reference.Digest is not null && reference.Digest != subject.Digest)
            return $"{Quoted.Text(reference.Text)} is not the artifact in question, whose digest is {subject.Digest}";

        return request.Trust.AllowsRelocation || signed.Any(IsMeant)
            ? null
            : $"{Quoted.Text(reference.Text)} is none of the signed references ({List(signed)})";

        bool IsMeant(Reference candidate) =>
            candidate.Repository == reference.Repository
            && (candidate.Digest ?? subject.Digest) == subject.Digest
            && (reference.EffectiveTag is null || candidate.EffectiveTag == reference.EffectiveTag);
    }

    private static string List(IReadOnlyList<Reference> references) =>
        references.Count == 0 ? "there are none" : string.Join(", ", references.Select(reference => reference.Text));
}
