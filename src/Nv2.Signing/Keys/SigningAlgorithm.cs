using System.Security.Cryptography;

namespace Nv2.Signing.Keys;

/// <summary>A signature algorithm by its JOSE name (RFC 7518 section 3.1). Each signature format allows some of them.</summary>
public sealed class SigningAlgorithm
{
    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256: used by RSA keys of every size.</summary>
    public static SigningAlgorithm RS256 { get; } = new("RS256", KeyKind.Rsa, HashAlgorithmName.SHA256);

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-384: only verified.</summary>
    public static SigningAlgorithm RS384 { get; } = new("RS384", KeyKind.Rsa, HashAlgorithmName.SHA384);

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-512: only verified.</summary>
    public static SigningAlgorithm RS512 { get; } = new("RS512", KeyKind.Rsa, HashAlgorithmName.SHA512);

    /// <summary>RSASSA-PSS with SHA-256, MGF1 with the same hash and a salt of its length.</summary>
    public static SigningAlgorithm PS256 { get; } = new("PS256", KeyKind.Rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);

    /// <summary>RSASSA-PSS with SHA-384, MGF1 with the same hash and a salt of its length.</summary>
    public static SigningAlgorithm PS384 { get; } = new("PS384", KeyKind.Rsa, HashAlgorithmName.SHA384, RSASignaturePadding.Pss);

    /// <summary>RSASSA-PSS with SHA-512, MGF1 with the same hash and a salt of its length.</summary>
    public static SigningAlgorithm PS512 { get; } = new("PS512", KeyKind.Rsa, HashAlgorithmName.SHA512, RSASignaturePadding.Pss);

    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    public static SigningAlgorithm ES256 { get; } = new("ES256", KeyKind.P256, HashAlgorithmName.SHA256);

    /// <summary>ECDSA on P-384 with SHA-384.</summary>
    public static SigningAlgorithm ES384 { get; } = new("ES384", KeyKind.P384, HashAlgorithmName.SHA384);

    /// <summary>ECDSA on P-521 with SHA-512.</summary>
    public static SigningAlgorithm ES512 { get; } = new("ES512", KeyKind.P521, HashAlgorithmName.SHA512);

    private SigningAlgorithm(string name, KeyKind kind, HashAlgorithmName hash, RSASignaturePadding? padding = null)
    {
        Padding = padding ?? RSASignaturePadding.Pkcs1;
        Name = name;
        Kind = kind;
        Hash = hash;
    }

    /// <summary>The JOSE name: <c>RS256</c>.</summary>
    public string Name { get; }

    /// <summary>The kind of its keys.</summary>
    public KeyKind Kind { get; }

    /// <summary>The hash function under the signature.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The padding of RSA signatures; not used for other kinds of key.</summary>
    internal RSASignaturePadding Padding { get; }

    /// <summary>Whether it is RSASSA-PSS.</summary>
    public bool IsPss => Padding == RSASignaturePadding.Pss;

    /// <summary>The algorithms for a kind of key.</summary>
    internal static IReadOnlyList<SigningAlgorithm> For(KeyKind kind) =>
        kind switch
        {
            KeyKind.P256 => [ES256],
            KeyKind.P384 => [ES384],
            KeyKind.P521 => [ES512],
            _ => [RS256, RS384, RS512, PS256, PS384, PS512],
        };

    /// <summary>The algorithm of that exact name, or <see langword="null"/>, also for <c>none</c> and <c>HS256</c>.</summary>
    internal static SigningAlgorithm? Find(string name) =>
        name switch
        {
            "RS256" => RS256,
            "RS384" => RS384,
            "RS512" => RS512,
            "PS256" => PS256,
            "PS384" => PS384,
            "PS512" => PS512,
            "ES256" => ES256,
            "ES384" => ES384,
            "ES512" => ES512,
            _ => null,
        };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
