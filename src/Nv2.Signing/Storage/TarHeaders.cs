namespace Nv2.Signing.Storage;

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
