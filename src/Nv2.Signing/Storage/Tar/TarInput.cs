namespace Nv2.Signing.Storage.Tar;

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
    private bool isInHeader;
    private bool isKept;
    private int padding;

    /// <summary>What is read from now on is a header.</summary>
    public void BeginHeader()
    {
        isInHeader = true;
        header.SetLength(0);
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
                throw new InvalidInputException($"the header of an entry is larger than {MaxHeaderBytes} bytes");
            header.Write(bytes);
        }
        else
        {
            Keep(bytes);
        }

        return read;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (isKept)
            copy?.Write(bytes);
    }
}
