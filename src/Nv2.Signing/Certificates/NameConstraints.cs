using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Nv2.Signing.Certificates;

/// <summary>The names that the certificates below an authority may have (RFC 5280 section 4.2.1.10).</summary>
internal sealed class NameConstraints
{
    /// <summary>The most comparisons of a name with a subtree that one certificate may cost.</summary>
    private const int MaxComparisons = 250_000;

    private static readonly Asn1Tag PermittedTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExcludedTag = new(TagClass.ContextSpecific, 1, isConstructed: true);

    private readonly List<CertificateName> permitted = [];
    private readonly List<CertificateName> excluded = [];

    private NameConstraints(ReadOnlyMemory<byte> extension)
    {
        // NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        var fields = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        if (fields.HasData && fields.PeekTag() == PermittedTag)
            ReadSubtrees(fields.ReadSequence(PermittedTag), permitted);
        if (fields.HasData && fields.PeekTag() == ExcludedTag)
            ReadSubtrees(fields.ReadSequence(ExcludedTag), excluded);
        fields.ThrowIfNotEmpty();
    }

    /// <summary>Why the names of <paramref name="certificate"/> are not allowed by those above it, or <see langword="null"/>.</summary>
    /// <param name="certificate">A certificate.</param>
    /// <param name="authorities">The certificates above it.</param>
    /// <exception cref="AsnContentException">A name or a constraint is damaged.</exception>
    public static string? Check(X509Certificate2 certificate, IEnumerable<X509Certificate2> authorities)
    {
        List<CertificateName>? names = null;
        var comparisons = 0L;
        foreach (var authority in authorities)
        {
            if (CertificateExtensions.Find(authority, CertificateExtensions.NameConstraints) is not { } extension)
                continue;
            var constraints = new NameConstraints(extension.RawData);
            names ??= [.. CertificateName.Of(certificate)];
            comparisons += (long)names.Count * (constraints.permitted.Count + constraints.excluded.Count);
            if (comparisons > MaxComparisons)
                return $"its names would take more than {MaxComparisons} comparisons with those allowed";
            foreach (var name in names)
            {
                if (constraints.Check(name) is { } failure)
                    return $"{failure}, by the name constraints of {DistinguishedName.Brief(authority.SubjectName)}";
            }
        }

        return null;
    }

    private string? Check(CertificateName name)
    {
        if (!name.IsSupported)
        {
            return permitted.Exists(subtree => subtree.Kind == name.Kind) || excluded.Exists(subtree => subtree.Kind == name.Kind)
                ? $"its name of the kind {name.Kind} cannot be compared, and is restricted"
                : null;
        }

        if (excluded.Exists(subtree => subtree.Kind == name.Kind && name.MayBeWithin(subtree)))
            return $"its name {Text.Quoted.Text(name.Text)} is excluded";
        var same = permitted.FindAll(subtree => subtree.Kind == name.Kind);
        return same.Count == 0 || same.Exists(name.IsWithin) ? null : $"its name {Text.Quoted.Text(name.Text)} is not among those permitted";
    }

    // GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance OPTIONAL }: the last two must not be there.
    private static void ReadSubtrees(AsnReader subtrees, List<CertificateName> into)
    {
        while (subtrees.HasData)
        {
            var subtree = subtrees.ReadSequence();
            into.Add(CertificateName.Read(subtree));
            subtree.ThrowIfNotEmpty();
        }
    }
}

/// <summary>A name of a certificate, or a subtree of names (RFC 5280 section 4.2.1.6, GeneralName).</summary>
internal sealed class CertificateName
{
    private const string SubjectAltName = "2.5.29.17";
    private const string EmailAddress = "1.2.840.113549.1.9.1";
    private const int OtherName = 0;
    private const int Rfc822Name = 1;
    private const int DnsName = 2;
    private const int DirectoryName = 4;
    private const int Uri = 6;
    private const int IPAddressName = 7;

    private readonly X500DistinguishedName? directory;
    private readonly ReadOnlyMemory<byte> bytes;

    private CertificateName(int kind, string text, ReadOnlyMemory<byte> bytes, X500DistinguishedName? directory = null)
    {
        Kind = kind;
        Text = text;
        this.bytes = bytes;
        this.directory = directory;
    }

    /// <summary>The number of the kind in GeneralName.</summary>
    public int Kind { get; }

    /// <summary>The name for comparison and for messages.</summary>
    public string Text { get; }

    /// <summary>Whether names of this kind are compared here.</summary>
    public bool IsSupported => Kind is Rfc822Name or DnsName or DirectoryName or Uri or IPAddressName;

    /// <summary>All names that constraints apply to: the subject, its e-mail addresses where there are no others, and the subjectAltName.</summary>
    /// <exception cref="AsnContentException">One is damaged.</exception>
    public static IEnumerable<CertificateName> Of(X509Certificate2 certificate)
    {
        var alternative = new List<CertificateName>();
        if (CertificateExtensions.Find(certificate, SubjectAltName) is { } extension)
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
                alternative.Add(Read(names));
        }

        var attributes = DistinguishedName.Attributes(certificate.SubjectName).ToList();
        if (attributes.Count > 0)
            yield return new(DirectoryName, DistinguishedName.Brief(certificate.SubjectName), default, certificate.SubjectName);
        foreach (var (_, oid, text, _) in attributes)
        {
            if (oid == EmailAddress && !alternative.Exists(name => name.Kind == Rfc822Name))
                yield return new(Rfc822Name, text ?? throw new AsnContentException(), default);
        }

        foreach (var name in alternative)
            yield return name;
    }

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
                var name = new X500DistinguishedName(reader.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, DirectoryName, isConstructed: true)).ReadEncodedValue().Span);
                _ = DistinguishedName.Attributes(name).Count();
                return new(DirectoryName, DistinguishedName.Brief(name), default, name);
            case IPAddressName:
                var address = reader.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, IPAddressName));
                return new(IPAddressName, address.Length is 4 or 16 ? new IPAddress(address).ToString() : Convert.ToHexString(address), address);
            case OtherName or (>= 3 and <= 8):
                return new(tag.TagValue, "", reader.ReadEncodedValue());
            default:
                throw new AsnContentException();
        }
    }

    /// <summary>Whether every name that this one stands for is in a subtree of its kind.</summary>
    public bool IsWithin(CertificateName subtree) => Kind switch
    {
        DnsName => IsHostWithin(Text, subtree.Text),
        Rfc822Name => IsMailboxWithin(Text, subtree.Text),
        Uri => HostOf(Text) is { } host && IsUriHostWithin(host, subtree.Text),
        DirectoryName => NameComparison.IsWithin(directory!, subtree.directory!), // Set for this kind.
        _ => IsAddressWithin(bytes.Span, subtree.bytes.Span),
    };

    /// <summary>Whether a name that this one stands for is, or may be, in a subtree of its kind: a wildcard stands for many names, and of what cannot be told it is assumed.</summary>
    public bool MayBeWithin(CertificateName subtree) => Kind switch
    {
        DnsName => IsWithin(subtree) || (Text.StartsWith("*.", StringComparison.Ordinal) && IsOneLabelBelow(subtree.Text, Text[2..])),
        Uri => subtree.Text.Length == 0 || HostOf(Text) is not { } host || IsUriHostWithin(host, subtree.Text),
        Rfc822Name => subtree.Text.Length == 0 || !Text.Contains('@', StringComparison.Ordinal) || IsWithin(subtree),
        IPAddressName => bytes.Length is not (4 or 16) || subtree.bytes.Length is not (8 or 32) || IsWithin(subtree),
        _ => IsWithin(subtree),
    };

    // "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side". A leading dot, which many authorities write, asks for one label
    // at least; a wildcard is that label.
    private static bool IsHostWithin(string name, string subtree)
    {
        var isWildcard = name.StartsWith("*.", StringComparison.Ordinal);
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

    // A mailbox, all mailboxes of a host, or, with a leading dot, all of the hosts below a domain. What an empty text stands for is not said: it permits nothing, and
    // excludes everything.
    private static bool IsMailboxWithin(string mailbox, string subtree)
    {
        var at = mailbox.LastIndexOf('@');
        if (at <= 0 || subtree.Length == 0)
            return false;
        var host = mailbox[(at + 1)..];
        var subtreeAt = subtree.LastIndexOf('@');
        if (subtreeAt >= 0)
            return mailbox[..at] == subtree[..subtreeAt] && host.Equals(subtree[(subtreeAt + 1)..], StringComparison.OrdinalIgnoreCase);
        return subtree.StartsWith('.') ? host.EndsWith(subtree, StringComparison.OrdinalIgnoreCase) : host.Equals(subtree, StringComparison.OrdinalIgnoreCase);
    }

    // A host, or, with a leading dot, the hosts below a domain. An empty text is as above.
    private static bool IsUriHostWithin(string host, string subtree) =>
        subtree.Length > 0 && (subtree[0] == '.' ? host.EndsWith(subtree, StringComparison.OrdinalIgnoreCase) : host.Equals(subtree, StringComparison.OrdinalIgnoreCase));

    // A URI without a host, or with an address in its place, cannot be compared, and so is in no subtree that is permitted and in every one that is excluded.
    private static string? HostOf(string uri) =>
        System.Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.HostNameType == UriHostNameType.Dns && parsed.Host.Length > 0 ? parsed.Host.TrimEnd('.') : null;

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
