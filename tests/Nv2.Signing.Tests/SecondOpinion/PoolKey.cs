using System.Buffers.Text;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>A key of the pool: made once, used by thousands of certificates.</summary>
internal sealed class PoolKey(string name, AsymmetricAlgorithm? key, byte[] publicKey, AsymmetricKeyParameter? edwards = null)
{
    public string Name { get; } = name;

    /// <summary>SubjectPublicKeyInfo.</summary>
    public byte[] PublicKey { get; } = publicKey;

    /// <summary>The key identifier of RFC 5280 section 4.2.1.2, method 1, of the whole SubjectPublicKeyInfo: any identifier will do.</summary>
    public byte[] Identifier { get; } = SHA256.HashData(publicKey)[..20];

    public bool IsRsa => key is RSA;

    /// <summary>The algorithm of JOSE that fits, or one that does not where none does.</summary>
    public string JoseAlgorithm =>
        key switch
        {
            RSA => "RS256",
            ECDsa { KeySize: 384 } => "ES384",
            ECDsa { KeySize: 521 } => "ES512",
            _ => "ES256",
        };

    public static PoolKey Rsa(int bits)
    {
        var rsa = RSA.Create(bits);
        return new($"RSA-{bits}", rsa, rsa.ExportSubjectPublicKeyInfo());
    }

    public static PoolKey Curve(ECCurve curve)
    {
        var ec = ECDsa.Create(curve);
        return new(curve.Oid.FriendlyName ?? "EC", ec, ec.ExportSubjectPublicKeyInfo());
    }

    /// <summary>A key on P-256 that gives the curve by its parameters (RFC 5480 section 2.1.1 forbids that).</summary>
    public static PoolKey Explicit()
    {
        var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = ec.ExportParameters(false).Q;
        return new(
            "explicit",
            ec,
            Der.Sequence(
                Der.Sequence(Der.Oid("1.2.840.10045.2.1"), Org.BouncyCastle.Asn1.X9.X962NamedCurves.GetByName("prime256v1").GetEncoded()),
                Der.BitString([4, .. q.X!, .. q.Y!])
            )
        );
    }

    public static PoolKey Ed25519()
    {
        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var pair = generator.GenerateKeyPair();
        return new("Ed25519", null, SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(pair.Public).GetDerEncoded(), pair.Private);
    }

    /// <summary>A signature of a certificate by an algorithm that fits the key.</summary>
    public byte[] Sign(byte[] content, SignatureKind kind)
    {
        if (edwards is not null)
        {
            var signer = new Ed25519Signer();
            signer.Init(true, edwards);
            signer.BlockUpdate(content);
            return signer.GenerateSignature();
        }

        if (key is ECDsa ec)
            return ec.SignData(content, kind.Hash, DSASignatureFormat.Rfc3279DerSequence);
        var rsa = (RSA)key!;
        if (kind.PssSalt is not { } salt)
            return rsa.SignData(content, kind.Hash, RSASignaturePadding.Pkcs1);
        var pss = new PssSigner(new RsaBlindedEngine(), kind.Hash == HashAlgorithmName.SHA1 ? new Sha1Digest() : new Sha256Digest(), salt);
        pss.Init(true, new ParametersWithRandom(DotNetUtilities.GetRsaKeyPair(rsa).Private, new SecureRandom()));
        pss.BlockUpdate(content);
        return pss.GenerateSignature();
    }

    /// <summary>The public key as JOSE has it (RFC 7518 section 6).</summary>
    public string Jwk() =>
        key switch
        {
            RSA rsa when rsa.ExportParameters(false) is var numbers =>
                $$"""{"kty":"RSA","n":"{{Base64Url.EncodeToString(numbers.Modulus)}}","e":"{{Base64Url.EncodeToString(numbers.Exponent)}}"}""",
            ECDsa ec when ec.ExportParameters(false).Q is var point =>
                $$"""{"kty":"EC","crv":"P-{{ec.KeySize}}","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""",
            _ => throw new InvalidOperationException("the pool has no such key for JOSE"),
        };

    /// <summary>A signature as JOSE has it (RFC 7518 section 3).</summary>
    public byte[] SignJose(byte[] content, HashAlgorithmName hash, bool isPss = false) =>
        key switch
        {
            RSA rsa => rsa.SignData(content, hash, isPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            ECDsa ec => ec.SignData(content, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => new byte[64],
        };
}

/// <summary>How a certificate is signed.</summary>
/// <param name="Hash">The hash.</param>
/// <param name="PssSalt">The length of the salt, for RSASSA-PSS.</param>
internal sealed record SignatureKind(HashAlgorithmName Hash, int? PssSalt = null)
{
    public static SignatureKind Default { get; } = new(HashAlgorithmName.SHA256);

    /// <summary>The AlgorithmIdentifier.</summary>
    public byte[] Identifier(PoolKey key)
    {
        if (key.Name == "Ed25519")
            return Der.Sequence(Der.Oid("1.3.101.112"));
        if (!key.IsRsa)
            return Der.Sequence(
                Der.Oid(
                    Hash.Name switch
                    {
                        "SHA1" => "1.2.840.10045.4.1",
                        "SHA384" => "1.2.840.10045.4.3.3",
                        "SHA512" => "1.2.840.10045.4.3.4",
                        _ => "1.2.840.10045.4.3.2",
                    }
                )
            );
        if (PssSalt is { } salt)
        {
            var hash = Der.Sequence(Der.Oid(Hash.Name == "SHA1" ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1"), Der.Null);
            var mask = Der.Sequence(Der.Oid("1.2.840.113549.1.1.8"), hash);
            return Hash.Name == "SHA1"
                ? Der.Sequence(Der.Oid("1.2.840.113549.1.1.10"), Der.Sequence())
                : Der.Sequence(
                    Der.Oid("1.2.840.113549.1.1.10"),
                    Der.Sequence(Der.Tagged(0, hash), Der.Tagged(1, mask), Der.Tagged(2, Der.Integer(salt)))
                );
        }

        return Der.Sequence(
            Der.Oid(
                Hash.Name switch
                {
                    "SHA1" => "1.2.840.113549.1.1.5",
                    "SHA384" => "1.2.840.113549.1.1.12",
                    "SHA512" => "1.2.840.113549.1.1.13",
                    _ => "1.2.840.113549.1.1.11",
                }
            ),
            Der.Null
        );
    }
}

/// <summary>The pool.</summary>
internal static class KeyPool
{
    /// <summary>What authorities and signers have where nothing odd is asked for.</summary>
    public static PoolKey[] Usual { get; } =
    [
        .. Enumerable.Range(0, 16).Select(_ => PoolKey.Curve(ECCurve.NamedCurves.nistP256)),
        PoolKey.Curve(ECCurve.NamedCurves.nistP384),
        PoolKey.Curve(ECCurve.NamedCurves.nistP521),
        PoolKey.Rsa(2048),
        PoolKey.Rsa(2048),
    ];

    public static PoolKey[] Rsa { get; } = [.. Usual.Where(key => key.IsRsa)];

    public static PoolKey Weak { get; } = PoolKey.Rsa(1024);

    public static PoolKey Edwards { get; } = PoolKey.Ed25519();

    public static PoolKey OtherCurve { get; } = PoolKey.Curve(ECCurve.CreateFromFriendlyName("secp256k1"));

    public static PoolKey Explicit { get; } = PoolKey.Explicit();
}
