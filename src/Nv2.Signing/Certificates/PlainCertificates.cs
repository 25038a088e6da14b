using System.Buffers;
using System.Buffers.Text;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The certificates of a file in one of the two usual forms: one in DER, or PEM blocks that are all certificates. <see cref="CertificateFile"/>
/// handles other forms, and explains errors.
/// </summary>
internal static class PlainCertificates
{
    private const byte DerSequence = 0x30;

    private static ReadOnlySpan<byte> Begin => "-----BEGIN CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> AnyBoundary => "-----"u8;

    /// <summary>The certificates as bytes; the last is <see langword="null"/> if the file has another form.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>?> Of(ReadOnlyMemory<byte> content)
    {
        if (content.Span is [DerSequence, ..])
        {
            yield return content; // The caller checks that it is a single whole certificate.
            yield break;
        }

        var rest = content;
        for (var count = 0; ; count++)
        {
            var start = rest.Span.IndexOf(AnyBoundary);
            if (start < 0 && count > 0)
                yield break;
            if (start < 0 || count == CertificateFile.MaxCertificates || TryDecode(rest.Span[start..], out var length) is not { } certificate)
            {
                yield return null;
                yield break;
            }

            yield return certificate;
            rest = rest[(start + length)..];
        }
    }

    private static ReadOnlyMemory<byte>? TryDecode(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        if (!text.StartsWith(Begin))
            return null;
        var base64 = text[Begin.Length..];
        var end = base64.IndexOf(AnyBoundary);
        if (end < 0 || base64[0] is not ((byte)'\n' or (byte)'\r') || !base64[end..].StartsWith(End))
            return null;
        length = Begin.Length + end + End.Length;
        if (length < text.Length && text[length] is not ((byte)'\n' or (byte)'\r'))
            return null;
        return Decode(base64[..end]);
    }

    // The decoder is several times faster without line breaks.
    private static ReadOnlyMemory<byte>? Decode(ReadOnlySpan<byte> lines)
    {
        var joined = ArrayPool<byte>.Shared.Rent(lines.Length);
        try
        {
            var length = 0;
            while (!lines.IsEmpty)
            {
                var end = lines.IndexOf((byte)'\n') is var found and >= 0 ? found : lines.Length;
                lines[..end].CopyTo(joined.AsSpan(length));
                length += end;
                lines = end < lines.Length ? lines[(end + 1)..] : [];
            }

            var base64 = joined.AsSpan(0, length);
            var certificate = new byte[Base64.GetMaxDecodedFromUtf8Length(length)];
            return Base64.DecodeFromUtf8(base64, certificate, out _, out var written) == OperationStatus.Done
                ? certificate.AsMemory(0, written)
                : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }
}
