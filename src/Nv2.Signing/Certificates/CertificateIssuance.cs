using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;
using Org.BouncyCastle.Crypto;

namespace Nv2.Signing.Certificates;

/// <summary>Whether one certificate issued another: only by name and by signature (RFC 5280 section 6.1.3, steps a.1 and a.4).</summary>
/// <remarks>
/// The platform's chains check more, and do not tell the issuer of a certificate that they reject. Certificates signed with SHA-1, MD5 or an Edwards
/// curve have no valid issuer.
/// </remarks>
internal static class CertificateIssuance
{
    private static readonly object Signed = new();
    private static readonly object Algorithm = new();

    /// <summary>Why <paramref name="issuer"/> did not issue <paramref name="certificate"/>, or <see langword="null"/> when it did.</summary>
    public static string? Check(X509Certificate2 certificate, X509Certificate2 issuer)
    {
        if (!NameComparison.AreSame(certificate.IssuerName, issuer.SubjectName))
            return $"the certificate {Name(certificate)} is not issued by {Name(issuer)}, "
                + $"but by {DistinguishedName.Brief(certificate.IssuerName)}";
        return IsSigned(certificate, issuer)
            ? null
            : CheckAlgorithm(certificate) ?? $"the certificate {Name(certificate)} names {Name(issuer)} as its issuer, but is not signed by its key";
    }

    /// <summary>Why a certificate with this signature algorithm has no valid issuer, or <see langword="null"/> if the algorithm is
    /// accepted.</summary>
    public static string? CheckAlgorithm(X509Certificate2 certificate) => KeptResults.Of(Algorithm, certificate, FindRefusal);

    private static string? FindRefusal(X509Certificate2 certificate)
    {
        var oid = certificate.SignatureAlgorithm.Value;
        var refused = oid is KeyAlgorithms.Ed25519 or KeyAlgorithms.Ed448
            ? KeyAlgorithms.Describe(oid)
            : CertificateSignature.FindRefusedAlgorithm(certificate);
        return refused is null
            ? null
            : $"the certificate {Name(certificate)} is signed with {refused}, which is refused: expected RSA or ECDSA with SHA-256, "
                + "SHA-384 or SHA-512";
    }

    /// <summary>Whether a certificate issued itself.</summary>
    public static bool IsSelfSigned(X509Certificate2 certificate) => Check(certificate, certificate) is null;

    /// <summary>Whether a certificate is signed by the key of <paramref name="issuer"/>.</summary>
    public static bool IsSigned(X509Certificate2 certificate, X509Certificate2 issuer) =>
        KeptResults.Of(new(Signed, certificate, issuer), (certificate, issuer), static pair => IsSigned(pair.certificate.RawDataMemory, pair.issuer));

    /// <summary>Whether a certificate or a revocation list, in DER, is signed by the key of <paramref name="issuer"/>.</summary>
    // Certificate := SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm, parameters }, signature BIT STRING }; CertificateList is the
    // same (RFC 5280 section 5.1.1).
    public static bool IsSigned(ReadOnlyMemory<byte> signed, X509Certificate2 issuer)
    {
        try
        {
            var fields = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
            var content = fields.ReadEncodedValue();
            var encodedAlgorithm = fields.PeekEncodedValue();
            var algorithm = fields.ReadSequence();
            var value = fields.ReadBitString(out var unusedBits);
            fields.ThrowIfNotEmpty();
            return unusedBits == 0
                && SignedAlgorithm(content).Span.SequenceEqual(encodedAlgorithm.Span)
                && Verify(content.Span, value, algorithm, issuer);
        }
        catch (Exception exception)
            when (exception
                    is AsnContentException
                        or CryptographicException
                        or PlatformNotSupportedException
                        or CryptoException
                        or ArithmeticException
                        or ArgumentException
            )
        {
            return false; // An unreadable signature proves nothing.
        }
    }

    // The algorithm appears twice, and only one of the two is signed (RFC 5280 sections 4.1.1.2 and 5.1.1.2). It follows the version, if there is
    // one, and, in a certificate, the serial number.
    private static ReadOnlyMemory<byte> SignedAlgorithm(ReadOnlyMemory<byte> content)
    {
        var fields = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        if (fields.PeekTag() == new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true))
            fields.ReadEncodedValue();
        if (fields.PeekTag() == Asn1Tag.Integer)
            fields.ReadIntegerBytes();
        return fields.PeekEncodedValue();
    }

    private static bool Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> value, AsnReader algorithm, X509Certificate2 issuer)
    {
        var oid = algorithm.ReadObjectIdentifier();
        if (oid is KeyAlgorithms.Ed25519 or KeyAlgorithms.Ed448)
            return !algorithm.HasData
                && issuer.GetKeyAlgorithm() == oid
                && AuthoritySignature.VerifyEdwards(content, value, issuer.PublicKey.EncodedKeyValue.RawData, oid);
        if (CertificateSignature.HashOfEcdsa(oid) is { } ecdsaHash)
        {
            using var key = issuer.GetECDsaPublicKey();
            return key?.VerifyData(content, value, ecdsaHash, DSASignatureFormat.Rfc3279DerSequence) ?? false;
        }

        if (CertificateSignature.HashOfRsa(oid, algorithm) is not var (hash, padding, saltLength))
            return false;
        using var rsa = CertificateRsaKey.Of(issuer);
        if (rsa is null)
            return false;

        // The platform supports PSS only with a salt of the length of the hash, whatever the parameters are.
        return padding == RSASignaturePadding.Pss && saltLength != HashSize(hash)
            ? AuthoritySignature.VerifyPss(content, value, rsa, hash, saltLength)
            : rsa.VerifyData(content, value, hash, padding);
    }

    private static int HashSize(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes
        : hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes
        : SHA512.HashSizeInBytes;

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}
