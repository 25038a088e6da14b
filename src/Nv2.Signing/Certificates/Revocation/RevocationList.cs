using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Text;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.X509;

namespace Nv2.Signing.Certificates.Revocation;

/// <summary>A certificate revocation list (RFC 5280 section 5) as it was read: well formed, and on nobody's word yet.</summary>
public sealed class RevocationList
{
    private const string PemLabel = "X509 CRL";
    private const byte DerSequence = 0x30;

    private static readonly HashSet<string> KnownExtensions =
        [X509Extensions.AuthorityKeyIdentifier.Id, X509Extensions.CrlNumber.Id, X509Extensions.DeltaCrlIndicator.Id, X509Extensions.IssuingDistributionPoint.Id];

    private static readonly HashSet<string> KnownEntryExtensions = [X509Extensions.ReasonCode.Id, X509Extensions.InvalidityDate.Id, X509Extensions.InstructionCode.Id];

    private readonly ReadOnlyMemory<byte> der;
    private readonly string algorithm;
    private readonly Dictionary<string, RevocationReason> entries;

    private RevocationList(string name, ReadOnlyMemory<byte> der, X509Crl list)
    {
        Name = name;
        this.der = der;
        algorithm = list.SigAlgOid;
        IssuerName = new X500DistinguishedName(list.CertificateList.Issuer.GetEncoded(Asn1Encodable.Der));
        ThisUpdate = new DateTimeOffset(DateTime.SpecifyKind(list.ThisUpdate, DateTimeKind.Utc));
        NextUpdate = list.NextUpdate is { } next ? new DateTimeOffset(DateTime.SpecifyKind(next, DateTimeKind.Utc)) : null;
        Number = Integer(list, X509Extensions.CrlNumber);
        BaseNumber = Integer(list, X509Extensions.DeltaCrlIndicator);
        HasDeltas = list.GetExtensionValue(X509Extensions.FreshestCrl) is not null;
        Scope = list.GetExtensionParsedValue(X509Extensions.IssuingDistributionPoint) is { } place
            ? RevocationListScope.Of(IssuingDistributionPoint.GetInstance(place))
            : RevocationListScope.All;
        NotUnderstood = list.GetCriticalExtensionOids()?.FirstOrDefault(oid => !KnownExtensions.Contains(oid));

        entries = [];
        foreach (var entry in list.CertificateList.TbsCertList.GetRevokedCertificateEnumeration())
        {
            NotUnderstood ??= CriticalExtension(entry);
            var serial = Convert.ToHexString(entry.UserCertificate.Value.ToByteArray());
            var reason = Reason(entry);
            if (!entries.TryGetValue(serial, out var earlier) || reason < earlier)
                entries[serial] = reason; // Of two entries for one certificate the worse counts.
        }
    }

    /// <summary>What to call the list in messages: the name of its file.</summary>
    public string Name { get; }

    /// <summary>When it was issued.</summary>
    internal DateTimeOffset ThisUpdate { get; }

    /// <summary>When the next one is issued at the latest; not stated by lists that do not follow RFC 5280.</summary>
    internal DateTimeOffset? NextUpdate { get; }

    /// <summary>cRLNumber, or <see langword="null"/>.</summary>
    internal BigInteger? Number { get; }

    /// <summary>The number of the complete list that this one is a delta to; <see langword="null"/> where it is complete itself.</summary>
    internal BigInteger? BaseNumber { get; }

    /// <summary>Whether it says where delta lists to it are found (freshestCRL, RFC 5280 section 5.2.6), so that it is not the latest news by itself.</summary>
    internal bool HasDeltas { get; }

    /// <summary>Which certificates it is about.</summary>
    internal RevocationListScope Scope { get; }

    /// <summary>A critical extension, of the list or of an entry, that is not known here; such a list must not be relied on (RFC 5280 sections 5.2 and 5.3).</summary>
    internal string? NotUnderstood { get; }

    internal X500DistinguishedName IssuerName { get; }

    /// <summary>Reads one list in DER, or all lists of a PEM file.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">What to call the lists in messages.</param>
    /// <exception cref="InvalidInputException">There is none, or one is damaged.</exception>
    public static IReadOnlyList<RevocationList> Parse(ReadOnlyMemory<byte> content, string name)
    {
        if (content.Span is [DerSequence, ..])
            return [ParseDer(content, name)];

        var lists = new List<RevocationList>();
        var blocks = new PemBlocks(content.Span, label => label == PemLabel);
        while (blocks.MoveNext())
            lists.Add(ParseDer(blocks.Content, name));
        return lists.Count > 0 ? lists : throw new InvalidInputException($"it holds no revocation list: expected PEM with a block -----BEGIN {PemLabel}-----, or DER");
    }

    /// <summary>Whether it names <paramref name="issuer"/> as who issued it.</summary>
    internal bool IsIssuedBy(X509Certificate2 issuer) => NameComparison.AreSame(issuer.SubjectName, IssuerName);

    /// <summary>The list must be signed by the key of <paramref name="issuer"/>.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    internal string? CheckSignature(X509Certificate2 issuer)
    {
        if (CertificateSignature.FindRefusedAlgorithm(algorithm, der) is { } refused)
            return $"it is signed with {refused}, which is refused: expected SHA-256 or better";
        return CertificateIssuance.IsSigned(der, issuer) ? null : $"its signature is not by the key of {DistinguishedName.Brief(issuer.SubjectName)}";
    }

    /// <summary>Whether it is a delta list that says what changed since <paramref name="complete"/> (RFC 5280 section 5.2.4).</summary>
    internal bool IsDeltaTo(RevocationList complete) =>
        BaseNumber is not null && complete.Number is not null && BaseNumber.CompareTo(complete.Number) <= 0 && ThisUpdate >= complete.ThisUpdate;

    /// <summary>What it says of <paramref name="certificate"/>, or <see langword="null"/> where that is not on it.</summary>
    internal RevocationReason? Find(X509Certificate2 certificate) =>
        entries.TryGetValue(Convert.ToHexString(certificate.SerialNumberBytes.Span), out var reason) ? reason : null;

    private static RevocationList ParseDer(ReadOnlyMemory<byte> der, string name)
    {
        try
        {
            return new RevocationList(name, der, new X509Crl(der.ToArray()));
        }
#pragma warning disable CA1031 // The parser says by more than a dozen kinds of exception that bytes are damaged, most of which are not documented.
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            throw new InvalidInputException("it is not a revocation list in DER, or it is damaged", exception);
        }
    }

    private static BigInteger? Integer(X509Crl list, DerObjectIdentifier extension) =>
        list.GetExtensionParsedValue(extension) is { } value ? DerInteger.GetInstance(value).Value : null;

    private static string? CriticalExtension(CrlEntry entry) =>
        entry.Extensions?.GetCriticalExtensionOids().Select(oid => oid.Id).FirstOrDefault(oid => !KnownEntryExtensions.Contains(oid));

    private static RevocationReason Reason(CrlEntry entry) =>
        entry.Extensions?.GetExtensionParsedValue(X509Extensions.ReasonCode) is { } value
            ? DerEnumerated.GetInstance(value).IntValueExact switch
            {
                CrlReason.CertificateHold => RevocationReason.OnHold,
                CrlReason.RemoveFromCrl => RevocationReason.Removed,
                _ => RevocationReason.Revoked,
            }
            : RevocationReason.Revoked;
}

/// <summary>Which certificates a revocation list is about: its issuingDistributionPoint (RFC 5280 section 5.2.5), where it has one.</summary>
/// <param name="OnlyUsers">Only certificates that are no authorities.</param>
/// <param name="OnlyAuthorities">Only certificates of authorities.</param>
/// <param name="OnlyAttributes">Only attribute certificates.</param>
/// <param name="OnlySomeReasons">Only some reasons for revocation.</param>
/// <param name="IsIndirect">Certificates of other issuers too.</param>
/// <param name="Names">Only certificates that name one of these places for their list; <see langword="null"/> where it is for all.</param>
internal sealed record RevocationListScope(
    bool OnlyUsers, bool OnlyAuthorities, bool OnlyAttributes, bool OnlySomeReasons, bool IsIndirect, IReadOnlyList<GeneralName>? Names)
{
    private const string DistributionPointsOid = "2.5.29.31";

    /// <summary>The scope of a list without issuingDistributionPoint: all certificates of its issuer.</summary>
    public static RevocationListScope All { get; } = new(false, false, false, false, false, null);

    /// <summary>Reads the extension.</summary>
    /// <exception cref="ArgumentException">It is damaged, or names its place relative to its issuer's name, which is not supported.</exception>
    public static RevocationListScope Of(IssuingDistributionPoint extension) => new(
        extension.OnlyContainsUserCerts,
        extension.OnlyContainsCACerts,
        extension.OnlyContainsAttributeCerts,
        extension.OnlySomeReasons is not null,
        extension.IsIndirectCrl,
        extension.DistributionPoint is { } place ? FullNames(place) ?? throw new ArgumentException("the distribution point is named relative to the issuer") : null);

    /// <summary>Whether the list is about <paramref name="certificate"/>, one of its issuer's.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    public string? Check(X509Certificate2 certificate)
    {
        if (IsIndirect)
            return "it is an indirect list, which is not supported";
        if (OnlyAttributes)
            return "it is for attribute certificates only";
        if (OnlyUsers && TrustedCertificates.IsAuthority(certificate))
            return "it is not for certificates of authorities";
        if (OnlyAuthorities && !TrustedCertificates.IsAuthority(certificate))
            return "it is for certificates of authorities only";
        return Names is null || NamedBy(certificate).Any(Names.Contains)
            ? null
            : $"it is for another distribution point than those of {DistinguishedName.Brief(certificate.SubjectName)}";
    }

    private static IEnumerable<GeneralName> NamedBy(X509Certificate2 certificate) => certificate.Extensions
        .Where(extension => extension.Oid?.Value == DistributionPointsOid)
        .SelectMany(extension => CrlDistPoint.GetInstance(extension.RawData).GetDistributionPoints())
        .SelectMany(point => point.DistributionPointName is { } place ? FullNames(place) ?? [] : []);

    private static GeneralName[]? FullNames(DistributionPointName place) =>
        place.Type == DistributionPointName.FullName ? GeneralNames.GetInstance(place.Name).GetNames() : null;
}

/// <summary>Why a certificate is on a revocation list (RFC 5280 section 5.3.1, CRLReason), as far as it makes a difference.</summary>
internal enum RevocationReason
{
    /// <summary>Revoked for good, for whatever reason; also where none is given.</summary>
    Revoked,

    /// <summary>certificateHold: for the time being.</summary>
    OnHold,

    /// <summary>removeFromCRL: no longer on hold. Only a delta list may say so.</summary>
    Removed,
}
