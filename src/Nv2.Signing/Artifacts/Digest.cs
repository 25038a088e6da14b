using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Nv2.Signing.Artifacts;

/// <summary>The address of content: an algorithm and the hash in lower-case hexadecimal, <c>sha256:…</c> (OCI image-spec, descriptor.md, "Digests").</summary>
public sealed record Digest
{
    private const int StreamBufferBytes = 64 * 1024;

    private Digest(DigestAlgorithm algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary>The hash function.</summary>
    public DigestAlgorithm Algorithm { get; }

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>Reads a digest.</summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not a digest of a known algorithm in its canonical form.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest)
            ? digest
            : throw new InvalidInputException(
                $"{Quoted.Text(text)} is not a digest: expected sha256, sha384 or sha512, a colon, and 64, 96 or 128 lower-case hexadecimal digits");

    /// <summary>Reads a digest; <see langword="false"/> when <paramref name="text"/> is none.</summary>
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

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static Digest Compute(DigestAlgorithm algorithm, ReadOnlySpan<byte> content) =>
        new(algorithm, Convert.ToHexStringLower(CryptographicOperations.HashData(algorithm.Hash, content)));

    /// <summary>The digest and the length in bytes of <paramref name="start"/> followed by the rest of <paramref name="content"/>, in constant memory.</summary>
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

    /// <summary>The digest of all that has gone into <paramref name="hash"/>, which is of <paramref name="algorithm"/>.</summary>
    internal static Digest Of(DigestAlgorithm algorithm, IncrementalHash hash) => new(algorithm, Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>The digest as it is written: <c>sha256:…</c>.</summary>
    public override string ToString() => $"{Algorithm.Name}:{Hex}";
}
