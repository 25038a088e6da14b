using System.IO.Compression;

namespace Nv2.Signing.Storage.Tar;

/// <summary>An archive as input: recognized by its first bytes, and decompressed if it is gzip (RFC 1952).</summary>
internal sealed class ArchiveInput : ForwardStream
{
    /// <summary>
    /// The limit for the expansion of gzip, applied after <see cref="FreeBytes"/>. Deflate reaches 1032 only on zeros; file systems with large empty
    /// files have been observed at 20.
    /// </summary>
    private const int MaxExpansion = 200;
    private const long FreeBytes = 256L * 1024 * 1024;

    private const int MagicBytes = 6;
    private const int BufferBytes = 64 * 1024;

    private readonly Counting counted;
    private readonly Stream content;
    private long produced;

    /// <summary>Reads the beginning of <paramref name="source"/>.</summary>
    /// <exception cref="InvalidInputException">It is empty, or compressed with a format other than gzip.</exception>
    public ArchiveInput(Stream source)
    {
        var magic = new byte[MagicBytes];
        var length = source.ReadAtLeast(magic, MagicBytes, throwOnEndOfStream: false);
        if (length == 0)
            throw new InvalidInputException("it is empty: expected a tar of an image layout; did the program that writes it fail?");

        counted = new Counting(source, magic.AsMemory(0, length));
        IsGzip = magic is [0x1f, 0x8b, ..];
        content = IsGzip ? new GZipStream(counted, CompressionMode.Decompress) : new BufferedStream(counted, BufferBytes);
        if (NameCompression(magic) is { } other)
            throw new InvalidInputException(
                $"it is compressed with {other}: expected a tar, plain or compressed with gzip; decompress it with {other} -dc"
            );
    }

    /// <summary>Whether the archive is compressed with gzip.</summary>
    public bool IsGzip { get; }

    public override int Read(Span<byte> buffer)
    {
        var read = content.Read(buffer);
        produced += read;
        return !IsGzip || produced <= FreeBytes || produced / MaxExpansion <= counted.Count
            ? read
            : throw new InvalidInputException(
                $"it expands to more than {MaxExpansion} times its compressed size, like an archive that is made to exhaust its reader; "
                    + "decompress it first if you trust it"
            );
    }

    private static string? NameCompression(ReadOnlySpan<byte> magic) =>
        magic switch
        {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => "xz",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            _ => null,
        };

    // First the bytes that were read for recognition, then the rest.
    private sealed class Counting(Stream source, ReadOnlyMemory<byte> start) : ForwardStream
    {
        private ReadOnlyMemory<byte> start = start;

        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read;
            if (start.IsEmpty)
            {
                read = source.Read(buffer);
            }
            else
            {
                read = Math.Min(start.Length, buffer.Length);
                start.Span[..read].CopyTo(buffer);
                start = start[read..];
            }

            Count += read;
            return read;
        }
    }
}

/// <summary>A read-only stream without seeking.</summary>
internal abstract class ForwardStream : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override void Flush()
    {
        // Nothing to flush.
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
