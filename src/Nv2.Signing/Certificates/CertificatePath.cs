using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;

namespace Nv2.Signing.Certificates;

/// <summary>The use of a certification path: its name in messages, and the purpose that its authorities must allow.</summary>
/// <param name="Whose">The owner of its first certificate.</param>
/// <param name="Source">The source of that certificate and the intermediates.</param>
/// <param name="Purpose">The extended key usage (RFC 5280 section 4.2.1.12) that an authority must allow.</param>
/// <param name="PurposeName">Its name.</param>
internal sealed record PathUse(string Whose, string Source, string Purpose, string PurposeName)
{
    /// <summary>Signatures of artifacts.</summary>
    public static PathUse Signing { get; } = new("the signer's", "the signature", KeyPurposes.CodeSigning, "codeSigning");

    /// <summary>Timestamps.</summary>
    public static PathUse Timestamping { get; } = new("the timestamp authority's", "the timestamp", KeyPurposes.TimeStamping, "timeStamping");
}

/// <summary>The path from a certificate to one that is trusted (RFC 5280 section 6.1).</summary>
/// <param name="Certificates">The certificate first, the trusted one last; if there is no path, only the certificate.</param>
/// <param name="Failure">Why there is no path, or <see langword="null"/> if there is one.</param>
internal sealed record CertificatePath(IReadOnlyList<X509Certificate2> Certificates, string? Failure)
{
    // Two bits per state: too early, too late.
    private const int MaxKeptCertificates = 32;

    /// <summary>Finds the path of <paramref name="signer"/>, without network access and without the machine's certificate stores.</summary>
    /// <param name="signer">The certificate that signed.</param>
    /// <param name="intermediates">Certificates that came with the signature, in any order, untrusted.</param>
    /// <param name="trusted">What the caller trusts.</param>
    /// <param name="time">The time of the check. A path whose certificates are all valid then is preferred; another check requires it.</param>
    /// <param name="use">What the path is for.</param>
    public static CertificatePath Find(
        X509Certificate2 signer,
        IReadOnlyList<X509Certificate2> intermediates,
        TrustedCertificates trusted,
        DateTimeOffset time,
        PathUse use
    )
    {
        if (
            KeptResults.OfThread is null
            || 1 + intermediates.Count + trusted.Roots.Count > MaxKeptCertificates
            || !StoredCertificates.AreReadable(trusted.Pinned)
            || !StoredCertificates.AreReadable(trusted.Roots)
        )
            return Search(signer, intermediates, trusted, time, use);

        // The time affects the search only through which certificates are within their dates.
        var dates = DatesOf([signer, .. intermediates, .. trusted.Roots], time);
        var key = new CertificateKey(use, signer, More: [.. intermediates, null, .. trusted.Pinned, null, .. trusted.Roots], State: dates);
        return KeptResults.Of(
            key,
            (signer, intermediates, trusted, time, use),
            static all => Search(all.signer, all.intermediates, all.trusted, all.time, all.use)
        );
    }

    private static ulong DatesOf(ReadOnlySpan<X509Certificate2> certificates, DateTimeOffset time)
    {
        const ulong TooEarly = 1;
        const ulong TooLate = 2;
        var states = 0UL;
        foreach (var certificate in certificates)
            states =
                (states << 2)
                | SignerCertificate.Dates(certificate, time) switch
                {
                    < 0 => TooEarly,
                    > 0 => TooLate,
                    _ => 0,
                };
        return states;
    }

    private static CertificatePath Search(
        X509Certificate2 signer,
        IReadOnlyList<X509Certificate2> intermediates,
        TrustedCertificates trusted,
        DateTimeOffset time,
        PathUse use
    )
    {
        if (Contains(trusted.Pinned, signer))
            return new([signer], CertificateExtensions.Check(signer));
        if (trusted is { Roots.Count: 0, Pinned.Count: 0 })
            return new([signer], $"{use.Whose} certificate ({Name(signer)}) is not trusted: there is no trusted certificate");
        if (trusted.Roots.Count == 0)
            return new(
                [signer],
                $"{use.Whose} certificate ({Name(signer)}) is not among the trusted "
                    + $"certificates{HintAtNamesake(signer, trusted.Pinned)}{HintAtIssuer(signer, intermediates, trusted)}"
            );

        // A certificate without a trusted issuer leads nowhere, and may be there to mislead the search. If the signer's own is such a certificate,
        // the search runs over all of them to explain why.
        var vouched = VouchedCertificates.Of([signer, .. intermediates], trusted.Roots);
        return vouched.Contains(signer)
            ? new PathSearch([.. intermediates.Where(vouched.Contains)], trusted.Roots, time, use, vouched).Run(signer)
            : new PathSearch(intermediates, trusted.Roots, time, use, vouched: null).Run(signer);
    }

    /// <summary>
    /// Each certificate once, byte for byte, without those in other lists. The limits of a search count certificates; whether two equal ones are one
    /// object (parsed certificates are kept) must not affect the limits.
    /// </summary>
    internal static List<X509Certificate2> Distinct(IReadOnlyList<X509Certificate2> certificates, IReadOnlyList<X509Certificate2> others)
    {
        var distinct = new List<X509Certificate2>(certificates.Count);
        foreach (var certificate in certificates)
        {
            if (!Contains(others, certificate) && !Contains(distinct, certificate))
                distinct.Add(certificate);
        }

        return distinct;
    }

    /// <summary>Whether a list has a certificate, byte for byte.</summary>
    internal static bool Contains(IReadOnlyList<X509Certificate2> certificates, X509Certificate2 certificate)
    {
        if (certificates is StoredCertificates stored)
            return stored.Contains(certificate.RawDataMemory.Span);
        foreach (var candidate in certificates)
        {
            if (candidate.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span))
                return true;
        }

        return false;
    }

    private static string HintAtIssuer(X509Certificate2 signer, IReadOnlyList<X509Certificate2> intermediates, TrustedCertificates trusted) =>
        trusted.Pinned.Any(pin =>
            TrustedCertificates.IsAuthority(pin)
            && intermediates.Prepend(signer).Any(certificate => CertificateIssuance.Check(certificate, pin) is null)
        )
            ? "; one of them is its issuer: give it as a root to trust the certificates that it issued"
            : "";

    /// <summary>The addition to the message if another trusted certificate has the same subject, as after a renewal; or nothing.</summary>
    internal static string HintAtNamesake(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> trusted) =>
        CertificateNames.HavingSubject(trusted, certificate.SubjectName).FirstOrDefault() is { } namesake
            ? HaveSameKey(namesake, certificate)
                ? "; a trusted certificate has the same subject and key, but is not the same certificate"
                : "; a trusted certificate has the same subject, but another key"
            : "";

    private static bool HaveSameKey(X509Certificate2 one, X509Certificate2 other) =>
        one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(other.PublicKey.ExportSubjectPublicKeyInfo());

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}

/// <summary>
/// Searches for a path to a trusted root, depth first with backtracking (RFC 4158 section 2.4). The maker of the signature chose the intermediates,
/// so the search has a budget.
/// </summary>
/// <param name="intermediates">Untrusted certificates that may be on the path.</param>
/// <param name="roots">The trusted roots.</param>
/// <param name="time">Certificates that are valid then are preferred.</param>
/// <param name="use">What the path is for.</param>
/// <param name="vouched">Which certificates are signed by which; <see langword="null"/> if not known yet.</param>
internal sealed class PathSearch(
    IReadOnlyList<X509Certificate2> intermediates,
    IReadOnlyList<X509Certificate2> roots,
    DateTimeOffset time,
    PathUse use,
    VouchedCertificates? vouched
)
{
    /// <summary>The most signature verifications in one search.</summary>
    public const int MaxSignatures = 32;

    /// <summary>The most certificates of a path.</summary>
    public const int MaxLength = 16;

    /// <summary>The most attempts to use a certificate as the issuer of another.</summary>
    public const int MaxSteps = 4096;

    private readonly CertificateNames names = new();
    private readonly List<X509Certificate2> others = CertificatePath.Distinct(intermediates, roots);

    // The results about certificates, by object. The platform considers two certificates equal if they have the same issuer and serial number, which
    // anybody can copy.
    private readonly Dictionary<X509Certificate2, Dictionary<X509Certificate2, bool>> signatures = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<X509Certificate2, string?> refusals = new(ReferenceEqualityComparer.Instance);
    private readonly List<X509Certificate2> path = [];

    // Never null: without a path there is a failure, whatever was noted during the search.
    private string failure = $"{use.Whose} certificate has no path to a trusted root";
    private int failureDepth = -1;
    private int steps;
    private int verified;
    private bool areDatesRequired;

    /// <summary>Searches for a path.</summary>
    public CertificatePath Run(X509Certificate2 signer)
    {
        if (CertificateExtensions.Check(signer) is { } refused)
            return new([signer], refused);
        if (CertificatePath.Contains(roots, signer))
            return new([signer], null);
        foreach (var required in new[] { true, false })
        {
            areDatesRequired = required;
            path.Clear();
            path.Add(signer);
            if (Extend())
                return new([.. path], null);
        }

        return new([signer], failure);
    }

    private bool IsExhausted => steps > MaxSteps || verified >= MaxSignatures;

    // Searches above the last certificate of the path.
    private bool Extend()
    {
        var top = path[^1];
        var isAnyNamed = false;
        foreach (var (issuer, isRoot) in Candidates(top))
        {
            isAnyNamed = true;
            if (++steps > MaxSteps)
                return Exhausted();
            if (Check(top, issuer, isRoot) is { } refused)
            {
                if (IsExhausted)
                    return Exhausted();
                Note(refused);
                continue;
            }

            path.Add(issuer);
            var constrained = isRoot ? PathConstraints.Check(path) : null;
            if (isRoot && constrained is null)
                return true;
            if (constrained is not null)
                Note(constrained);
            else if (path.Count == MaxLength)
                Note($"the path from {use.Whose} certificate has more than {MaxLength} certificates");
            else if (Extend())
                return true;
            path.RemoveAt(path.Count - 1);
            if (IsExhausted)
                return Exhausted();
        }

        if (!isAnyNamed)
        {
            Note(
                NameComparison.AreSame(top.SubjectName, top.IssuerName)
                    ? $"{use.Whose} chain ends at {Name(top)}, which is not among the trusted roots{CertificatePath.HintAtNamesake(top, roots)}"
                    : $"the issuer of {Name(top)}, {DistinguishedName.Brief(top.IssuerName)}, is neither among the trusted roots "
                        + $"nor in {use.Source}"
            );
        }

        return false;
    }

    // The certificates with the name of the issuer: roots before intermediates, and first those with the key identifier that the certificate names.
    private IEnumerable<(X509Certificate2 Issuer, bool IsRoot)> Candidates(X509Certificate2 certificate)
    {
        var keyIdentifier = Hint(() => certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier);
        return names
            .IssuersOf(certificate, roots)
            .Select(root => (Issuer: root, IsRoot: true))
            .Concat(others.Where(candidate => names.IsIssuer(candidate, certificate)).Select(candidate => (Issuer: candidate, IsRoot: false)))
            .Where(candidate => !CertificatePath.Contains(path, candidate.Issuer))
            .OrderBy(candidate => HasKeyIdentifier(candidate.Issuer, keyIdentifier) ? 0 : 1);
    }

    private static bool HasKeyIdentifier(X509Certificate2 certificate, ReadOnlyMemory<byte>? identifier) =>
        identifier is { } wanted
        && Hint(() => certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes) is { } own
        && own.Span.SequenceEqual(wanted.Span);

    // Key identifiers only affect the order in which issuers are tried: a damaged one counts as missing.
    private static ReadOnlyMemory<byte>? Hint(Func<ReadOnlyMemory<byte>?> read)
    {
        try
        {
            return read();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // Cheap checks first, the signature last.
    private string? Check(X509Certificate2 issued, X509Certificate2 issuer, bool isRoot)
    {
        if (CheckExtensions(issuer) is { } refused)
            return refused;
        if (CheckAuthority(issued, issuer, isRoot) is { } reason)
            return $"the certificate {Name(issuer)} is refused: {reason}";
        if (areDatesRequired && (SignerCertificate.CheckDates(issued, time) ?? SignerCertificate.CheckDates(issuer, time)) is { } untimely)
            return untimely;
        if (CertificateSignature.FindRefusedAlgorithm(issued) is { } algorithm)
            return $"the certificate {Name(issued)} is signed with {algorithm}, which is refused: expected SHA-256 or better";
        if (!isRoot && CheckKey(issuer) is { } weak)
            return weak;
        if (IsSigned(issued, issuer))
            return null;

        // A self-issued certificate can have the name of a trusted one that it replaced.
        return isRoot && NameComparison.AreSame(issued.SubjectName, issued.IssuerName)
            ? $"the certificate {Name(issued)} is not among the trusted roots{CertificatePath.HintAtNamesake(issued, [issuer])}"
            : $"the certificate {Name(issued)} is refused: its signature by its issuer is not valid";
    }

    private string? CheckAuthority(X509Certificate2 issued, X509Certificate2 issuer, bool isRoot)
    {
        var constraints = issuer.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        var usage = issuer.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();

        // RFC 5280 section 6.1.4, step k. Version 1 has no extensions: such a root is an authority because the caller trusts it as one.
        var isAuthority =
            constraints?.CertificateAuthority
            ?? (isRoot && (issuer.Version == 1 || (usage is not null && KeyUsages.Allow(usage, X509KeyUsageFlags.KeyCertSign))));
        if (!isAuthority)
            return $"it is not a certificate authority, but issued {Name(issued)}";
        if (usage is not null && !KeyUsages.Allow(usage, X509KeyUsageFlags.KeyCertSign))
            return $"its key usage does not include keyCertSign, but it issued {Name(issued)}";
        var below = path.Skip(1).Count(certificate => !NameComparison.IsSelfIssued(certificate));
        if (constraints is { HasPathLengthConstraint: true } && constraints.PathLengthConstraint < below)
            return $"its path length is {constraints.PathLengthConstraint}, but {below} certificate authorities are below it";
        return KeyPurposes.Of(issuer) is not { } purposes || purposes.Contains(use.Purpose) || purposes.Contains(KeyPurposes.Any)
            ? null
            : $"its extended key usage does not include {use.PurposeName}";
    }

    private static string? CheckKey(X509Certificate2 certificate)
    {
        if (certificate.GetKeyAlgorithm() is KeyAlgorithms.Ed25519 or KeyAlgorithms.Ed448)
            return null;
        try
        {
            using var key = VerificationKey.Of(certificate);
            return null;
        }
        catch (InvalidInputException exception)
        {
            return $"the certificate {Name(certificate)} is refused: {exception.Message}";
        }
    }

    private string? CheckExtensions(X509Certificate2 certificate)
    {
        if (!refusals.TryGetValue(certificate, out var refusal))
            refusals.Add(certificate, refusal = CertificateExtensions.Check(certificate));
        return refusal;
    }

    private bool IsSigned(X509Certificate2 issued, X509Certificate2 issuer)
    {
        if (vouched is not null)
            return vouched.IsSigned(issued, issuer);
        if (!signatures.TryGetValue(issued, out var known))
            signatures.Add(issued, known = new(ReferenceEqualityComparer.Instance));
        if (!known.TryGetValue(issuer, out var isSigned))
            known.Add(issuer, isSigned = verified++ < MaxSignatures && CertificateIssuance.IsSigned(issued, issuer));
        return isSigned;
    }

    private bool Exhausted()
    {
        failure =
            $"no path from {use.Whose} certificate to a trusted root was found within {MaxSignatures} signature verifications and {MaxSteps} steps: "
            + $"{use.Source} has too many certificates";
        failureDepth = int.MaxValue;
        return false;
    }

    // The failure of the longest path says most.
    private void Note(string reason)
    {
        if (path.Count <= failureDepth)
            return;
        (failure, failureDepth) = (reason, path.Count);
    }

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}
