using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>Bundles of certificates in PKCS #7: SignedData without signatures (RFC 5652 section 5.1, RFC 2315 section 9.1), as <c>openssl
/// crl2pkcs7</c> and Windows write them.</summary>
internal static class CertificateBundle
{
    private const string SignedData = "1.2.840.113549.1.7.2";

    private static readonly Asn1Tag Tag0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Tag1 = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>Whether bytes begin like SignedData.</summary>
    public static bool Begins(ReadOnlyMemory<byte> der)
    {
        try
        {
            var fields = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            return fields.PeekTag() == Asn1Tag.ObjectIdentifier && fields.ReadObjectIdentifier() == SignedData;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Reads the certificates of a bundle: if one of them is below all others, that one first, followed by its issuers; otherwise in the
    /// order of the bundle.</summary>
    /// <exception cref="InvalidInputException">It is damaged, is signed, has no certificate or more than 64, or contains anything else.</exception>
    public static IReadOnlyList<X509Certificate2> Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            return Order(Read(der));
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException("its PKCS #7 bundle is damaged", exception);
        }
    }

    // ContentInfo ::= SEQUENCE { contentType, content [0] SignedData }
    // SignedData ::= SEQUENCE { version, digestAlgorithms SET, encapContentInfo SEQUENCE, certificates [0] OPTIONAL, crls [1] OPTIONAL, signerInfos
    // SET }
    private static List<X509Certificate2> Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.BER);
        var message = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        _ = message.ReadObjectIdentifier();
        var content = message.ReadSequence(Tag0);
        message.ThrowIfNotEmpty();
        var fields = content.ReadSequence();
        content.ThrowIfNotEmpty();
        _ = fields.ReadInteger();
        _ = fields.ReadSetOf(skipSortOrderValidation: true);
        _ = fields.ReadSequence();
        var certificates = new List<X509Certificate2>();
        if (fields.PeekTag() == Tag0)
        {
            var items = fields.ReadSetOf(skipSortOrderValidation: true, Tag0);
            while (items.HasData)
            {
                if (certificates.Count == CertificateFile.MaxCertificates)
                    throw CertificateFile.TooMany();
                if (items.PeekTag() != Asn1Tag.Sequence)
                    throw new InvalidInputException("its PKCS #7 bundle contains something other than X.509 certificates (RFC 5652 section 10.2.2)");
                certificates.Add(CertificateFile.ParseDer(items.ReadEncodedValue().Span));
            }
        }

        if (fields.PeekTag() == Tag1)
            _ = fields.ReadEncodedValue(); // Revocation lists.
        if (fields.ReadSetOf(skipSortOrderValidation: true).HasData)
            throw new InvalidInputException("it is a signed PKCS #7 message: expected a bundle of certificates without signatures");
        fields.ThrowIfNotEmpty();
        return certificates.Count > 0 ? certificates : throw new InvalidInputException("its PKCS #7 bundle contains no certificate");
    }

    // A set has no order, and programs write the root first or last.
    private static List<X509Certificate2> Order(List<X509Certificate2> certificates)
    {
        if (certificates.Where(candidate => !certificates.Exists(other => IsAbove(candidate, other))).ToList() is not [var lowest])
            return certificates;
        var ordered = new List<X509Certificate2> { lowest };
        while (certificates.Find(candidate => !CertificatePath.Contains(ordered, candidate) && IsAbove(candidate, ordered[^1])) is { } issuer)
            ordered.Add(issuer);
        return ordered.Count == certificates.Count ? ordered : certificates;
    }

    private static bool IsAbove(X509Certificate2 issuer, X509Certificate2 issued) =>
        !ReferenceEquals(issuer, issued) && NameComparison.AreSame(issuer.SubjectName, issued.IssuerName);
}
