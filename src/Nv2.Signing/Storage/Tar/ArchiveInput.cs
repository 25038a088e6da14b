using System.IO.Compression;

namespace Nv2.Signing.Storage.Tar;

/// <summary>An archive as it comes in: recognised by its first bytes, and decompressed when that is gzip (RFC 1952).</summary>
internal sealed class ArchiveInput : ForwardStream
{
    /// <summary>
    /// How many times its own size gzip may become, once it has become more than <see cref="FreeBytes"/>. Deflate reaches 1032 on zeros alone; file systems with
    /// large empty files have been seen at 20.
    /// </summary>
    private const int MaxExpansion = 200;
    private const long FreeBytes = 256L * 1024 * 1024;

    private const int MagicBytes = 6;
    private const int BufferBytes = 64 * 1024;

    private readonly Counting counted;
    private readonly Stream content;
    private long produced;

    /// <summary>Looks at the beginning of <paramref name="source"/>.</summary>
    /// <exception cref="InvalidInputException">It is empty, or compressed otherwise than with gzip.</exception>
    public ArchiveInput(Stream source)
    {
        var magic = new byte[MagicBytes];
        var length = source.ReadAtLeast(magic, MagicBytes, throwOnEndOfStream: false);
        if (length == 0)
            throw new InvalidInputException("it is empty: expected a tar of an image layout; did the program that should have written it fail?");

        counted = new Counting(source, magic.AsMemory(0, length));
        IsGzip = magic is [0x1f, 0x8b, ..];
        content = IsGzip ? new GZipStream(counted, CompressionMode.Decompress) : new BufferedStream(counted, BufferBytes);
        if (NameCompression(magic) is { } other)
            throw new InvalidInputException($"it is compressed with {other}: expected a tar, plain or compressed with gzip; {other} -dc decompresses it");
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
                $"it expands to more than {MaxExpansion} times its compressed size, as archives do that are made to exhaust whoever reads them; decompress it first if it is meant to");
    }

    private static string? NameCompression(ReadOnlySpan<byte> magic) => magic switch
    {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => "xz",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
        _ => null,
    };

    // What has been looked at, and then the rest.
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

/// <summary>A stream that can only be read, from its beginning to its end.</summary>
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
        // Nothing is written.
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>
/// The bytes under a reader of tar. It bounds what the reader may take for a header, which that would keep in memory whole, and passes the bytes of chosen entries
/// on, exactly as they came.
/// </summary>
/// <param name="source">The tar, decompressed.</param>
/// <param name="copy">Where the bytes of kept entries go, or <see langword="null"/>.</param>
internal sealed class TarInput(Stream source, Stream? copy) : ForwardStream
{
    /// <summary>The most bytes of headers before the content of one entry: names of any length that a file system has take a small part of it.</summary>
    public const int MaxHeaderBytes = 1024 * 1024;

    private readonly MemoryStream header = new();
    private long nextBlock; // Where in the header the next block begins that says what follows it.
    private bool isInHeader;
    private bool isKept;
    private int padding;

    /// <summary>What is read from now on is a header.</summary>
    public void BeginHeader()
    {
        isInHeader = true;
        header.SetLength(0);
        nextBlock = 0;
    }

    /// <summary>What has been read as a header says of the entry.</summary>
    /// <exception cref="InvalidInputException">The header is not sound.</exception>
    public TarHeader Header => TarHeader.Read(header.GetBuffer().AsSpan(0, (int)header.Length));

    /// <summary>What is read from now on is the content of an entry, and then the filling up to the next block. What was read before is its header.</summary>
    /// <param name="size">The content's length in bytes.</param>
    /// <param name="keep">Whether the entry, its header included, is passed on.</param>
    public void BeginContent(long size, bool keep)
    {
        isInHeader = false;
        isKept = keep;
        padding = (int)((TarHeader.BlockBytes - (size % TarHeader.BlockBytes)) % TarHeader.BlockBytes);
        if (keep)
            copy?.Write(header.GetBuffer(), 0, (int)header.Length);
    }

    /// <summary>Whether what was read as a header is the block of zeros that ends an archive, and nothing else.</summary>
    public bool IsAtEndMarker => header.Length == TarHeader.BlockBytes && !header.GetBuffer().AsSpan(0, TarHeader.BlockBytes).ContainsAnyExcept((byte)0);

    public override int Read(Span<byte> buffer)
    {
        // The reader skips the filling of an entry when it is asked for the next one.
        if (isInHeader && padding > 0)
            buffer = buffer[..Math.Min(buffer.Length, padding)];

        var read = source.Read(buffer);
        var bytes = buffer[..read];
        if (isInHeader && padding > 0)
        {
            padding -= read;
            Keep(bytes);
        }
        else if (isInHeader)
        {
            if (header.Length + read > MaxHeaderBytes)
                throw TooLarge();
            header.Write(bytes);
            RequireSmallExtensions();
        }
        else
        {
            Keep(bytes);
        }

        return read;
    }

    // The reader sets memory aside for an extension before it reads it, as much as the extension's header asks for.
    private void RequireSmallExtensions()
    {
        while (header.Length >= nextBlock + TarHeader.BlockBytes)
        {
            var block = header.GetBuffer().AsSpan((int)nextBlock, TarHeader.BlockBytes);
            if (TarHeader.FindExtensionSize(block) is not { } size)
                break;
            if (size < 0)
                throw new InvalidInputException("an extension header of the tar does not say how long it is");
            if (size > MaxHeaderBytes)
                throw TooLarge();
            nextBlock += TarHeader.BlockBytes + TarHeader.InBlocks(size);
        }
    }

    private static InvalidInputException TooLarge() => new($"the header of an entry is larger than {MaxHeaderBytes} bytes");

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (isKept)
            copy?.Write(bytes);
    }
}
