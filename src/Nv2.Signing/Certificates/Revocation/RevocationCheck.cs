using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates.Revocation;

/// <summary>
/// Checks with the available revocation lists whether the certificates of a chain are revoked (trust-store-trust-policy.md, "Certificate Revocation
/// Evaluation"; RFC 5280 section 6.3). Never opens a connection. An unknown status is a failure.
/// </summary>
/// <param name="lists">The lists, of any issuers.</param>
/// <param name="clock">Tells the present moment.</param>
internal sealed class RevocationCheck(IReadOnlyList<RevocationList> lists, TimeProvider clock)
{
    private const int MaxShown = 4;

    /// <summary>Certificates of other known issuers, which may be on no path here: lists of these issuers are in the right place.</summary>
    public Func<IEnumerable<X509Certificate2>> OtherIssuers { get; init; } = () => [];

    /// <summary>No certificate below the root may be revoked or on hold, and a list must cover each.</summary>
    /// <param name="chain">A whole chain, the signer's certificate first.</param>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    public string? Check(IReadOnlyList<X509Certificate2> chain)
    {
        var now = clock.GetUtcNow();
        if (CertificateRequirements.CheckOrder(chain) is { } failure)
            return failure;

        return CheckBelow(chain, now, isAlwaysAsked: true);
    }

    /// <summary>
    /// No certificate on the path to a trusted one may be revoked or on hold. For a certificate that does not state how its revocation is published,
    /// by lists or by OCSP, no list is required, as in the specification.
    /// </summary>
    /// <param name="path">The signer's certificate first, the trusted one last.</param>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    internal string? CheckPath(IReadOnlyList<X509Certificate2> path) => CheckBelow(path, clock.GetUtcNow(), isAlwaysAsked: false);

    /// <summary>
    /// The lists that are ignored, because no known issuer has their name; <see langword="null"/> if there are none. A list for an issuer on the path
    /// with a wrong name would otherwise be ignored silently, with its revocations.
    /// </summary>
    /// <param name="path">The signer's certificate first, the trusted one last.</param>
    internal string? DescribeUnmatched(IReadOnlyList<X509Certificate2> path)
    {
        var unmatched = Without(lists, path);
        if (unmatched.Count > 0)
            unmatched = Without(unmatched, OtherIssuers());
        return unmatched.Count == 0
            ? null
            : $"{(unmatched.Count == 1 ? "a revocation list is" : $"{unmatched.Count} revocation lists are")} ignored, because no issuer of the "
                + "certificates "
                + $"and no certificate in a trust store has the name of its issuer: {Describe(unmatched)}";
    }

    private static List<RevocationList> Without(IEnumerable<RevocationList> lists, IEnumerable<X509Certificate2> issuers)
    {
        var names = issuers.Select(issuer => NameComparison.Key(issuer.SubjectName)).ToHashSet();
        return [.. lists.Where(list => !names.Contains(NameComparison.Key(list.IssuerName)))];
    }

    // From the root down, as in the specification: a revocation further up is more important.
    private string? CheckBelow(IReadOnlyList<X509Certificate2> chain, DateTimeOffset now, bool isAlwaysAsked)
    {
        for (var index = chain.Count - 2; index >= 0; index--)
        {
            var (certificate, issuer) = (chain[index], chain[index + 1]);
            if (!isAlwaysAsked && !lists.Any(list => list.IsIssuedBy(issuer)) && !IsAnnounced(certificate))
                continue;
            if (Check(certificate, issuer, now) is { } refusal)
                return refusal;
        }

        return null;
    }

    // cRLDistributionPoints (RFC 5280 section 4.2.1.13), or id-ad-ocsp in authorityInfoAccess (section 4.2.2.1). An unreadable extension may announce
    // anything.
    private static bool IsAnnounced(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.Any(extension => extension.Oid?.Value == CertificateExtensions.DistributionPoints)
                || certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().Any(access => access.EnumerateOcspUris().Any());
        }
        catch (CryptographicException)
        {
            return true;
        }
    }

    private string? Check(X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset now)
    {
        var failures = new List<string>();
        var authentic = new List<RevocationListContent>();
        var own = new List<RevocationListContent>();
        foreach (var list in lists.Where(list => list.IsIssuedBy(issuer)))
        {
            try
            {
                own.Add(list.Read());
            }
            catch (Exception exception) when (exception is InvalidInputException or AccessDeniedException or IOException)
            {
                return Unknown(certificate, $"{Quoted.Text(list.Name)}: {exception.Message}"); // It might have revoked the certificate.
            }
        }

        foreach (var list in own)
        {
            if (CheckUse(list, certificate, issuer) is { } failure)
                failures.Add($"{Quoted.Text(list.Name)}: {failure}");
            else
                authentic.Add(list);
        }

        // A permanent revocation stays valid, even from an old or partial list.
        if (authentic.Find(list => list.Find(certificate) == RevocationReason.Revoked) is { } revoking)
            return $"the certificate {Name(certificate)} is revoked: {Quoted.Text(revoking.Name)}";

        var current = new List<RevocationListContent>();
        foreach (var list in authentic)
        {
            if (CheckTime(list, now) is { } failure)
                failures.Add($"{Quoted.Text(list.Name)}: {failure}");
            else
                current.Add(list);
        }

        var complete = current.Where(list => list.BaseNumber is null && !list.Scope.OnlySomeReasons).MaxBy(list => list.ThisUpdate);
        if (complete is not null)
            return CheckHold(certificate, complete, current) ?? CheckDeltas(certificate, complete, current);

        failures.AddRange(
            current.Select(list =>
                $"{Quoted.Text(list.Name)}: "
                + (list.BaseNumber is null ? "it is for some reasons of revocation only" : "it is a delta list, and the complete one is missing")
            )
        );
        return Unknown(
            certificate,
            failures.Count > 0 ? string.Join("; ", failures) : $"there is no revocation list of its issuer, {Name(issuer)}{DescribeOthers()}"
        );
    }

    private static string? CheckHold(X509Certificate2 certificate, RevocationListContent complete, IReadOnlyList<RevocationListContent> current)
    {
        var last = complete;
        var state = complete.Find(certificate);
        if (state == RevocationReason.Removed)
            return Unknown(certificate, $"{Quoted.Text(complete.Name)}: it has removeFromCRL for the certificate, which only a delta list may have");

        // Later lists take precedence: delta lists in their order, and lists of some reasons, which can only add.
        foreach (var list in current.Where(list => list != complete && list.ThisUpdate >= complete.ThisUpdate).OrderBy(list => list.ThisUpdate))
        {
            var said = list.Find(certificate);
            if (said is null || (said == RevocationReason.Removed && !list.IsDeltaTo(complete)))
                continue;
            (last, state) = (list, said);
        }

        return state == RevocationReason.OnHold ? $"the certificate {Name(certificate)} is on hold: {Quoted.Text(last.Name)}" : null;
    }

    // If a delta list exists but is not available, the status is unknown (trust-store-trust-policy.md, "Revocation Checking with Delta CRLs").
    private static string? CheckDeltas(X509Certificate2 certificate, RevocationListContent complete, IReadOnlyList<RevocationListContent> current) =>
        complete.HasDeltas && !current.Any(list => list.IsDeltaTo(complete))
            ? Unknown(certificate, $"{Quoted.Text(complete.Name)}: it has delta lists (freshestCRL), and no current one is available")
            : null;

    private static string? CheckUse(RevocationListContent list, X509Certificate2 certificate, X509Certificate2 issuer)
    {
        if (list.CheckSignature(issuer) is { } failure)
            return failure;
        if (issuer.Extensions.OfType<X509KeyUsageExtension>().Any(usage => !KeyUsages.Allow(usage, X509KeyUsageFlags.CrlSign)))
            return $"the key usage of its issuer, {Name(issuer)}, does not include cRLSign";
        if (list.Scope.IsIndirect || list.NotUnderstood is null)
            return list.Scope.Check(certificate);
        return $"it has the critical extension {list.NotUnderstood}, which is not supported";
    }

    private static string? CheckTime(RevocationListContent list, DateTimeOffset now)
    {
        if (list.ThisUpdate > now)
            return $"it is not valid before {Rfc3339.Format(list.ThisUpdate)}";
        if (list.NextUpdate is null)
            return "it does not state when the next one is due";
        return list.NextUpdate >= now ? null : $"it is stale: the next one was due at {Rfc3339.Format(list.NextUpdate.Value)}";
    }

    // A list for this issuer with another name would otherwise be ignored silently.
    private string DescribeOthers() => lists.Count == 0 ? "" : $"; available lists: {Describe(lists)}";

    private static string Describe(IReadOnlyList<RevocationList> lists)
    {
        var shown = lists.Take(MaxShown).Select(list => $"{Quoted.Text(list.Name)} (of {DistinguishedName.Brief(list.IssuerName)})");
        return $"{string.Join(", ", shown)}{(lists.Count > MaxShown ? ", …" : "")}";
    }

    private static string Unknown(X509Certificate2 certificate, string reason) =>
        $"the revocation status of the certificate {Name(certificate)} is unknown: {reason}";

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}

/// <summary>Certificate revocation lists in a folder: files whose names end in <c>.crl</c> or <c>.pem</c>, in DER or PEM. Other files and subfolders
/// are ignored.</summary>
/// <param name="Lists">The lists.</param>
/// <param name="Failure">Why they cannot be used, or <see langword="null"/>.</param>
internal sealed record RevocationFolder(IReadOnlyList<RevocationList> Lists, string? Failure)
{
    private const int MaxFiles = 1024;
    private const int MaxFileBytes = 64 * 1024 * 1024;

    private static readonly string[] Extensions = [".crl", ".pem"];

    /// <summary>Reads the lists. A damaged one makes all unusable: it might have revoked any certificate.</summary>
    /// <exception cref="InvalidInputException">The folder does not exist, or it has too many files.</exception>
    /// <exception cref="AccessDeniedException">The folder, or a file in it, may not be read.</exception>
    public static RevocationFolder Read(string path)
    {
        var lists = new List<RevocationList>();
        foreach (var file in FindFiles(path))
        {
            try
            {
                lists.AddRange(RevocationList.Open(file, MaxFileBytes));
            }
            catch (InvalidInputException exception)
            {
                return new([], $"the revocation status of the certificates is unknown: {Quoted.Text(Path.GetFileName(file))}: {exception.Message}");
            }
        }

        return new(lists, null);
    }

    private static List<string> FindFiles(string path)
    {
        try
        {
            if (File.Exists(path))
                throw new InvalidInputException("it is not a folder");
            var files = Directory
                .EnumerateFiles(path)
                .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Take(MaxFiles + 1)
                .ToList();
            files.Sort(StringComparer.Ordinal); // Sorted, because the order in a folder is random, and messages name files.
            return files.Count <= MaxFiles ? files : throw new InvalidInputException($"it has more than {MaxFiles} revocation list files");
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw Directory.Exists(path) && exception is UnauthorizedAccessException
                ? new AccessDeniedException($"cannot read the folder {Quoted.Text(path)}: permission denied", exception)
                : FileErrors.Explain("read the folder", path, exception);
        }
    }
}
