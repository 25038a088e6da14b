using System.Security.Cryptography;
using System.Text;

namespace Nv2.Signing.Keys;

/// <summary>A passphrase or a PIN. Its memory is never moved by the garbage collector, so there is no other copy, and it is zeroed at the
/// end.</summary>
public sealed class Secret : IDisposable
{
    private readonly byte[] bytes;
    private readonly char[] chars;

    private Secret(int byteCount, int charCount)
    {
        bytes = GC.AllocateArray<byte>(byteCount, pinned: true);
        chars = GC.AllocateArray<char>(charCount, pinned: true);
    }

    /// <summary>The secret in UTF-8.</summary>
    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The secret in UTF-16.</summary>
    internal ReadOnlySpan<char> Chars => chars;

    /// <summary>Takes a secret, and zeroes the input.</summary>
    /// <param name="utf8">The secret in UTF-8.</param>
    /// <exception cref="InvalidInputException">It is not UTF-8.</exception>
    public static Secret Take(Span<byte> utf8)
    {
        try
        {
            var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            var secret = new Secret(utf8.Length, encoding.GetCharCount(utf8));
            utf8.CopyTo(secret.bytes);
            encoding.GetChars(secret.bytes, secret.chars);
            return secret;
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidInputException("it is not text in UTF-8"); // Without the original exception, which contains a part of it.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }

    /// <summary>A copy, disposed separately.</summary>
    internal Secret Copy()
    {
        var copy = new Secret(bytes.Length, chars.Length);
        bytes.CopyTo(copy.bytes, 0);
        chars.CopyTo(copy.chars, 0);
        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(bytes);
        chars.AsSpan().Clear();
    }
}
