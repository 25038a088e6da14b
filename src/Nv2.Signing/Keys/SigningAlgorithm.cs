using System.Security.Cryptography;

namespace Nv2.Signing.Keys;

/// <summary>A signature algorithm of the two nv2 formats, by its JOSE name (RFC 7518 section 3.1).</summary>
public sealed class SigningAlgorithm
{
    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256: what RSA keys of every size sign with.</summary>
    public static SigningAlgorithm RS256 { get; } = new("RS256", KeyKind.Rsa, HashAlgorithmName.SHA256);

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-384: verified, never signed with.</summary>
    public static SigningAlgorithm RS384 { get; } = new("RS384", KeyKind.Rsa, HashAlgorithmName.SHA384);

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-512: verified, never signed with.</summary>
    public static SigningAlgorithm RS512 { get; } = new("RS512", KeyKind.Rsa, HashAlgorithmName.SHA512);

    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    public static SigningAlgorithm ES256 { get; } = new("ES256", KeyKind.P256, HashAlgorithmName.SHA256);

    /// <summary>ECDSA on P-384 with SHA-384.</summary>
    public static SigningAlgorithm ES384 { get; } = new("ES384", KeyKind.P384, HashAlgorithmName.SHA384);

    /// <summary>ECDSA on P-521 with SHA-512.</summary>
    public static SigningAlgorithm ES512 { get; } = new("ES512", KeyKind.P521, HashAlgorithmName.SHA512);

    private SigningAlgorithm(string name, KeyKind kind, HashAlgorithmName hash)
    {
        Name = name;
        Kind = kind;
        Hash = hash;
    }

    /// <summary>The JOSE name: <c>RS256</c>.</summary>
    public string Name { get; }

    /// <summary>The kind of key that it works with.</summary>
    public KeyKind Kind { get; }

    /// <summary>The hash function under the signature.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The algorithm of that exact name, or <see langword="null"/>: <c>none</c>, <c>HS256</c> and whatever else is no algorithm here.</summary>
    public static SigningAlgorithm? Find(string name) => name switch
    {
        "RS256" => RS256,
        "RS384" => RS384,
        "RS512" => RS512,
        "ES256" => ES256,
        "ES384" => ES384,
        "ES512" => ES512,
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
