using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Nv2.Signing.Certificates;

/// <summary>The algorithms that certificates of a chain may be signed with. All others are refused, above all MD5 and SHA-1.</summary>
internal static class CertificateSignature
{
    private const string RsaPss = "1.2.840.113549.1.1.10";
    private const int MaxSaltLength = KeySpec.MaxRsaBits / 8;
    private const string Sha1 = "1.3.14.3.2.26";

    /// <summary>The name of the algorithm if it is refused, otherwise <see langword="null"/>.</summary>
    public static string? FindRefusedAlgorithm(X509Certificate2 certificate) =>
        FindRefusedAlgorithm(certificate.SignatureAlgorithm.Value ?? "", certificate.RawDataMemory);

    /// <summary>The name of the algorithm if it is refused, otherwise <see langword="null"/>.</summary>
    /// <param name="oid">The algorithm.</param>
    /// <param name="signed">The signed certificate or revocation list in DER; both have the same outer structure.</param>
    public static string? FindRefusedAlgorithm(string oid, ReadOnlyMemory<byte> signed)
    {
        return oid switch
        {
            // sha256, sha384, sha512 with RSA (RFC 8017).
            "1.2.840.113549.1.1.11" or "1.2.840.113549.1.1.12" or "1.2.840.113549.1.1.13" => CheckParameters(signed, mayBeNull: true),
            // ECDSA with SHA-256, SHA-384, SHA-512 (RFC 5758).
            "1.2.840.10045.4.3.2" or "1.2.840.10045.4.3.3" or "1.2.840.10045.4.3.4" => CheckParameters(signed, mayBeNull: false),
            "1.3.101.112" or "1.3.101.113" => CheckParameters(signed, mayBeNull: false), // Ed25519, Ed448 (RFC 8410)
            RsaPss => PssHash(signed) switch
            {
                "2.16.840.1.101.3.4.2.1" or "2.16.840.1.101.3.4.2.2" or "2.16.840.1.101.3.4.2.3" => null, // SHA-256, SHA-384, SHA-512
                Sha1 => "SHA-1 with RSA-PSS",
                var hash => $"RSA-PSS with hash {hash}",
            },
            "1.2.840.113549.1.1.5" or "1.3.14.3.2.29" => "SHA-1 with RSA",
            "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
            "1.2.840.10040.4.3" => "SHA-1 with DSA",
            "1.2.840.113549.1.1.4" => "MD5 with RSA",
            _ => $"algorithm {oid}",
        };
    }

    /// <summary>The hash under an ECDSA signature (RFC 5758 section 3.2), or <see langword="null"/> for any other algorithm, and for SHA-1.</summary>
    public static HashAlgorithmName? HashOfEcdsa(string oid) =>
        oid switch
        {
            "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            _ => null,
        };

    /// <summary>
    /// The hash and the padding of an RSA signature (RFC 8017 appendix A.2), and with PSS the length of the salt in bytes; <see langword="null"/> for
    /// any other algorithm, and for SHA-1.
    /// </summary>
    /// <param name="oid">The algorithm.</param>
    /// <param name="algorithm">The parameters in its AlgorithmIdentifier.</param>
    /// <exception cref="AsnContentException">The parameters are damaged.</exception>
    public static (HashAlgorithmName Hash, RSASignaturePadding Padding, int SaltLength)? HashOfRsa(string oid, AsnReader algorithm) =>
        oid switch
        {
            "1.2.840.113549.1.1.11" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, 0),
            "1.2.840.113549.1.1.12" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, 0),
            "1.2.840.113549.1.1.13" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1, 0),
            RsaPss => ReadPss(algorithm.ReadSequence()),
            _ => null,
        };

    // RSASSA-PSS-params := SEQUENCE { [0] hashAlgorithm DEFAULT sha1, [1] maskGenAlgorithm DEFAULT mgf1SHA1, [2] saltLength DEFAULT 20, [3]
    // trailerField DEFAULT 1 } (RFC 4055 section 3.1). MGF1 must have the same hash.
    private static (HashAlgorithmName Hash, RSASignaturePadding Padding, int SaltLength)? ReadPss(AsnReader parameters)
    {
        const string Mgf1 = "1.2.840.113549.1.1.8";
        const int DefaultSalt = 20;
        const int Trailer = 1;
        var hash = ReadPssHash(parameters);
        if (
            Optional(parameters, 1)?.ReadSequence() is not { } mask
            || mask.ReadObjectIdentifier() != Mgf1
            || mask.ReadSequence().ReadObjectIdentifier() != hash
        )
            return null;
        var salt = ReadNumber(Optional(parameters, 2), DefaultSalt);
        var trailer = ReadNumber(Optional(parameters, 3), Trailer);
        parameters.ThrowIfNotEmpty();
        if (trailer != Trailer || salt is < 0 or > MaxSaltLength)
            return null;
        return hash switch
        {
            "2.16.840.1.101.3.4.2.1" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pss, salt),
            "2.16.840.1.101.3.4.2.2" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pss, salt),
            "2.16.840.1.101.3.4.2.3" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pss, salt),
            _ => null,
        };
    }

    private static int ReadNumber(AsnReader? reader, int otherwise) =>
        reader is null ? otherwise
        : reader.TryReadInt32(out var number) ? number
        : throw new AsnContentException();

    private static AsnReader? Optional(AsnReader parameters, int number)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true);
        return parameters.HasData && parameters.PeekTag() == tag ? parameters.ReadSequence(tag) : null;
    }

    // With RSA the parameters are NULL, or absent (RFC 4055 section 5); with the others they are absent (RFC 5758 section 3.2, RFC 8410 section 3).
    private static string? CheckParameters(ReadOnlyMemory<byte> signed, bool mayBeNull)
    {
        const string Unknown = "an algorithm with unknown parameters";
        try
        {
            var parameters = ParametersOf(signed);
            if (mayBeNull && parameters.HasData)
                parameters.ReadNull();
            return parameters.HasData ? Unknown : null;
        }
        catch (AsnContentException)
        {
            return Unknown;
        }
    }

    private static string PssHash(ReadOnlyMemory<byte> signed)
    {
        try
        {
            return ReadPssHash(ParametersOf(signed).ReadSequence());
        }
        catch (AsnContentException)
        {
            return "that cannot be read";
        }
    }

    // Certificate := SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm, parameters }, … }
    private static AsnReader ParametersOf(ReadOnlyMemory<byte> signed)
    {
        var fields = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        fields.ReadEncodedValue();
        var algorithm = fields.ReadSequence();
        algorithm.ReadObjectIdentifier();
        return algorithm;
    }

    private static string ReadPssHash(AsnReader parameters) => Optional(parameters, 0)?.ReadSequence().ReadObjectIdentifier() ?? Sha1;
}

/// <summary>Signature algorithms of certificate authorities that the platform does not support: Edwards curves, and RSASSA-PSS with a salt of another
/// length than the hash.</summary>
internal static class AuthoritySignature
{
    /// <summary>Whether a signature by Ed25519 or Ed448 (RFC 8410) is by the public key.</summary>
    public static bool VerifyEdwards(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, byte[] publicKey, string algorithm)
    {
        var (message, value) = (content.ToArray(), signature.ToArray());
        return algorithm == KeyAlgorithms.Ed25519
            ? publicKey.Length == Ed25519.PublicKeySize
                && value.Length == Ed25519.SignatureSize
                && Ed25519.Verify(value, 0, publicKey, 0, message, 0, message.Length)
            : publicKey.Length == Ed448.PublicKeySize
                && value.Length == Ed448.SignatureSize
                && Ed448.Verify(value, 0, publicKey, 0, [], message, 0, message.Length);
    }

    /// <summary>Whether a signature by RSASSA-PSS (RFC 8017 section 8.1), with MGF1 and the same hash, is by the public key.</summary>
    public static bool VerifyPss(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, RSA key, HashAlgorithmName hash, int saltLength)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var signer = new PssSigner(new RsaEngine(), DigestOf(hash), DigestOf(hash), saltLength, PssSigner.TrailerImplicit);
        signer.Init(
            forSigning: false,
            new RsaKeyParameters(isPrivate: false, new BigInteger(1, parameters.Modulus), new BigInteger(1, parameters.Exponent))
        );
        signer.BlockUpdate(content);
        return signer.VerifySignature(signature.ToArray());
    }

    private static IDigest DigestOf(HashAlgorithmName hash) =>
        hash.Name switch
        {
            "SHA256" => new Sha256Digest(),
            "SHA384" => new Sha384Digest(),
            _ => new Sha512Digest(),
        };
}
