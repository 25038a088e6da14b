using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Reads certificates from files: DER, PEM (RFC 7468 section 5), and bundles in PKCS #7.</summary>
public static class CertificateFile
{
    /// <summary>The most certificates in a bundle or a signature.</summary>
    public const int MaxCertificates = 64;

    private const string Certificate = "CERTIFICATE";
    private const byte DerSequence = 0x30;

    /// <summary>The length of a certificate takes more than one byte, which DER marks with this bit; text that begins with the digit 0 continues
    /// differently.</summary>
    private const byte LongLength = 0x80;

    /// <summary>The largest certificate in bytes in a JSON document.</summary>
    private const int MaxDerBytes = 1024 * 1024;

    // RFC 7468 section 9 has CMS; openssl writes both.
    private static readonly string[] BundleLabels = ["PKCS7", "CMS"];

    // The kinds of kept results.
    private static readonly object OfFile = new();
    private static readonly object OfDer = new();

    /// <summary>
    /// Reads all certificates of a file in their order: PEM, DER (one certificate or several in a row), or a PKCS #7 bundle in either. Text may be
    /// UTF-8, or UTF-16 with a byte order mark. In PEM, text between blocks and blocks of other kinds are skipped.
    /// </summary>
    /// <exception cref="InvalidInputException">There is no certificate, there are more than 64, or one is damaged. The message
    /// names other containers and their conversion.</exception>
    public static IReadOnlyList<X509Certificate2> Parse(ReadOnlySpan<byte> content) => KeptResults.Of(OfFile, content, ParseFile);

    /// <summary>Reads one certificate in DER.</summary>
    /// <exception cref="InvalidInputException">The bytes are not exactly one certificate.</exception>
    public static X509Certificate2 ParseDer(ReadOnlySpan<byte> der) => KeptResults.Of(OfDer, der, ParseOne);

    private static IReadOnlyList<X509Certificate2> ParseFile(ReadOnlySpan<byte> content)
    {
        var text = Utf16Text.ToUtf8(content.ToArray());
        var certificates =
            text.Span is [DerSequence, >= LongLength, ..] || LengthOf(text.Span) == text.Length ? ParseBinary(text) : ParsePem(text.Span);
        if (certificates.Count > 0)
            return certificates;
        throw new InvalidInputException(
            ForeignContainer.OfFile(text) is { } other
                ? $"it is {other.What}: {other.Advice}"
                : "it contains no certificate: expected PEM with a block -----BEGIN CERTIFICATE-----, or DER"
        );
    }

    private static X509Certificate2 ParseOne(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out _, out _, out var length);
            if (length == der.Length)
                return RecentCertificates.Find(der) ?? Read(der);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            throw new InvalidInputException(
                ForeignContainer.OfFile(der.ToArray()) is { } other
                    ? $"it is {other.What}: expected the DER of one certificate"
                    : "it is not a certificate: its DER is damaged",
                exception
            );
        }

        throw new InvalidInputException("it is not a certificate: bytes follow its end");
    }

    private static X509Certificate2 Read(ReadOnlySpan<byte> der)
    {
        var certificate = RequireReadable(der, X509CertificateLoader.LoadCertificate(der));
        RecentCertificates.Add(der, certificate);
        return certificate;
    }

    /// <summary>The refusal of a file with too many certificates.</summary>
    internal static InvalidInputException TooMany() => new($"it contains more than {MaxCertificates} certificates");

    /// <summary>Reads one certificate from a JSON string: standard base64 of its DER, as in <c>x5c</c> (RFC 7515 section 4.1.6).</summary>
    /// <exception cref="InvalidInputException">The value is not valid; the exception names its path.</exception>
    internal static X509Certificate2 ParseJson(JsonNode certificate)
    {
        var der = certificate.Base64(MaxDerBytes);
        try
        {
            return ParseDer(der);
        }
        catch (InvalidInputException exception)
        {
            throw certificate.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }

    // The platform parses most of a certificate on demand, and throws then. Parsing it all here reports damage at the source.
    private static X509Certificate2 RequireReadable(ReadOnlySpan<byte> der, X509Certificate2 certificate)
    {
        RequireDer(der, certificate);
        _ = certificate.NotBefore;
        _ = certificate.NotAfter;
        _ = DistinguishedName.Attributes(certificate.SubjectName).Count();
        _ = DistinguishedName.Attributes(certificate.IssuerName).Count();
        _ = SubjectPublicKey.Of(certificate);
        _ = certificate.SignatureAlgorithm;
        foreach (var extension in certificate.Extensions)
        {
            switch (extension)
            {
                case X509KeyUsageExtension keyUsage:
                    _ = KeyUsages.Of(keyUsage);
                    break;
                case X509BasicConstraintsExtension basicConstraints:
                    _ = basicConstraints.CertificateAuthority;
                    break;
            }
        }

        return certificate;
    }

    // The platform accepts BER too, and returns its own encoding: a fingerprint or a pin of that would not match the bytes (RFC 5280 section 4.1).
    private static void RequireDer(ReadOnlySpan<byte> der, X509Certificate2 certificate)
    {
        try
        {
            CertificateForm.Require(der.ToArray());
            if (certificate.RawDataMemory.Span.SequenceEqual(der))
                return;
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException("it is not a certificate in DER: its encoding is another form of ASN.1", exception);
        }

        throw new InvalidInputException("it is not a certificate in DER: its encoding is another form of ASN.1");
    }

    private static IReadOnlyList<X509Certificate2> ParseBinary(ReadOnlyMemory<byte> content)
    {
        if (CertificateBundle.Begins(content))
            return CertificateBundle.Parse(content);
        if (ForeignContainer.OfDer(content) is not null)
            return [];
        if (LengthOf(content.Span) is null)
            return [ParseDer(content.Span)]; // Reports the error.

        var certificates = new List<X509Certificate2>();
        for (var rest = content; !rest.IsEmpty; )
        {
            if (certificates.Count == MaxCertificates)
                throw TooMany();
            if (LengthOf(rest.Span) is not { } length)
                throw new InvalidInputException("it is not a certificate: the bytes after its end are not a certificate");
            certificates.Add(ParseDer(rest.Span[..length]));
            rest = rest[length..];
        }

        return certificates;
    }

    private static int? LengthOf(ReadOnlySpan<byte> der)
    {
        if (der is not [DerSequence, ..])
            return null; // PEM, in most cases. The exception would take longer than the rest.
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out _, out _, out var length);
            return length;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static List<X509Certificate2> ParsePem(ReadOnlySpan<byte> pem)
    {
        var certificates = new List<X509Certificate2>();
        var blocks = new PemBlocks(
            pem,
            label => label == Certificate || label.EndsWith(" " + Certificate, StringComparison.Ordinal) || BundleLabels.Contains(label)
        );
        while (blocks.MoveNext())
        {
            if (blocks.Label == Certificate)
                certificates.Add(ParseDer(blocks.Content));
            else if (BundleLabels.Contains(blocks.Label))
                certificates.AddRange(ParseBundle(blocks.Content));
            else
                throw Foreign(blocks.Label);
            if (certificates.Count > MaxCertificates)
                throw TooMany();
        }

        return certificates;
    }

    private static InvalidInputException Foreign(string label)
    {
        var other = ForeignContainer.OfLabel(label);
        return new($"it contains {other.What}: {other.Advice}");
    }

    private static IReadOnlyList<X509Certificate2> ParseBundle(byte[] content) =>
        CertificateBundle.Begins(content)
            ? CertificateBundle.Parse(content)
            : throw new InvalidInputException("its PKCS #7 block is not a bundle of certificates");
}

/// <summary>The certificates that a caller trusts, by purpose.</summary>
/// <param name="Pinned">Trusted signer certificates: a signature by exactly one of these is authentic, self-signed or not.</param>
/// <param name="Roots">Certificates that are trusted to issue others.</param>
public sealed record TrustedCertificates(IReadOnlyList<X509Certificate2> Pinned, IReadOnlyList<X509Certificate2> Roots)
{
    /// <summary>No certificates: no signer is trusted.</summary>
    public static TrustedCertificates None { get; } = new([], []);

    /// <summary>
    /// Certificates of trusted signing authorities, or authorities above them. They are trusted to sign for others and to attest the time (Notary
    /// Project, signing-scheme.md, <c>notary.x509.signingAuthority</c>). The other certificates are not.
    /// </summary>
    public IReadOnlyList<X509Certificate2> SigningAuthorities { get; init; } = [];

    /// <summary>
    /// Certificates of trusted timestamp authorities, or authorities above them. If there are none, timestamps are ignored.
    /// </summary>
    public IReadOnlyList<X509Certificate2> TimestampAuthorities { get; init; } = [];

    /// <summary>
    /// Additional roots for signatures in the formats jwt and json. The original accepts each given certificate as an issuer of the signer's.
    /// </summary>
    internal IReadOnlyList<X509Certificate2> Nv2Roots { get; init; } = [];

    /// <summary>These certificates with the roots for the formats jwt and json.</summary>
    internal TrustedCertificates ForNv2 => Nv2Roots.Count == 0 ? this : this with { Roots = [.. Roots, .. Nv2Roots], Nv2Roots = [] };

    /// <summary>
    /// The authorities in a certificate file that are roots for the formats jwt and json: those marked as authorities, except those above a signer's
    /// certificate in the same file. Such a file is a signer's chain, given to trust that signer, not every signer of the same authority.
    /// </summary>
    internal static IReadOnlyList<X509Certificate2> AuthoritiesOf(IReadOnlyList<X509Certificate2> file)
    {
        var below = file.Where(certificate => !IsAuthority(certificate)).ToList();
        var authorities = file.Where(IsAuthority).ToList();
        for (var next = 0; next < below.Count; next++)
        {
            var issuers = authorities.Where(authority => NameComparison.AreSame(below[next].IssuerName, authority.SubjectName)).ToList();
            below.AddRange(issuers);
            authorities.RemoveAll(issuers.Contains);
        }

        return authorities;
    }

    /// <summary>
    /// Certificates without a stated purpose: each is pinned, and those marked as certificate authorities (basicConstraints, RFC 5280 section
    /// 4.2.1.9) are roots too.
    /// </summary>
    public static TrustedCertificates PinsAndAuthorities(IReadOnlyList<X509Certificate2> certificates) =>
        new(certificates, certificates is StoredCertificates stored ? stored.Authorities : [.. certificates.Where(IsAuthority)]);

    /// <summary>Whether <paramref name="certificate"/> is marked as a certificate authority.</summary>
    internal static bool IsAuthority(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
        }
        catch (CryptographicException)
        {
            return false; // An unreadable extension marks nothing.
        }
    }
}
