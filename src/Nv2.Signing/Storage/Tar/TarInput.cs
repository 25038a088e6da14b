using System.Buffers;

namespace Nv2.Signing.Storage.Tar;

/// <summary>
/// The entries of a tar in sequence: headers are read strictly (<see cref="TarHeader"/>) and bounded, the caller reads the content, and the bytes of
/// chosen entries are copied unchanged.
/// </summary>
/// <param name="source">The tar, decompressed.</param>
/// <param name="copy">Where the bytes of kept entries go, or <see langword="null"/>.</param>
internal sealed class TarInput(Stream source, Stream? copy)
{
    /// <summary>The most bytes of headers before the content of one entry: names take a small part of it, even at the limits of file
    /// systems.</summary>
    private const int MaxHeaderBytes = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> header = new();
    private readonly byte[] block = new byte[TarHeader.BlockBytes];
    private bool isKept;
    private long remaining;
    private int padding;

    /// <summary>Whether the last block is a header.</summary>
    public bool HasHeader => TarHeader.HasChecksum(block);

    /// <summary>Reads the header of the next entry. The content of the previous entry must have been read.</summary>
    /// <returns>The header, or <see langword="null"/> at the block of zeros that ends an archive.</returns>
    /// <exception cref="InvalidInputException">The header is not valid.</exception>
    /// <exception cref="EndOfStreamException">The tar is truncated.</exception>
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

    /// <summary>Begins the content of the entry.</summary>
    /// <param name="size">The content's length in bytes.</param>
    /// <param name="keep">Whether to copy the entry, including its header.</param>
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
    /// <exception cref="EndOfStreamException">The tar is truncated.</exception>
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
            throw new InvalidInputException("an extension header of the tar does not state its length");
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
