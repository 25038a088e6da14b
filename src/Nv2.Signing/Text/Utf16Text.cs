using System.Text;

namespace Nv2.Signing.Text;

/// <summary>Text files from editors and shells of Windows: in UTF-16 with a byte order mark (RFC 2781 section 3.2).</summary>
internal static class Utf16Text
{
    /// <summary>The same text in UTF-8, without the mark. Content without such a mark is not changed.</summary>
    /// <exception cref="InvalidInputException">The content has the mark and is not valid UTF-16.</exception>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> content)
    {
        if (content.Span is not ([0xff, 0xfe, ..] or [0xfe, 0xff, ..]))
            return content;
        try
        {
            var encoding = new UnicodeEncoding(bigEndian: content.Span[0] == 0xfe, byteOrderMark: false, throwOnInvalidBytes: true);
            return Encoding.UTF8.GetBytes(encoding.GetString(content.Span[2..]));
        }
        catch (ArgumentException exception)
        {
            throw new InvalidInputException("it has the byte order mark of UTF-16, but is not valid UTF-16", exception);
        }
    }

    /// <summary>Whether content is ASCII in UTF-16 without the mark: one of every two bytes is zero. The byte order is then unknown.</summary>
    public static bool IsUnmarked(ReadOnlySpan<byte> content) => content.IndexOf("-\0-\0-\0-\0-\0B\0"u8) >= 0;
}
