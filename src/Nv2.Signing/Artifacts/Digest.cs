using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Nv2.Signing.Text;

namespace Nv2.Signing.Artifacts;

/// <summary>The address of content: an algorithm and the hash in lower-case hexadecimal, <c>sha256:…</c> (OCI image-spec, descriptor.md,
/// "Digests").</summary>
public sealed record Digest
{
    private const int StreamBufferBytes = 64 * 1024;

    /// <summary>The longest digest of an unsupported algorithm; the specification sets no limit, and digests in use are far shorter.</summary>
    private const int MaxOtherLength = 255;

    private Digest(DigestAlgorithm algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary>The hash function.</summary>
    public DigestAlgorithm Algorithm { get; }

    /// <summary>The hash in lower-case hexadecimal digits; for an unsupported algorithm, the part after the colon as it is written.</summary>
    public string Hex { get; }

    /// <summary>Reads a digest.</summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not a digest of a known algorithm in its canonical form.</exception>
    public static Digest Parse(string text) => TryParse(text, out var digest) ? digest : throw Unusable(text);

    /// <summary>
    /// Reads a digest that other programs may have written: also one of an unsupported algorithm, in the grammar of OCI image-spec, descriptor.md,
    /// "Digests". Its content cannot be checked, and every attempt is refused.
    /// </summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not a digest, or is a digest of a supported algorithm in a non-canonical
    /// form.</exception>
    internal static Digest ParseAny(string text)
    {
        if (TryParse(text, out var digest))
            return digest;
        return FindOther(text) is { } other ? new Digest(DigestAlgorithm.Other(other), text[(other.Length + 1)..]) : throw Unusable(text);
    }

    /// <summary>Makes sure that content can be compared with this digest.</summary>
    /// <exception cref="InvalidInputException">The algorithm is not supported.</exception>
    internal void RequireSupported()
    {
        if (!Algorithm.IsSupported)
            throw new InvalidInputException($"{this} cannot be checked: {DigestAlgorithm.Unsupported(Algorithm.Name)}");
    }

    /// <summary>Reads a digest; <see langword="false"/> if <paramref name="text"/> is not a digest.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0)
            return false;

        var algorithm = DigestAlgorithm.Find(text.AsSpan(0, colon));
        var hex = text!.AsSpan(colon + 1);
        if (algorithm is null || hex.Length != algorithm.HexLength || hex.ContainsAnyExcept(CharacterSets.LowerHex))
            return false;

        digest = new Digest(algorithm, hex.ToString());
        return true;
    }

    private static InvalidInputException Unusable(string text) =>
        new(
            FindOther(text) is { } algorithm
                ? $"{Quoted.Text(text)} cannot be used: {DigestAlgorithm.Unsupported(algorithm)}"
                : $"{Quoted.Text(text)} is not a digest: expected sha256, sha384 or sha512, a colon, and 64, 96 or 128 lower-case hexadecimal digits"
        );

    // algorithm ::= component ([+._-] component)*, component ::= [a-z0-9]+, encoded ::= [a-zA-Z0-9=_-]+
    private static string? FindOther(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (
            colon <= 0
            || colon == text.Length - 1
            || text.Length > MaxOtherLength
            || text.AsSpan(colon + 1).ContainsAnyExcept(CharacterSets.EncodedDigest)
        )
            return null;
        var algorithm = text[..colon];
        foreach (var component in algorithm.Split('+', '.', '_', '-'))
        {
            if (component.Length == 0 || component.AsSpan().ContainsAnyExcept(CharacterSets.LowerAlphaNumeric))
                return null;
        }

        return DigestAlgorithm.Find(algorithm) is null ? algorithm : null;
    }

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static Digest Compute(DigestAlgorithm algorithm, ReadOnlySpan<byte> content) =>
        new(algorithm, Convert.ToHexStringLower(CryptographicOperations.HashData(algorithm.Hash, content)));

    /// <summary>The digest and the length in bytes of <paramref name="start"/> followed by the rest of <paramref name="content"/>, in constant
    /// memory.</summary>
    public static (Digest Digest, long Size) Compute(DigestAlgorithm algorithm, ReadOnlySpan<byte> start, Stream content)
    {
        using var hash = IncrementalHash.CreateHash(algorithm.Hash);
        hash.AppendData(start);
        long size = start.Length;
        var buffer = new byte[StreamBufferBytes];
        int read;
        while ((read = content.Read(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            size += read;
        }

        return (Of(algorithm, hash), size);
    }

    /// <summary>The digest of the data in <paramref name="hash"/>, which is of <paramref name="algorithm"/>.</summary>
    internal static Digest Of(DigestAlgorithm algorithm, IncrementalHash hash) => new(algorithm, Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>The digest as it is written: <c>sha256:…</c>.</summary>
    public override string ToString() => $"{Algorithm.Name}:{Hex}";
}

/// <summary>A hash function for digests (OCI image-spec, descriptor.md, "Registered algorithms"; sha384 as in the digest library of the
/// original).</summary>
public sealed record DigestAlgorithm
{
    private readonly HashAlgorithmName? hash;

    /// <summary>SHA-256.</summary>
    public static DigestAlgorithm Sha256 { get; } = new("sha256", HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);

    /// <summary>SHA-384.</summary>
    public static DigestAlgorithm Sha384 { get; } = new("sha384", HashAlgorithmName.SHA384, SHA384.HashSizeInBytes);

    /// <summary>SHA-512.</summary>
    public static DigestAlgorithm Sha512 { get; } = new("sha512", HashAlgorithmName.SHA512, SHA512.HashSizeInBytes);

    private DigestAlgorithm(string name, HashAlgorithmName hash, int sizeInBytes)
    {
        Name = name;
        this.hash = hash;
        HexLength = sizeInBytes * 2;
    }

    private DigestAlgorithm(string name) => Name = name;

    /// <summary>The name before the colon of a digest: <c>sha256</c>.</summary>
    public string Name { get; }

    /// <summary>Whether content can be compared with digests of this algorithm.</summary>
    internal bool IsSupported => hash is not null;

    /// <summary>The platform's name of the hash function.</summary>
    /// <exception cref="InvalidInputException">The algorithm is not supported.</exception>
    internal HashAlgorithmName Hash => hash ?? throw new InvalidInputException(Unsupported(Name));

    /// <summary>The number of hexadecimal digits; 0 if the algorithm is not supported.</summary>
    internal int HexLength { get; }

    /// <summary>The algorithm of that name, or <see langword="null"/> for any other name.</summary>
    internal static DigestAlgorithm? Find(ReadOnlySpan<char> name) =>
        name switch
        {
            "sha256" => Sha256,
            "sha384" => Sha384,
            "sha512" => Sha512,
            _ => null,
        };

    /// <summary>An algorithm that is not supported.</summary>
    internal static DigestAlgorithm Other(string name) => new(name);

    /// <summary>The message about an unsupported algorithm.</summary>
    internal static string Unsupported(string name) => $"the digest algorithm {name} is not supported: expected sha256, sha384 or sha512";

    /// <summary>The algorithm with that hash function, or <see langword="null"/> for any other.</summary>
    internal static DigestAlgorithm? Of(HashAlgorithmName hash) => Find(hash.Name?.ToLowerInvariant());

    /// <inheritdoc/>
    public override string ToString() => Name;
}
