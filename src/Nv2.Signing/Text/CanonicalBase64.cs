using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Nv2.Signing.Text;

/// <summary>
/// Base64 in its one canonical form (RFC 4648 section 3.5: no stray characters, unused bits zero), so that two different texts never encode the same
/// bytes.
/// </summary>
internal static class CanonicalBase64
{
    /// <summary>Standard base64 with padding.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 != 0 || text.AsSpan().ContainsAnyExcept(CharacterSets.Base64))
            return false;

        var buffer = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64String(text, buffer, out var length))
            return false;

        var decoded = buffer.AsSpan(0, length);
        if (!string.Equals(Convert.ToBase64String(decoded), text, StringComparison.Ordinal))
            return false;

        bytes = decoded.ToArray();
        return true;
    }

    /// <summary>The same for ASCII text.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 != 0)
            return false;

        // The decoder skips white space, which would result in fewer bytes.
        var padding = text.Length - text.TrimEnd((byte)'=').Length;
        if (padding > 2)
            return false;
        var decoded = new byte[(text.Length / 4 * 3) - padding];
        if (
            Base64.DecodeFromUtf8(text, decoded, out var read, out var written) != OperationStatus.Done
            || read != text.Length
            || written != decoded.Length
        )
            return false;

        // The unused bits of the last four characters are zero.
        if (text.Length > 0)
        {
            Span<byte> last = stackalloc byte[4];
            Base64.EncodeToUtf8(decoded.AsSpan((text.Length / 4 * 3) - 3), last, out _, out _);
            if (!last.SequenceEqual(text[^4..]))
                return false;
        }

        bytes = decoded;
        return true;
    }

    /// <summary>Base64url without padding (RFC 7515 section 2).</summary>
    public static bool TryDecodeUrl(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var more = text.Length % 4;
        if (more == 1)
            return false;

        // The decoder skips white space and padding, which would result in fewer bytes.
        var decoded = new byte[(text.Length / 4 * 3) + (more == 0 ? 0 : more - 1)];
        if (
            Base64Url.DecodeFromUtf8(text, decoded, out var read, out var written) != OperationStatus.Done
            || read != text.Length
            || written != decoded.Length
        )
            return false;

        // It also accepts unused bits, which only the last two or three characters can have.
        if (more > 0)
        {
            Span<byte> last = stackalloc byte[3];
            Base64Url.EncodeToUtf8(decoded.AsSpan(text.Length / 4 * 3), last, out _, out var length);
            if (!last[..length].SequenceEqual(text[^more..]))
                return false;
        }

        bytes = decoded;
        return true;
    }
}
