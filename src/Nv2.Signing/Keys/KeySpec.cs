using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;

namespace Nv2.Signing.Keys;

/// <summary>A key's kind and size, named as the Notary Project names them: <c>RSA-2048</c>, <c>EC-256</c>.</summary>
public sealed record KeySpec
{
    /// <summary>The smallest RSA modulus in bits.</summary>
    internal const int MinRsaBits = 2048;

    /// <summary>The largest RSA modulus in bits that OpenSSL verifies.</summary>
    internal const int MaxRsaBits = 16384;

    private const int MinExponentBytes = 3;
    private const int MaxExponentBytes = 32;
    private const string Supported = "RSA of 2048 bits or more, or EC on P-256, P-384 or P-521";

    private KeySpec(KeyKind kind, int bits)
    {
        Kind = kind;
        Bits = bits;
    }

    /// <summary>The kind of key.</summary>
    public KeyKind Kind { get; }

    /// <summary>The size of the RSA modulus, or of the curve's field, in bits.</summary>
    public int Bits { get; }

    /// <summary>The signing algorithm for this kind of key in the two nv2 formats.</summary>
    internal SigningAlgorithm Algorithm =>
        Kind switch
        {
            KeyKind.P256 => SigningAlgorithm.ES256,
            KeyKind.P384 => SigningAlgorithm.ES384,
            KeyKind.P521 => SigningAlgorithm.ES512,
            _ => SigningAlgorithm.RS256,
        };

    /// <summary>
    /// The signing algorithm for this kind and size of key in the Notary Project's envelopes (signature specification, "Signature Algorithm
    /// Requirements"), or <see langword="null"/> for an RSA key of another size.
    /// </summary>
    internal SigningAlgorithm? NotaryAlgorithm =>
        (Kind, Bits) switch
        {
            (KeyKind.Rsa, 2048) => SigningAlgorithm.PS256,
            (KeyKind.Rsa, 3072) => SigningAlgorithm.PS384,
            (KeyKind.Rsa, 4096) => SigningAlgorithm.PS512,
            (KeyKind.Rsa, _) => null,
            _ => Algorithm,
        };

    /// <summary>The kind and size of an RSA key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="encoded">The encoded key. Its exponent is read from there, because the platform takes a fifth of the time of a verification to
    /// return it.</param>
    /// <exception cref="AsnContentException">The encoding is damaged.</exception>
    /// <exception cref="InvalidInputException">
    /// The modulus has less than 2048 or more than 16384 bits, or the public exponent is not an odd number between 2^16 and 2^256 (FIPS 186-5 section
    /// 5.4): a small one is weak, and a large one makes verification slow.
    /// </exception>
    internal static KeySpec Of(RSA key, RsaPublicKey encoded)
    {
        if (key.KeySize is < MinRsaBits or > MaxRsaBits)
            throw Unsupported(string.Create(CultureInfo.InvariantCulture, $"an RSA key of {key.KeySize} bits"));

        var exponent = encoded.ReadExponent().Span;
        var isLarge = exponent.Length > MaxExponentBytes;
        var isSmall = exponent.Length < MinExponentBytes; // Up to 2^16; 2^16 itself is even.
        return !isLarge && !isSmall && (exponent[^1] & 1) == 1
            ? new KeySpec(KeyKind.Rsa, key.KeySize)
            : throw Unsupported(
                $"an RSA key with a public exponent that is {(isLarge ? "larger than 2^256" : isSmall ? "smaller than 2^16" : "even")}"
            );
    }

    /// <summary>The kind of an elliptic-curve key.</summary>
    /// <exception cref="InvalidInputException">The curve is not one of the three.</exception>
    internal static KeySpec Of(ECDsa key)
    {
        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        return (curve.IsNamed ? curve.Oid.Value : null) switch
        {
            "1.2.840.10045.3.1.7" => new KeySpec(KeyKind.P256, 256),
            "1.3.132.0.34" => new KeySpec(KeyKind.P384, 384),
            "1.3.132.0.35" => new KeySpec(KeyKind.P521, 521),
            null => throw Unsupported("an EC key with explicit curve parameters"),
            var oid => throw Unsupported($"an EC key on curve {curve.Oid.FriendlyName ?? oid}"),
        };
    }

    /// <summary>A refusal of <paramref name="key"/> that names the supported keys.</summary>
    internal static InvalidInputException Unsupported(string key, Exception? innerException = null) =>
        new($"{key} is not supported: expected {Supported}", innerException);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Kind == KeyKind.Rsa ? "RSA" : "EC")}-{Bits}");
}

/// <summary>The kinds of key that sign and verify.</summary>
public enum KeyKind
{
    /// <summary>RSA.</summary>
    Rsa,

    /// <summary>Elliptic curve NIST P-256.</summary>
    P256,

    /// <summary>Elliptic curve NIST P-384.</summary>
    P384,

    /// <summary>Elliptic curve NIST P-521.</summary>
    P521,
}

/// <summary>Object identifiers of public-key algorithms, and names for unsupported ones.</summary>
internal static class KeyAlgorithms
{
    /// <summary>rsaEncryption (RFC 8017 appendix A.1).</summary>
    public const string Rsa = "1.2.840.113549.1.1.1";

    /// <summary>id-ecPublicKey (RFC 5480 section 2.1.1).</summary>
    public const string EllipticCurve = "1.2.840.10045.2.1";

    /// <summary>id-Ed25519 (RFC 8410).</summary>
    public const string Ed25519 = "1.3.101.112";

    /// <summary>id-Ed448 (RFC 8410).</summary>
    public const string Ed448 = "1.3.101.113";

    /// <summary>The algorithm in words.</summary>
    public static string Describe(string oid) =>
        oid switch
        {
            Rsa => "an RSA key",
            EllipticCurve => "an EC key",
            "1.2.840.113549.1.1.10" => "an RSA key restricted to PSS",
            "1.2.840.10040.4.1" => "a DSA key",
            Ed25519 => "an Ed25519 key",
            Ed448 => "an Ed448 key",
            "1.3.101.110" => "an X25519 key",
            _ => $"a key of algorithm {oid}",
        };
}
