using System.Security.Cryptography;
using Nv2.Signing.Keys;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Nv2.Signing.Certificates;

/// <summary>Signatures of certificate authorities that the platform does not verify: by Edwards curves, and RSASSA-PSS with a salt of another length than the hash.</summary>
internal static class AuthoritySignature
{
    /// <summary>Whether a signature by Ed25519 or Ed448 (RFC 8410) is that of the public key.</summary>
    public static bool VerifyEdwards(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, byte[] publicKey, string algorithm)
    {
        var (message, value) = (content.ToArray(), signature.ToArray());
        return algorithm == KeyAlgorithms.Ed25519
            ? publicKey.Length == Ed25519.PublicKeySize && value.Length == Ed25519.SignatureSize && Ed25519.Verify(value, 0, publicKey, 0, message, 0, message.Length)
            : publicKey.Length == Ed448.PublicKeySize && value.Length == Ed448.SignatureSize && Ed448.Verify(value, 0, publicKey, 0, [], message, 0, message.Length);
    }

    /// <summary>Whether a signature by RSASSA-PSS (RFC 8017 section 8.1), with MGF1 and the same hash, is that of the public key.</summary>
    public static bool VerifyPss(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, RSA key, HashAlgorithmName hash, int saltLength)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var signer = new PssSigner(new RsaEngine(), DigestOf(hash), DigestOf(hash), saltLength, PssSigner.TrailerImplicit);
        signer.Init(forSigning: false, new RsaKeyParameters(isPrivate: false, new BigInteger(1, parameters.Modulus), new BigInteger(1, parameters.Exponent)));
        signer.BlockUpdate(content);
        return signer.VerifySignature(signature.ToArray());
    }

    private static IDigest DigestOf(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA256" => new Sha256Digest(),
        "SHA384" => new Sha384Digest(),
        _ => new Sha512Digest(),
    };
}
