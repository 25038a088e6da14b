using System.Buffers;

namespace Nv2.Signing.Storage.Tar;

/// <summary>
/// The entries of a tar, one after the other: headers are read by the letter (<see cref="TarHeader"/>) and bounded, content is for the caller, and
/// the bytes of chosen entries are passed on exactly as they came.
/// </summary>
/// <param name="source">The tar, decompressed.</param>
/// <param name="copy">Where the bytes of kept entries go, or <see langword="null"/>.</param>
internal sealed class TarInput(Stream source, Stream? copy)
{
    /// <summary>The most bytes of headers before the content of one entry: names of any length that a file system has take a small part of
    /// it.</summary>
    private const int MaxHeaderBytes = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> header = new();
    private readonly byte[] block = new byte[TarHeader.BlockBytes];
    private bool isKept;
    private long remaining;
    private int padding;

    /// <summary>Whether what was read last is a header at all.</summary>
    public bool HasHeader => TarHeader.HasChecksum(block);

    /// <summary>Reads the header of the next entry. The content of the one before has been read.</summary>
    /// <returns>The header, or <see langword="null"/> at the block of zeros that ends an archive.</returns>
    /// <exception cref="InvalidInputException">The header is not sound.</exception>
    /// <exception cref="EndOfStreamException">The tar was cut off.</exception>
    public TarHeader? ReadHeader()
    {
        ReadPadding();
        header.ResetWrittenCount();
        while (true)
        {
            source.ReadExactly(block);
            if (header.WrittenCount == 0 && !block.AsSpan().ContainsAnyExcept((byte)0))
                return null;
            header.Write(block);
            if (TarHeader.FindExtensionSize(block) is not { } size)
                return TarHeader.Read(header.WrittenSpan);
            ReadExtension(size);
            if (TarHeader.IsGlobal(block))
                return TarHeader.Read(header.WrittenSpan);
        }
    }

    /// <summary>What is read from now on is the content of the entry.</summary>
    /// <param name="size">The content's length in bytes.</param>
    /// <param name="keep">Whether the entry, its header included, is passed on.</param>
    public void BeginContent(long size, bool keep)
    {
        isKept = keep;
        remaining = size;
        padding = (int)(TarHeader.InBlocks(size) - size);
        if (keep)
            copy?.Write(header.WrittenSpan);
    }

    /// <summary>Reads content of the entry.</summary>
    /// <returns>How many bytes were read; 0 at the end of the content.</returns>
    /// <exception cref="EndOfStreamException">The tar was cut off.</exception>
    public int Read(Span<byte> buffer)
    {
        if (remaining == 0)
            return 0;
        var read = source.Read(buffer[..(int)Math.Min(buffer.Length, remaining)]);
        if (read == 0)
            throw new EndOfStreamException();
        remaining -= read;
        Keep(buffer[..read]);
        return read;
    }

    private void ReadExtension(long size)
    {
        if (size < 0)
            throw new InvalidInputException("an extension header of the tar does not say how long it is");
        if (header.WrittenCount + size > MaxHeaderBytes)
            throw new InvalidInputException($"the header of an entry is larger than {MaxHeaderBytes} bytes");
        var content = new byte[TarHeader.InBlocks(size)];
        source.ReadExactly(content);
        header.Write(content);
    }

    private void ReadPadding()
    {
        if (padding == 0)
            return;
        source.ReadExactly(block.AsSpan(0, padding));
        Keep(block.AsSpan(0, padding));
        padding = 0;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (isKept)
            copy?.Write(bytes);
    }
}
