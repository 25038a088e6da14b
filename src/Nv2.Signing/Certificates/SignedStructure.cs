using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>What certificates and revocation lists are alike on the outside: content, the algorithm, and the signature (RFC 5280 sections 4.1.1 and 5.1.1).</summary>
internal sealed class SignedStructure
{
    private readonly ReadOnlyMemory<byte> whole;
    private readonly ReadOnlyMemory<byte> content;
    private readonly string algorithm;
    private readonly byte[] signature;

    private SignedStructure(ReadOnlyMemory<byte> whole, ReadOnlyMemory<byte> content, string algorithm, byte[] signature)
    {
        this.whole = whole;
        this.content = content;
        this.algorithm = algorithm;
        this.signature = signature;
    }

    /// <summary>Reads the outside of a certificate or a revocation list.</summary>
    /// <exception cref="InvalidInputException">The bytes are not exactly one such structure.</exception>
    public static SignedStructure Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            var fields = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var content = fields.ReadEncodedValue();
            var algorithm = fields.ReadSequence().ReadObjectIdentifier();
            var signature = fields.ReadBitString(out _);
            fields.ThrowIfNotEmpty();
            return new(der, content, algorithm, signature);
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException("its DER is damaged", exception);
        }
    }

    /// <summary>The signature must be one by the key of <paramref name="issuer"/>, and with an algorithm that is not refused.</summary>
    /// <returns>A complaint, or <see langword="null"/>.</returns>
    public string? Check(X509Certificate2 issuer)
    {
        if (CertificateSignature.FindRefusedAlgorithm(algorithm, whole) is { } refused)
            return $"it is signed with {refused}, which is refused: expected SHA-256 or better";
        if (Hash() is not { } hash)
            return $"it is signed with algorithm {algorithm}, which is not supported: expected RSA or ECDSA";

        try
        {
            return Verify(issuer, hash) ? null : $"its signature is not by the key of {DistinguishedName.Brief(issuer.SubjectName)}";
        }
        catch (CryptographicException exception)
        {
            return $"its signature cannot be verified: {Quoted.Text(exception.Message)[1..^1]}";
        }
    }

    private bool Verify(X509Certificate2 issuer, HashAlgorithmName hash)
    {
        if (IsEcdsa)
        {
            using var ecdsa = issuer.GetECDsaPublicKey();
            return ecdsa is not null && ecdsa.VerifyData(content.Span, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        }

        using var rsa = issuer.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(content.Span, signature, hash, algorithm == CertificateSignature.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private bool IsEcdsa => algorithm.StartsWith("1.2.840.10045.4.3.", StringComparison.Ordinal);

    private HashAlgorithmName? Hash() => algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        CertificateSignature.RsaPss => CertificateSignature.PssHash(whole) switch
        {
            "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        },
        _ => null,
    };
}
