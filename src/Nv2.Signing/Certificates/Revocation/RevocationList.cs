using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates.Revocation;

/// <summary>
/// A certificate revocation list (RFC 5280 section 5) and its issuer. Its content is read when a certificate of that issuer is checked, so a large
/// list of another issuer costs nothing.
/// </summary>
internal sealed class RevocationList
{
    /// <summary>How much of a file is read to find the issuer: more than any name takes.</summary>
    private const int BeginningBytes = 64 * 1024;

    private const string PemLabel = "X509 CRL";
    private const byte DerSequence = 0x30;

    private readonly Func<ReadOnlyMemory<byte>> read;
    private RevocationListContent? content;

    private RevocationList(string name, X500DistinguishedName issuer, Func<ReadOnlyMemory<byte>> read)
    {
        Name = name;
        IssuerName = issuer;
        this.read = read;
    }

    /// <summary>The name of the list in messages: its file name.</summary>
    public string Name { get; }

    internal X500DistinguishedName IssuerName { get; }

    /// <summary>Reads one list in DER, or all lists of a PEM file.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">The name of the lists in messages.</param>
    /// <exception cref="InvalidInputException">There is no list, or the beginning of one is damaged.</exception>
    public static IReadOnlyList<RevocationList> Parse(ReadOnlyMemory<byte> content, string name)
    {
        if (content.Span is [DerSequence, ..])
            return [OfDer(content, name)];

        var lists = new List<RevocationList>();
        var blocks = new PemBlocks(content.Span, label => label == PemLabel);
        while (blocks.MoveNext())
            lists.Add(OfDer(blocks.Content, name));
        return lists.Count > 0
            ? lists
            : throw new InvalidInputException($"it contains no revocation list: expected PEM with a block -----BEGIN {PemLabel}-----, or DER");
    }

    /// <summary>Reads the lists of a file; only the beginning of a list in DER.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The size limit in bytes.</param>
    /// <exception cref="InvalidInputException">It has none, its beginning is damaged, or it is too large.</exception>
    /// <exception cref="AccessDeniedException">It may not be read.</exception>
    internal static IReadOnlyList<RevocationList> Open(string path, int maxBytes)
    {
        const string What = "the revocation list";
        var name = Path.GetFileName(path);
        var (beginning, length) = BoundedFile.Read(
            path,
            What,
            stream =>
            {
                var buffer = new byte[(int)Math.Min(stream.Length, BeginningBytes)];
                stream.ReadExactly(buffer);
                return (buffer, stream.Length);
            }
        );
        return beginning is [DerSequence, ..]
            ? [new(name, IssuerIn(beginning, length), () => BoundedFile.Read(path, maxBytes, What))]
            : Parse(BoundedFile.Read(path, maxBytes, What), name);
    }

    /// <summary>Whether its issuer has the name of <paramref name="issuer"/>.</summary>
    internal bool IsIssuedBy(X509Certificate2 issuer) => NameComparison.AreSame(issuer.SubjectName, IssuerName);

    /// <summary>Its content.</summary>
    /// <exception cref="InvalidInputException">It is damaged, or cannot be read.</exception>
    internal RevocationListContent Read() => content ??= RevocationListContent.Parse(read(), Name, IssuerName);

    private static RevocationList OfDer(ReadOnlyMemory<byte> der, string name) => new(name, IssuerIn(der.Span, der.Length), () => der);

    // CertificateList ::= SEQUENCE { tbsCertList SEQUENCE { version INTEGER OPTIONAL, signature SEQUENCE, issuer Name, … }, … }
    private static X500DistinguishedName IssuerIn(ReadOnlySpan<byte> beginning, long length)
    {
        try
        {
            var fields = beginning;
            if (Enter(ref fields) + (beginning.Length - fields.Length) != length)
                throw new AsnContentException("its length is not that of the file");
            Enter(ref fields);
            if (Asn1Tag.Decode(fields, out _) == Asn1Tag.Integer)
                Next(ref fields);
            Next(ref fields);
            var issuer = new X500DistinguishedName(Next(ref fields));
            _ = DistinguishedName.Attributes(issuer).Count(); // Parsed here, to report damage at the source.
            return issuer;
        }
        catch (Exception exception)
            when (exception is AsnContentException or System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw RevocationListContent.Damaged(exception);
        }
    }

    // The header of a sequence, whose content may be longer than the available bytes.
    private static int Enter(ref ReadOnlySpan<byte> fields)
    {
        if (Asn1Tag.Decode(fields, out var tagLength) != Asn1Tag.Sequence)
            throw new AsnContentException();
        var length = AsnDecoder.DecodeLength(fields[tagLength..], AsnEncodingRules.DER, out var lengthLength) ?? throw new AsnContentException();
        fields = fields[(tagLength + lengthLength)..];
        return length;
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> fields)
    {
        AsnDecoder.ReadEncodedValue(fields, AsnEncodingRules.DER, out _, out _, out var length);
        var value = fields[..length];
        fields = fields[length..];
        return value;
    }
}
