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

    /// <summary>What is read from now on is the content of an entry, and then the filling up to the next block. What was read before is its header.</summary>
    /// <param name="size">The content's length in bytes.</param>
    /// <param name="keep">Whether the entry, its header included, is passed on.</param>
    /// <exception cref="InvalidInputException">The header is not sound.</exception>
    public void BeginContent(long size, bool keep)
    {
        TarHeaders.Require(header.GetBuffer().AsSpan(0, (int)header.Length));
        isInHeader = false;
        isKept = keep;
        padding = (int)((TarHeaders.BlockBytes - (size % TarHeaders.BlockBytes)) % TarHeaders.BlockBytes);
        if (keep)
            copy?.Write(header.GetBuffer(), 0, (int)header.Length);
    }

    /// <summary>Whether what was read as a header is the block of zeros that ends an archive, and nothing else.</summary>
    public bool IsAtEndMarker => header.Length == TarHeaders.BlockBytes && !header.GetBuffer().AsSpan(0, TarHeaders.BlockBytes).ContainsAnyExcept((byte)0);

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

/// <summary>
/// The headers that stand before the content of one entry of a tar (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format"). The platform's
/// reader takes headers that others refuse or pass over, so that two programs would find two archives in one file: what is not the same to all is refused here.
/// </summary>
internal static class TarHeaders
{
    public const int BlockBytes = 512;

    private const int SizeOffset = 124;
    private const int SizeLength = 12;
    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;
    private const int TypeOffset = 156;

    /// <summary>Makes sure that the headers are sound: each with its checksum, and nothing but extensions of the entry before its own.</summary>
    /// <param name="headers">All bytes that were read before the entry's content.</param>
    /// <exception cref="InvalidInputException">They are not.</exception>
    public static void Require(ReadOnlySpan<byte> headers)
    {
        while (true)
        {
            if (headers.Length < BlockBytes)
                throw new InvalidInputException("the tar ends in the middle of a header");

            var header = headers[..BlockBytes];
            if (ReadNumber(header.Slice(ChecksumOffset, ChecksumLength)) != Sum(header))
                throw new InvalidInputException("a header of the tar does not have the checksum that it claims");
            if (headers.Length == BlockBytes)
                return;

            switch ((char)header[TypeOffset])
            {
                case 'x' or 'L' or 'K':
                    var size = ReadNumber(header.Slice(SizeOffset, SizeLength));
                    var blocks = (size + BlockBytes - 1) / BlockBytes * BlockBytes;
                    if (size < 0 || blocks > headers.Length - (2 * BlockBytes))
                        throw new InvalidInputException("an extension header of the tar is longer than what follows it");
                    headers = headers[(BlockBytes + (int)blocks)..];
                    break;
                default:
                    throw new InvalidInputException("something stands between a header of the tar and its entry");
            }
        }
    }

    // The sum of all bytes, with the checksum itself taken for spaces.
    private static long Sum(ReadOnlySpan<byte> header)
    {
        long sum = ChecksumLength * ' ';
        for (var position = 0; position < header.Length; position++)
            sum += position is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? 0 : header[position];
        return sum;
    }

    // Octal digits between spaces and NULs; -1 for anything else. (GNU's numbers in base 256 are for sizes from 8 GiB on, which no header has.)
    private static long ReadNumber(ReadOnlySpan<byte> field)
    {
        long number = 0;
        var digits = field.Trim((ReadOnlySpan<byte>)[0, (byte)' ']);
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return -1;
            number = (number * 8) + (digit - '0');
        }

        return digits.IsEmpty ? -1 : number;
    }
}
