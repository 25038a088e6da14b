using System.Buffers;
using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Nv2.Signing.Certificates;

/// <summary>A name of a certificate, or a subtree of names (RFC 5280 section 4.2.1.6, GeneralName).</summary>
internal sealed class CertificateName
{
    private const string SubjectAltName = "2.5.29.17";
    private const string EmailAddress = "1.2.840.113549.1.9.1";
    private const string InternationalMailbox = "1.3.6.1.5.5.7.8.9";
    private const int OtherName = 0;
    private const int Rfc822Name = 1;
    private const int DnsName = 2;
    private const int DirectoryName = 4;
    private const int Uri = 6;
    private const int IPAddressName = 7;
    private const int IPv4Bytes = 4;
    private const int IPv6Bytes = 16;

    // The characters in the local part of a mailbox without quotes (RFC 5321 section 4.1.2, Dot-string).
    private static readonly SearchValues<char> LocalPart = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~."
    );
    private static readonly SearchValues<char> HostLabel = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly IReadOnlyList<string>? directory; // Prepared once, because it is compared with every subtree.
    private readonly ReadOnlyMemory<byte> bytes;

    private CertificateName(int kind, string text, ReadOnlyMemory<byte> bytes, X500DistinguishedName? directory = null)
    {
        Kind = kind;
        Text = text;
        this.bytes = bytes;
        this.directory = directory is null ? null : NameComparison.Normalize(directory);
    }

    /// <summary>The number of the kind in GeneralName.</summary>
    public int Kind { get; }

    /// <summary>The name for comparison and for messages.</summary>
    public string Text { get; }

    /// <summary>Whether names of this kind are compared here.</summary>
    public bool IsSupported => Kind is Rfc822Name or DnsName or DirectoryName or Uri or IPAddressName;

    /// <summary>All names that are subject to constraints: the subject, its e-mail addresses, and the subjectAltName.</summary>
    /// <exception cref="AsnContentException">One is damaged.</exception>
    public static IEnumerable<CertificateName> Of(X509Certificate2 certificate)
    {
        var alternative = ReadAlternative(certificate);

        var attributes = DistinguishedName.Attributes(certificate.SubjectName).ToList();
        if (attributes.Count > 0)
            yield return new(DirectoryName, DistinguishedName.Brief(certificate.SubjectName), default, certificate.SubjectName);
        foreach (var (_, oid, text, _) in attributes)
        {
            if (oid == EmailAddress)
                yield return new(Rfc822Name, text ?? throw new AsnContentException(), default);
        }

        foreach (var name in alternative)
            yield return name;
    }

    /// <summary>The names of the subjectAltName that are host names, mailboxes and URIs.</summary>
    /// <exception cref="AsnContentException">It is damaged.</exception>
    public static IEnumerable<(CertificateNameKind Kind, string Text)> AlternativeNamesOf(X509Certificate2 certificate) =>
        ReadAlternative(certificate)
            .Where(name => name.Kind is Rfc822Name or DnsName or Uri)
            .Select(name => ((CertificateNameKind)name.Kind, name.Text));

    /// <summary>Reads the base of a subtree.</summary>
    /// <exception cref="AsnContentException">It is damaged, or not in the form of RFC 5280 section 4.2.1.10, so that it would restrict
    /// nothing.</exception>
    public static CertificateName ReadSubtree(AsnReader reader)
    {
        var subtree = Read(reader);
        var isWellFormed = subtree.Kind switch
        {
            DnsName or Uri => IsHostSubtree(subtree.Text),
            Rfc822Name => subtree.Text.Contains('@', StringComparison.Ordinal) ? IsMailbox(subtree.Text) : IsHostSubtree(subtree.Text),
            IPAddressName => subtree.bytes.Length is 2 * IPv4Bytes or 2 * IPv6Bytes && IsMask(subtree.bytes.Span[(subtree.bytes.Length / 2)..]),
            _ => true,
        };
        return isWellFormed ? subtree : throw new AsnContentException();
    }

    /// <summary>Whether a subtree restricts this name, of an unsupported kind: one of its kind does, and one of mailboxes restricts international
    /// mailboxes (RFC 9598 section 6).</summary>
    public bool IsRestrictedBy(CertificateName subtree) => subtree.Kind == Kind || (subtree.Kind == Rfc822Name && Text == InternationalMailbox);

    /// <summary>Reads a GeneralName.</summary>
    /// <exception cref="AsnContentException">It is damaged.</exception>
    public static CertificateName Read(AsnReader reader)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
            throw new AsnContentException();
        switch (tag.TagValue)
        {
            case Rfc822Name or DnsName or Uri:
                var text = reader.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, tag.TagValue));
                return new(tag.TagValue, text, Encoding.ASCII.GetBytes(text));
            case DirectoryName:
                var name = new X500DistinguishedName(
                    reader.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, DirectoryName, isConstructed: true)).ReadEncodedValue().Span
                );
                _ = DistinguishedName.Attributes(name).Count();
                return new(DirectoryName, DistinguishedName.Brief(name), default, name);
            case IPAddressName:
                var address = reader.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, IPAddressName));
                return new(IPAddressName, address.Length is 4 or 16 ? new IPAddress(address).ToString() : Convert.ToHexString(address), address);
            case OtherName:
                var type = new AsnReader(reader.PeekEncodedValue(), AsnEncodingRules.DER).ReadSequence(tag).ReadObjectIdentifier();
                return new(OtherName, type, reader.ReadEncodedValue());
            case >= 3 and <= 8:
                return new(tag.TagValue, "", reader.ReadEncodedValue());
            default:
                throw new AsnContentException();
        }
    }

    /// <summary>Whether every name that this one covers is in a subtree of its kind.</summary>
    /// <remarks>RFC 5280 does not define an empty mailbox or URI: as a subtree it permits nothing, and excludes everything.</remarks>
    public bool IsWithin(CertificateName subtree) =>
        Kind switch
        {
            DnsName => IsDnsName(Text) && IsHostWithin(Text, subtree.Text),
            Rfc822Name => subtree.Text is not ("" or ".") && IsMailbox(Text) && IsMailboxWithin(Text, subtree.Text),
            Uri => subtree.Text is not ("" or ".") && HostOf(Text) is { } host && IsUriHostWithin(host, subtree.Text),
            DirectoryName => NameComparison.IsWithin(directory!, subtree.directory!), // Set for this kind.
            _ => IsAddressWithin(bytes.Span, subtree.bytes.Span),
        };

    /// <summary>Whether a name that this one covers is, or may be, in a subtree of its kind: a wildcard covers many names, and an undecidable name
    /// may be in it.</summary>
    public bool MayBeWithin(CertificateName subtree) =>
        Kind switch
        {
            DnsName => !IsDnsName(Text) || IsHostWithin(Text, subtree.Text) || (IsWildcard(Text) && IsOneLabelBelow(subtree.Text, Text[2..])),
            Rfc822Name => !IsMailbox(Text) || IsMailboxWithin(Text, subtree.Text),
            Uri => HostOf(Text) is not { } host || IsUriHostWithin(host, subtree.Text),
            IPAddressName => bytes.Length is not (IPv4Bytes or IPv6Bytes)
                || Addresses(bytes).Any(address => IsAddressWithin(address.Span, subtree.bytes.Span)),
            _ => IsWithin(subtree),
        };

    private static List<CertificateName> ReadAlternative(X509Certificate2 certificate)
    {
        var alternative = new List<CertificateName>();
        if (CertificateExtensions.Find(certificate, SubjectAltName) is not { } extension)
            return alternative;
        var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
            alternative.Add(Read(names));
        return alternative;
    }

    private static bool IsWildcard(string name) => name.StartsWith("*.", StringComparison.Ordinal);

    private static bool IsDnsName(string name) => IsHost(IsWildcard(name) ? name[2..] : name);

    /// <summary>Whether a name has labels of only letters, digits, hyphens and underscores; a dot at the end is the root.</summary>
    public static bool IsHost(string name)
    {
        var labels = name.EndsWith('.') ? name[..^1] : name;
        foreach (var label in labels.Split('.'))
        {
            if (label.Length == 0 || label.AsSpan().ContainsAnyExcept(HostLabel))
                return false;
        }

        return true;
    }

    // Empty, for all names, or a host, or a dot and a domain.
    private static bool IsHostSubtree(string subtree) => subtree is "" or "." || IsHost(subtree.StartsWith('.') ? subtree[1..] : subtree);

    private static bool IsMailbox(string mailbox) =>
        mailbox.Split('@') is [{ Length: > 0 } local, var host] && !local.AsSpan().ContainsAnyExcept(LocalPart) && IsHost(host);

    // "The address must be encoded in the style of RFC 4632 (CIDR)": ones, and then zeros.
    private static bool IsMask(ReadOnlySpan<byte> mask)
    {
        var isOver = false;
        foreach (var part in mask)
        {
            var ones = BitOperations.LeadingZeroCount((uint)(byte)~part << 24);
            if ((isOver && part != 0) || (byte)(part << Math.Min(ones, 8)) != 0)
                return false;
            isOver |= part != byte.MaxValue;
        }

        return true;
    }

    // An IPv4 address has a second form in IPv6 (RFC 4291 section 2.5.5.2): to a network both are the same.
    private static IEnumerable<ReadOnlyMemory<byte>> Addresses(ReadOnlyMemory<byte> address)
    {
        yield return address;
        var parsed = new IPAddress(address.Span);
        if (address.Length == IPv4Bytes)
            yield return parsed.MapToIPv6().GetAddressBytes();
        else if (parsed.IsIPv4MappedToIPv6)
            yield return parsed.MapToIPv4().GetAddressBytes();
    }

    // "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side". A leading dot, which many authorities write,
    // requires at least one label; a wildcard is that label.
    private static bool IsHostWithin(string name, string subtree)
    {
        var isWildcard = IsWildcard(name);
        var host = (isWildcard ? name[2..] : name).TrimEnd('.');
        subtree = subtree.TrimEnd('.');
        if (subtree.Length == 0)
            return true;
        if (host.Equals(subtree.TrimStart('.'), StringComparison.OrdinalIgnoreCase))
            return isWildcard || subtree[0] != '.';
        return host.EndsWith(subtree[0] == '.' ? subtree : $".{subtree}", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsOneLabelBelow(string name, string parent)
    {
        name = name.TrimStart('.').TrimEnd('.');
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && name[(dot + 1)..].Equals(parent.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);
    }

    // A mailbox, all mailboxes of a host, or, with a leading dot, all of the hosts below a domain.
    private static bool IsMailboxWithin(string mailbox, string subtree)
    {
        var (local, host) = (
            mailbox[..mailbox.IndexOf('@', StringComparison.Ordinal)],
            mailbox[(mailbox.IndexOf('@', StringComparison.Ordinal) + 1)..]
        );
        var at = subtree.IndexOf('@', StringComparison.Ordinal);
        return IsUriHostWithin(host, subtree[(at + 1)..]) && (at < 0 || local == subtree[..at]);
    }

    // A host, or, with a leading dot, the hosts below a domain.
    private static bool IsUriHostWithin(string host, string subtree)
    {
        (host, subtree) = (host.TrimEnd('.'), subtree.TrimEnd('.'));
        return subtree.Length == 0
            || (
                subtree[0] == '.'
                    ? host.EndsWith(subtree, StringComparison.OrdinalIgnoreCase)
                    : host.Equals(subtree, StringComparison.OrdinalIgnoreCase)
            );
    }

    // A URI without a host, or with an address as host, cannot be compared: it is in no permitted subtree, and in every excluded one.
    private static string? HostOf(string uri) =>
        System.Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.HostNameType == UriHostNameType.Dns && IsHost(parsed.Host)
            ? parsed.Host
            : null;

    // The subtree is an address and a mask.
    private static bool IsAddressWithin(ReadOnlySpan<byte> address, ReadOnlySpan<byte> subtree)
    {
        if (subtree.Length != 2 * address.Length)
            return false;
        for (var index = 0; index < address.Length; index++)
        {
            var mask = subtree[address.Length + index];
            if ((address[index] & mask) != (subtree[index] & mask))
                return false;
        }

        return true;
    }
}

/// <summary>Kinds of names by their numbers in GeneralName (RFC 5280 section 4.2.1.6).</summary>
internal enum CertificateNameKind
{
    /// <summary>A mailbox.</summary>
    Mailbox = 1,

    /// <summary>A host name.</summary>
    Dns = 2,

    /// <summary>A URI.</summary>
    Uri = 6,
}
