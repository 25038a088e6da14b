using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

namespace Nv2.Signing.Certificates.Revocation;

/// <summary>The content of a revocation list (RFC 5280 section 5): well formed, and not verified yet. Its entries are searched in place: there can be
/// millions.</summary>
internal sealed class RevocationListContent
{
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private static readonly HashSet<string> KnownExtensions =
    [
        X509Extensions.AuthorityKeyIdentifier.Id,
        X509Extensions.CrlNumber.Id,
        X509Extensions.DeltaCrlIndicator.Id,
        X509Extensions.IssuingDistributionPoint.Id,
    ];

    private static readonly HashSet<string> KnownEntryExtensions =
    [
        X509Extensions.ReasonCode.Id,
        X509Extensions.InvalidityDate.Id,
        X509Extensions.InstructionCode.Id,
    ];

    private readonly ReadOnlyMemory<byte> der;
    private readonly string algorithm;
    private readonly ReadOnlyMemory<byte> entries;
    private readonly Dictionary<string, RevocationReason?> found = [];

    // TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL,
    // revokedCertificates SEQUENCE OF … OPTIONAL, crlExtensions [0] EXPLICIT Extensions OPTIONAL }
    private RevocationListContent(ReadOnlyMemory<byte> der, string name, X500DistinguishedName issuer)
    {
        this.der = der;
        Name = name;
        var outside = new AsnReader(der, AsnEncodingRules.DER);
        var list = outside.ReadSequence();
        outside.ThrowIfNotEmpty();
        var fields = list.ReadSequence();
        algorithm = list.ReadSequence().ReadObjectIdentifier();
        _ = list.ReadBitString(out _);
        list.ThrowIfNotEmpty();

        if (fields.PeekTag() == Asn1Tag.Integer)
            fields.ReadIntegerBytes();
        _ = fields.ReadSequence();
        if (!fields.ReadEncodedValue().Span.SequenceEqual(issuer.RawData))
            throw new AsnContentException("its issuer has changed");
        ThisUpdate = ReadTime(fields);
        if (fields.HasData && IsTime(fields.PeekTag()))
            NextUpdate = ReadTime(fields);
        if (fields.HasData && fields.PeekTag() == Asn1Tag.Sequence)
        {
            entries = fields.PeekContentBytes();
            _ = fields.ReadEncodedValue();
        }

        var extensions = fields.HasData ? ReadExtensions(fields) : null;
        fields.ThrowIfNotEmpty();

        Number = Integer(extensions, X509Extensions.CrlNumber);
        BaseNumber = Integer(extensions, X509Extensions.DeltaCrlIndicator);
        HasDeltas = extensions?.GetExtension(X509Extensions.FreshestCrl) is not null;
        Scope = extensions?.GetExtensionParsedValue(X509Extensions.IssuingDistributionPoint) is { } place
            ? RevocationListScope.Of(IssuingDistributionPoint.GetInstance(place))
            : RevocationListScope.All;
        NotUnderstood = Critical(extensions, KnownExtensions);
        Walk(
            (_, ofEntry) =>
            {
                NotUnderstood ??= Critical(ofEntry, KnownEntryExtensions);
                Reason(ofEntry); // Parsed here, to report damage when the list is read.
            }
        );
    }

    /// <summary>The name of the list in messages.</summary>
    public string Name { get; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When the next list is issued at the latest; absent in lists that do not follow RFC 5280.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary>cRLNumber, or <see langword="null"/>.</summary>
    public BigInteger? Number { get; }

    /// <summary>The number of the complete list that this one is a delta to; <see langword="null"/> if it is complete.</summary>
    public BigInteger? BaseNumber { get; }

    /// <summary>Whether it names delta lists (freshestCRL, RFC 5280 section 5.2.6), so that it may not be the latest state.</summary>
    public bool HasDeltas { get; }

    /// <summary>The certificates that it covers.</summary>
    public RevocationListScope Scope { get; }

    /// <summary>An unknown critical extension of the list or of an entry; such a list must not be used (RFC 5280 sections 5.2 and 5.3).</summary>
    public string? NotUnderstood { get; private set; }

    /// <summary>Reads a list.</summary>
    /// <param name="der">The whole list.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="issuer">Its issuer, as read before.</param>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public static RevocationListContent Parse(ReadOnlyMemory<byte> der, string name, X500DistinguishedName issuer)
    {
        try
        {
            return new(der, name, issuer);
        }
#pragma warning disable CA1031 // The parser of extensions reports damage with many exception types, most of them undocumented.
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            throw Damaged(exception);
        }
    }

    /// <summary>The exception for a parser error.</summary>
    public static InvalidInputException Damaged(Exception exception) => new("it is not a revocation list in DER, or it is damaged", exception);

    /// <summary>The list must be signed by the key of <paramref name="issuer"/>.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    public string? CheckSignature(X509Certificate2 issuer)
    {
        if (CertificateSignature.FindRefusedAlgorithm(algorithm, der) is { } refused)
            return $"it is signed with {refused}, which is refused: expected SHA-256 or better";
        return CertificateIssuance.IsSigned(der, issuer) ? null : $"its signature is not by the key of {DistinguishedName.BriefOf(issuer)}";
    }

    /// <summary>Whether it is a delta list with the changes since <paramref name="complete"/> (RFC 5280 section 5.2.4).</summary>
    public bool IsDeltaTo(RevocationListContent complete) =>
        BaseNumber is not null && complete.Number is not null && BaseNumber.CompareTo(complete.Number) <= 0 && ThisUpdate >= complete.ThisUpdate;

    /// <summary>The entry for <paramref name="certificate"/>, or <see langword="null"/>.</summary>
    public RevocationReason? Find(X509Certificate2 certificate)
    {
        var key = Convert.ToHexString(certificate.SerialNumberBytes.Span);
        if (found.TryGetValue(key, out var known))
            return known;
        RevocationReason? worst = null;
        var wanted = certificate.SerialNumberBytes;
        Walk(
            (serial, extensions) =>
            {
                if (serial.SequenceEqual(wanted.Span) && Reason(extensions) is var reason && (worst is null || reason < worst))
                    worst = reason; // Of two entries for one certificate the worse applies.
            }
        );
        found.Add(key, worst);
        return worst;
    }

    private delegate void Visit(ReadOnlySpan<byte> serial, X509Extensions? extensions);

    // revokedCertificates ::= SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL }
    private void Walk(Visit visit)
    {
        for (var rest = entries.Span; !rest.IsEmpty; )
        {
            AsnDecoder.ReadSequence(rest, AsnEncodingRules.DER, out var start, out var length, out var whole);
            var entry = rest.Slice(start, length);
            rest = rest[whole..];
            var serial = AsnDecoder.ReadIntegerBytes(entry, AsnEncodingRules.DER, out var used);
            entry = entry[used..];
            if (Asn1Tag.Decode(entry, out _) == Asn1Tag.UtcTime)
                AsnDecoder.ReadUtcTime(entry, AsnEncodingRules.DER, out used);
            else
                AsnDecoder.ReadGeneralizedTime(entry, AsnEncodingRules.DER, out used);
            entry = entry[used..];
            visit(serial, entry.IsEmpty ? null : X509Extensions.GetInstance(Asn1Object.FromByteArray(entry.ToArray())));
        }
    }

    private static bool IsTime(Asn1Tag tag) => tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime;

    private static DateTimeOffset ReadTime(AsnReader fields) =>
        fields.PeekTag() == Asn1Tag.UtcTime ? fields.ReadUtcTime() : fields.ReadGeneralizedTime();

    private static X509Extensions ReadExtensions(AsnReader fields)
    {
        var wrapped = fields.ReadSequence(ExtensionsTag);
        var extensions = X509Extensions.GetInstance(Asn1Object.FromByteArray(wrapped.ReadEncodedValue().ToArray()));
        wrapped.ThrowIfNotEmpty();
        return extensions;
    }

    private static BigInteger? Integer(X509Extensions? extensions, DerObjectIdentifier extension) =>
        extensions?.GetExtensionParsedValue(extension) is { } value ? DerInteger.GetInstance(value).Value : null;

    private static string? Critical(X509Extensions? extensions, HashSet<string> known) =>
        extensions?.GetCriticalExtensionOids().Select(oid => oid.Id).FirstOrDefault(oid => !known.Contains(oid));

    private static RevocationReason Reason(X509Extensions? extensions) =>
        extensions?.GetExtensionParsedValue(X509Extensions.ReasonCode) is { } value
            ? DerEnumerated.GetInstance(value).IntValueExact switch
            {
                CrlReason.CertificateHold => RevocationReason.OnHold,
                CrlReason.RemoveFromCrl => RevocationReason.Removed,
                _ => RevocationReason.Revoked,
            }
            : RevocationReason.Revoked;
}

/// <summary>Why a certificate is on a revocation list (RFC 5280 section 5.3.1, CRLReason), as far as nv2 distinguishes them.</summary>
internal enum RevocationReason
{
    /// <summary>Permanently revoked, for any reason or none.</summary>
    Revoked,

    /// <summary>certificateHold: temporarily.</summary>
    OnHold,

    /// <summary>removeFromCRL: no longer on hold. Only in a delta list.</summary>
    Removed,
}
