using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;

namespace Nv2.Signing.Certificates;

/// <summary>Reads a private key from the content of a file: PEM, also in UTF-16 with a byte order mark, or PKCS#12. The content decides, not the file
/// name.</summary>
public static class KeyFile
{
    // The kinds of kept results. A key is found by a digest, so that its file and the passphrase are not kept too.
    private static readonly object Plain = new();
    private static readonly object Encrypted = new();
    private static readonly object Decrypted = new();

    /// <summary>Reads the key, and the certificates that are stored with it in PKCS#12.</summary>
    /// <param name="content">The content of the file.</param>
    /// <param name="passphrase">Gives the passphrase if one is required, or <see langword="null"/>.</param>
    /// <param name="choice">Which key, by its friendly name or the SHA-256 fingerprint of its certificate, in PKCS#12; <see langword="null"/> for the
    /// only one.</param>
    /// <exception cref="InvalidInputException">There is no such key, or it cannot be read.</exception>
    public static SigningKey Parse(ReadOnlyMemory<byte> content, Func<Secret>? passphrase = null, string? choice = null)
    {
        if (KeptResults.OfThread is not { } kept)
            return Read(content, passphrase, choice);

        // The passphrase of an encrypted key is requested every time: a caller without it does not get the key.
        var place = Digest(content.Span, choice is null ? [] : MemoryMarshal.AsBytes($"#{choice}".AsSpan()));
        if (kept.TryFind<SigningKey>(Plain, place, out var known))
            return known;
        var given = kept.TryFind<bool>(Encrypted, place, out _) ? passphrase?.Invoke() : null;
        using var secret = given;
        if (secret is not null && kept.TryFind<SigningKey>(Decrypted, Digest(secret.Bytes, place), out known))
            return known;

        byte[]? decrypted = null;
        var key = Read(content, passphrase is null ? null : Ask, choice).Kept();
        if (decrypted is not null)
            kept.Keep(Encrypted, place, true);
        kept.Keep(decrypted is null ? Plain : Decrypted, decrypted ?? place, key);
        return key;

        Secret Ask()
        {
            var asked = given?.Copy() ?? passphrase();
            decrypted = Digest(asked.Bytes, place);
            return asked;
        }
    }

    private static byte[] Digest(ReadOnlySpan<byte> content, ReadOnlySpan<byte> more)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, content.Length);
        hash.AppendData(length);
        hash.AppendData(content);
        hash.AppendData(more);
        return hash.GetHashAndReset();
    }

    private static SigningKey Read(ReadOnlyMemory<byte> content, Func<Secret>? passphrase, string? choice)
    {
        if (Pkcs12File.IsMeant(content))
            return Pkcs12File.Parse(content, passphrase, choice);
        if (choice is not null)
            throw new InvalidInputException("it is not PKCS#12, the only form with named keys");

        var text = KeyContainer.FromUtf16(content.Span);
        try
        {
            return PemPrivateKey.Parse(text ?? content.Span, passphrase);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }
}
