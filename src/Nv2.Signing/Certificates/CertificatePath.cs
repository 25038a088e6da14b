using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;

namespace Nv2.Signing.Certificates;

/// <summary>What a path of certificates is for: how messages name it, and the purpose that its authorities must allow.</summary>
/// <param name="Whose">Whose certificate it begins with.</param>
/// <param name="Source">Where that and the intermediates came from.</param>
/// <param name="Purpose">The extended key usage (RFC 5280 section 4.2.1.12) that an authority with one must have.</param>
/// <param name="PurposeName">Its name.</param>
internal sealed record PathUse(string Whose, string Source, string Purpose, string PurposeName)
{
    /// <summary>Signatures of artifacts.</summary>
    public static PathUse Signing { get; } = new("the signer's", "the signature", KeyPurposes.CodeSigning, "codeSigning");

    /// <summary>Timestamps.</summary>
    public static PathUse Timestamping { get; } = new("the timestamp authority's", "the timestamp", KeyPurposes.TimeStamping, "timeStamping");
}

/// <summary>The path from a certificate to one that is trusted (RFC 5280 section 6.1).</summary>
/// <param name="Certificates">The certificate first, the trusted one last; where no path is found, the certificate alone.</param>
/// <param name="Failure">Why there is no path, or <see langword="null"/> when there is one.</param>
internal sealed record CertificatePath(IReadOnlyList<X509Certificate2> Certificates, string? Failure)
{
    // Two bits of a state each: too early, too late.
    private const int MaxKeptCertificates = 32;

    /// <summary>Finds the path of <paramref name="signer"/>, with no network and no store of the machine.</summary>
    /// <param name="signer">The certificate that signed.</param>
    /// <param name="intermediates">Certificates that came with the signature, in any order, trusted for nothing.</param>
    /// <param name="trusted">What the caller trusts.</param>
    /// <param name="time">The moment of the check. A path whose certificates are all valid then is preferred; whether they must be is a check of its
    /// own.</param>
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

        // The time has a part in the search by nothing but which certificates are within their dates.
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
            return new([signer], $"there is no trusted certificate, and so {use.Whose} ({Name(signer)}) is not trusted");
        if (trusted.Roots.Count == 0)
            return new(
                [signer],
                $"{use.Whose} certificate ({Name(signer)}) is none of the trusted certificates{HintAtNamesake(signer, trusted.Pinned)}{HintAtIssuer(signer, intermediates, trusted)}"
            );

        // What nobody trusted vouches for leads nowhere, and may be there to lead astray. If that is so of the signer itself, all of them can explain
        // why.
        var vouched = VouchedCertificates.Of([signer, .. intermediates], trusted.Roots);
        return vouched.Contains(signer)
            ? new PathSearch([.. intermediates.Where(vouched.Contains)], trusted.Roots, time, use, vouched).Run(signer)
            : new PathSearch(intermediates, trusted.Roots, time, use, vouched: null).Run(signer);
    }

    /// <summary>
    /// Each certificate once, byte for byte, without those that are among others. The limits of a search count certificates; whether two that
    /// are equal are one object, as where
    /// parsed ones are kept, must not matter to them.
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

    /// <summary>Whether a certificate is among others, byte for byte.</summary>
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
            ? "; one of them is its issuer: give that one as a root to trust what it issued"
            : "";

    /// <summary>What to add where a certificate is not trusted and another one of the same subject is, as after a renewal; or nothing.</summary>
    internal static string HintAtNamesake(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> trusted) =>
        CertificateNames.HavingSubject(trusted, certificate.SubjectName).FirstOrDefault() is { } namesake
            ? HaveSameKey(namesake, certificate)
                ? "; a trusted one has the same subject and key, but is another certificate"
                : "; a trusted one has the same subject, but another key"
            : "";

    private static bool HaveSameKey(X509Certificate2 one, X509Certificate2 other) =>
        one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(other.PublicKey.ExportSubjectPublicKeyInfo());

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}

/// <summary>
/// Looks for a path to a trusted root, depth first, and comes back where a way ends (RFC 4158 section 2.4). Whoever made the signature chose the
/// intermediates, and so the search has a budget.
/// </summary>
/// <param name="intermediates">Certificates to go through, trusted for nothing.</param>
/// <param name="roots">Where a path may end.</param>
/// <param name="time">Certificates that are valid then are preferred.</param>
/// <param name="use">What the path is for.</param>
/// <param name="vouched">Which certificates are signed by which; <see langword="null"/> where that is still to be found out.</param>
internal sealed class PathSearch(
    IReadOnlyList<X509Certificate2> intermediates,
    IReadOnlyList<X509Certificate2> roots,
    DateTimeOffset time,
    PathUse use,
    VouchedCertificates? vouched
)
{
    /// <summary>The most signatures of certificates that are verified in one search.</summary>
    public const int MaxSignatures = 32;

    /// <summary>The most certificates of a path.</summary>
    public const int MaxLength = 16;

    /// <summary>The most times that a certificate is looked at as the issuer of another.</summary>
    public const int MaxSteps = 4096;

    private readonly CertificateNames names = new();
    private readonly List<X509Certificate2> others = CertificatePath.Distinct(intermediates, roots);

    // Of what has been found out about a certificate. To the platform certificates are the same that have one issuer and serial number, which anybody
    // can write into another.
    private readonly Dictionary<X509Certificate2, Dictionary<X509Certificate2, bool>> signatures = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<X509Certificate2, string?> refusals = new(ReferenceEqualityComparer.Instance);
    private readonly List<X509Certificate2> path = [];

    // Never null: where no path is found there is a failure, whatever was noted on the way.
    private string failure = $"{use.Whose} certificate leads to none of the trusted roots";
    private int failureDepth = -1;
    private int steps;
    private int verified;
    private bool areDatesRequired;

    /// <summary>Looks for a path.</summary>
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

    // Looks above the last certificate of the path.
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
                    ? $"{use.Whose} chain ends at {Name(top)}, which is none of the trusted roots{CertificatePath.HintAtNamesake(top, roots)}"
                    : $"the issuer of {Name(top)}, {DistinguishedName.Brief(top.IssuerName)}, is neither among the trusted roots nor in {use.Source}"
            );
        }

        return false;
    }

    // Those that have the name of the issuer: roots before intermediates, and those first whose key identifier is the one that the certificate names.
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

    // Key identifiers decide nothing but the order in which issuers are tried: one that is damaged is as good as none.
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

    // What is cheap comes first; the signature is the last.
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

        // A certificate that issued itself has the name of a trusted one where it took that one's place.
        return isRoot && NameComparison.AreSame(issued.SubjectName, issued.IssuerName)
            ? $"the certificate {Name(issued)} is none of the trusted roots{CertificatePath.HintAtNamesake(issued, [issuer])}"
            : $"the certificate {Name(issued)} is refused: its signature is not its issuer's";
    }

    private string? CheckAuthority(X509Certificate2 issued, X509Certificate2 issuer, bool isRoot)
    {
        var constraints = issuer.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        var usage = issuer.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();

        // RFC 5280 section 6.1.4, step k. Version 1 has no extensions: a root of that age is one because the caller says so.
        var isAuthority =
            constraints?.CertificateAuthority
            ?? (isRoot && (issuer.Version == 1 || (usage?.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign) ?? false)));
        if (!isAuthority)
            return $"it is no certificate authority, and issued {Name(issued)}";
        if (usage is not null && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
            return $"its key usage does not include keyCertSign, and it issued {Name(issued)}";
        var below = path.Skip(1).Count(certificate => !NameComparison.IsSelfIssued(certificate));
        if (constraints is { HasPathLengthConstraint: true } && constraints.PathLengthConstraint < below)
            return $"its path length is {constraints.PathLengthConstraint}, and {below} certificate authorities are below it";
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
            $"no path from {use.Whose} certificate to a trusted root is found within {MaxSignatures} signatures of certificates and {MaxSteps} steps: {use.Source} has too many certificates";
        failureDepth = int.MaxValue;
        return false;
    }

    // The way that came furthest says most.
    private void Note(string reason)
    {
        if (path.Count <= failureDepth)
            return;
        (failure, failureDepth) = (reason, path.Count);
    }

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}
