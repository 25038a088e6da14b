using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace Nv2.Signing.Storage.Tar;

/// <summary>
/// What the headers before the content of one entry of a tar say (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format"). The platform's reader takes
/// headers that others refuse, pass over, or understand otherwise, so that two programs would find two archives in one file. So they are read a second time here, by the
/// letter: what is not the same to all is refused.
/// </summary>
/// <param name="Name">The name of the entry.</param>
/// <param name="Size">The bytes of its content.</param>
/// <param name="Type">Its kind.</param>
internal readonly record struct TarHeader(string Name, long Size, char Type)
{
    public const int BlockBytes = 512;

    private const int NameLength = 100;
    private const int SizeOffset = 124;
    private const int SizeLength = 12;
    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;
    private const int TypeOffset = 156;
    private const int MagicOffset = 257;
    private const int MagicLength = 8;
    private const int PrefixOffset = 345;
    private const int PrefixLength = 155;
    private const int TrailerOffset = 508;

    /// <summary>Reads the headers of one entry: each with its checksum, and nothing but extensions of the entry before its own.</summary>
    /// <param name="headers">All bytes that were read before the entry's content.</param>
    /// <exception cref="InvalidInputException">They are not sound, or two programs would understand them in two ways.</exception>
    public static TarHeader Read(ReadOnlySpan<byte> headers)
    {
        string? name = null;
        long? size = null;
        var extensions = new HashSet<char>();
        while (true)
        {
            if (headers.Length < BlockBytes)
                throw new InvalidInputException("the tar ends in the middle of a header");

            var header = headers[..BlockBytes];
            if (ReadNumber(header.Slice(ChecksumOffset, ChecksumLength)) != Sum(header))
                throw new InvalidInputException("a header of the tar does not have the checksum that it claims");
            var type = (char)header[TypeOffset];
            if (headers.Length == BlockBytes)
                return new(name ?? ReadName(header), size ?? ReadSize(header), type);

            if (type is not ('x' or 'L' or 'K'))
                throw new InvalidInputException("something stands between a header of the tar and its entry");
            var length = ReadNumber(header.Slice(SizeOffset, SizeLength));
            var blocks = InBlocks(length);
            if (length < 0 || blocks > headers.Length - (2 * BlockBytes))
                throw new InvalidInputException("an extension header of the tar is longer than what follows it");
            if (!extensions.Add(type) || (extensions.Contains('x') && extensions.Count > 1))
                throw new InvalidInputException("an entry of the tar has several extension headers, of which some programs take the first and some the last");

            var content = headers.Slice(BlockBytes, (int)length);
            if (type == 'x')
                (name, size) = ReadRecords(content);
            else if (type == 'L')
                name = ReadText(content);
            headers = headers[(BlockBytes + (int)blocks)..];
        }
    }

    /// <summary>
    /// The bytes that a block of a header says follow it, when it is one of an extension (<c>x</c> and <c>g</c> of pax, <c>L</c> and <c>K</c> of GNU); negative when it says
    /// nothing that can be read, and <see langword="null"/> for any other block.
    /// </summary>
    public static long? FindExtensionSize(ReadOnlySpan<byte> block) => (char)block[TypeOffset] is 'x' or 'g' or 'L' or 'K' ? ReadNumber(block.Slice(SizeOffset, SizeLength)) : null;

    /// <summary>The bytes that content takes in whole blocks.</summary>
    public static long InBlocks(long size) => (size + BlockBytes - 1) / BlockBytes * BlockBytes;

    // The sum of all bytes, with the checksum itself taken for spaces.
    private static long Sum(ReadOnlySpan<byte> header)
    {
        long sum = ChecksumLength * ' ';
        for (var position = 0; position < header.Length; position++)
            sum += position is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? 0 : header[position];
        return sum;
    }

    // Octal digits between spaces and NULs; -1 for anything else.
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

    // GNU writes sizes from 8 GiB on in base 256, after a byte 0x80.
    private static long ReadSize(ReadOnlySpan<byte> header)
    {
        var field = header.Slice(SizeOffset, SizeLength);
        if (field[0] != 0x80)
            return ReadNumber(field);
        return field[1..4].ContainsAnyExcept((byte)0) ? -1 : BinaryPrimitives.ReadInt64BigEndian(field[4..]);
    }

    private static string ReadName(ReadOnlySpan<byte> header)
    {
        var name = ReadField(header[..NameLength]);
        var magic = header.Slice(MagicOffset, MagicLength);
        if (magic.SequenceEqual("ustar\u000000"u8))
        {
            if (header[TrailerOffset..].SequenceEqual("tar\u0000"u8))
                throw new InvalidInputException("a header of the tar is of the format of star, which other programs read in another way");
            var prefix = ReadField(header.Slice(PrefixOffset, PrefixLength));
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }

        return magic.SequenceEqual("ustar  \u0000"u8) || !magic.ContainsAnyExcept((byte)0)
            ? name
            : throw new InvalidInputException("a header of the tar is of no format that is known");
    }

    // A field ends at a NUL, or at its end.
    private static string ReadField(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    private static string ReadText(ReadOnlySpan<byte> content)
    {
        var text = content.TrimEnd((byte)0);
        return text.IsEmpty || text.Contains((byte)0)
            ? throw new InvalidInputException("a long name in the tar is empty, or goes on behind its end")
            : Encoding.UTF8.GetString(text);
    }

    // Each record is its length, a space, a keyword, =, a value and a newline.
    private static (string? Name, long? Size) ReadRecords(ReadOnlySpan<byte> content)
    {
        string? name = null;
        long? size = null;
        var keywords = new HashSet<string>();
        while (!content.IsEmpty)
        {
            if (!Utf8Parser.TryParse(content, out int length, out var digits) || length <= digits + 1 || length > content.Length
                || content[0] is < (byte)'1' or > (byte)'9' || content[digits] != ' ' || content[length - 1] != '\n'
                || content[(digits + 1)..(length - 1)] is var record && record.IndexOf((byte)'=') is var equals && equals <= 0)
            {
                throw new InvalidInputException("an extended header of the tar is not made of records");
            }

            var keyword = Encoding.UTF8.GetString(record[..equals]);
            var value = record[(equals + 1)..];
            content = content[length..];
            if (!keywords.Add(keyword))
                throw new InvalidInputException("an extended header of the tar has a property twice");
            if (keyword.StartsWith("GNU.sparse.", StringComparison.Ordinal))
                throw new InvalidInputException("an entry of the tar is a sparse file, which other programs give another name and content");
            if (keyword is "hdrcharset" or "path" or "size" && (value.IsEmpty || value.Contains((byte)0)))
                throw new InvalidInputException($"an extended header of the tar has a {keyword} that is empty, or goes on behind its end");
            switch (keyword)
            {
                case "path":
                    name = Encoding.UTF8.GetString(value);
                    break;
                case "size":
                    size = !value.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(value, out long number, out var read) && read == value.Length ? number : -1;
                    break;
                case "hdrcharset":
                    throw new InvalidInputException("an extended header of the tar is in a character set of its own: expected UTF-8");
                default:
                    break; // Dates, owners and what programs say besides do not change the content.
            }
        }

        return (name, size);
    }
}
