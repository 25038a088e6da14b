using System.Security.Cryptography;

namespace Nv2.Signing.Artifacts;

/// <summary>A hash function by which content is addressed (OCI image-spec, descriptor.md, "Registered algorithms"; sha384 as the digest library of the original has it).</summary>
public sealed class DigestAlgorithm
{
    /// <summary>SHA-256.</summary>
    public static DigestAlgorithm Sha256 { get; } = new("sha256", HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);

    /// <summary>SHA-384.</summary>
    public static DigestAlgorithm Sha384 { get; } = new("sha384", HashAlgorithmName.SHA384, SHA384.HashSizeInBytes);

    /// <summary>SHA-512.</summary>
    public static DigestAlgorithm Sha512 { get; } = new("sha512", HashAlgorithmName.SHA512, SHA512.HashSizeInBytes);

    private DigestAlgorithm(string name, HashAlgorithmName hash, int sizeInBytes)
    {
        Name = name;
        Hash = hash;
        HexLength = sizeInBytes * 2;
    }

    /// <summary>The name before the colon of a digest: <c>sha256</c>.</summary>
    public string Name { get; }

    /// <summary>The platform's name of the hash function.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>How many hexadecimal digits a digest of this algorithm has.</summary>
    public int HexLength { get; }

    /// <summary>The algorithm of that name, or <see langword="null"/> for any other name.</summary>
    public static DigestAlgorithm? Find(ReadOnlySpan<char> name) => name switch
    {
        "sha256" => Sha256,
        "sha384" => Sha384,
        "sha512" => Sha512,
        _ => null,
    };

    /// <summary>The algorithm with that hash function, or <see langword="null"/> for any other.</summary>
    public static DigestAlgorithm? Of(HashAlgorithmName hash) => Find(hash.Name?.ToLowerInvariant());

    /// <inheritdoc/>
    public override string ToString() => Name;
}
