using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Tar;

/// <summary>
/// The headers of one entry of a tar (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format"). They are read strictly: whatever
/// programs read in different ways would make two archives of one file, and is refused. Owners, modes and dates do not affect content, and are
/// ignored.
/// </summary>
/// <param name="Name">The name of the entry.</param>
/// <param name="Size">The bytes of its content.</param>
/// <param name="Type">Its type: one of the characters of this class, or an unknown one.</param>
/// <param name="LinkName">The target of a link, or empty.</param>
internal readonly record struct TarHeader(string Name, long Size, char Type, string LinkName)
{
    public const int BlockBytes = 512;

    public const char File = '0';
    public const char OldFile = '\0';
    public const char HardLink = '1';
    public const char SymbolicLink = '2';
    public const char Folder = '5';

    /// <summary>Extended headers for all following entries (pax).</summary>
    public const char Global = 'g';

    /// <summary>The name of the archive (GNU <c>tar --label</c>).</summary>
    public const char Label = 'V';

    /// <summary>A folder with a list of its files (GNU <c>tar --incremental</c>).</summary>
    public const char ListedFolder = 'D';

    /// <summary>A file without its zero bytes (GNU <c>tar --sparse</c>).</summary>
    public const char Sparse = 'S';

    private const char Extended = 'x';
    private const char LongName = 'L';
    private const char LongLink = 'K';

    private const int NameLength = 100;
    private const int ModeOffset = 100;
    private const int ModeLength = 8;
    private const int SizeOffset = 124;
    private const int SizeLength = 12;
    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;
    private const int TypeOffset = 156;
    private const int LinkNameOffset = 157;
    private const int MagicOffset = 257;
    private const int MagicLength = 8;
    private const int PrefixOffset = 345;
    private const int PrefixLength = 155;
    private const int TrailerOffset = 508;

    /// <summary>The name in the entry's own header, for programs that do not support extended headers; the same as the name if there are
    /// none.</summary>
    public string ShortName { get; init; } = Name;

    /// <summary>Reads the headers of one entry: each with its checksum, and only extensions of the entry before its own header.</summary>
    /// <param name="headers">All bytes before the entry's content.</param>
    /// <exception cref="InvalidInputException">They are damaged, or programs read them in different ways.</exception>
    public static TarHeader Read(ReadOnlySpan<byte> headers)
    {
        var records = default(Records);
        var extensions = new HashSet<char>();
        while (true)
        {
            if (headers.Length < BlockBytes)
                throw new InvalidInputException("the tar is truncated in a header");

            var header = headers[..BlockBytes];
            if (!HasChecksum(header))
                throw new InvalidInputException("a header of the tar has a wrong checksum");
            var type = (char)header[TypeOffset];
            if (headers.Length == BlockBytes && records.IsSparse)
                throw new InvalidInputException($"its entry {Quoted.Text(records.RealName ?? records.Name ?? ReadName(header))} is {NameOf(Sparse)}");
            if (headers.Length == BlockBytes)
            {
                RequireMode(header, type);
                RequireOneSize(records.Size, ReadSize(header));
                var name = ReadName(header);
                return new(
                    records.Name ?? name,
                    Require(records.Size ?? ReadSize(header)),
                    type,
                    RequireTarget(records.LinkName ?? ReadField(header.Slice(LinkNameOffset, NameLength)), type)
                )
                {
                    ShortName = name,
                };
            }

            if (type is not (Extended or LongName or LongLink or Global))
                throw new InvalidInputException("data is between a header of the tar and its entry");
            var length = ReadNumber(header.Slice(SizeOffset, SizeLength));
            var blocks = InBlocks(length);
            if (length < 0 || blocks > headers.Length - (type == Global ? 1 : 2) * BlockBytes)
                throw new InvalidInputException("an extension header of the tar is longer than the data after it");
            if (!extensions.Add(type) || ((extensions.Contains(Extended) || type == Global) && extensions.Count > 1))
                throw new InvalidInputException(
                    "an entry of the tar has several extension headers, of which some programs use the first and some the last"
                );

            var content = headers.Slice(BlockBytes, (int)length);
            switch (type)
            {
                case Extended:
                    records = ReadRecords(content);
                    break;
                case LongName:
                    records = records with { Name = ReadText(content) };
                    break;
                case LongLink:
                    records = records with { LinkName = ReadText(content) };
                    break;
                case Global:
                    RequireHarmless(ReadRecords(content));
                    return new(ReadName(header), 0, Global, "");
            }

            headers = headers[(BlockBytes + (int)blocks)..];
        }
    }

    /// <summary>Whether a block is a header, by its checksum.</summary>
    public static bool HasChecksum(ReadOnlySpan<byte> block) => ReadNumber(block.Slice(ChecksumOffset, ChecksumLength)) == Sum(block);

    /// <summary>Whether a block is the header of a global extension.</summary>
    public static bool IsGlobal(ReadOnlySpan<byte> block) => block[TypeOffset] == Global;

    /// <summary>The name of an entry type that layouts do not have.</summary>
    public static string NameOf(char type) =>
        type switch
        {
            SymbolicLink => "a symbolic link",
            HardLink => "a hard link",
            '3' or '4' => "a device",
            '6' => "a pipe",
            '7' => "a contiguous file, which some programs skip",
            Sparse => "a sparse file, which programs read in different ways (make the tar without --sparse)",
            'M' => "the continuation of a file from another volume",
            _ => $"of the unknown type {Quoted.Text(type.ToString())}",
        };

    /// <summary>
    /// The number of bytes after an extension header (<c>x</c> and <c>g</c> of pax, <c>L</c> and <c>K</c> of GNU); negative if it is unreadable, and
    /// <see langword="null"/> for any other block.
    /// </summary>
    public static long? FindExtensionSize(ReadOnlySpan<byte> block) =>
        (char)block[TypeOffset] is Extended or Global or LongName or LongLink ? ReadNumber(block.Slice(SizeOffset, SizeLength)) : null;

    /// <summary>The bytes that content takes in whole blocks.</summary>
    public static long InBlocks(long size) => (size + BlockBytes - 1) / BlockBytes * BlockBytes;

    // The sum of all bytes, with spaces in place of the checksum.
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
        if (header[TypeOffset] == Label && !field.ContainsAnyExcept((byte)0))
            return 0;
        if (field[0] != 0x80)
            return ReadNumber(field);
        return field[1..4].ContainsAnyExcept((byte)0) ? -1 : BinaryPrimitives.ReadInt64BigEndian(field[4..]);
    }

    // An extended header has the size where the header has no room for it, from 8 GiB on.
    private static void RequireOneSize(long? extended, long size)
    {
        const long MaxOctal = 0x1_ffff_ffff;
        if (extended is >= 0 and <= MaxOctal && extended != size)
            throw new InvalidInputException("an extended header of the tar says another size than the header of its entry");
    }

    private static long Require(long size) =>
        size >= 0 ? size : throw new InvalidInputException("a header of the tar does not state the length of its entry");

    // To containers/image, and so to podman and skopeo, what has the mode of a link is one, whatever its kind.
    private static void RequireMode(ReadOnlySpan<byte> header, char type)
    {
        const int Permissions = 0xfff;
        const int RegularMode = 0x8000;
        const int FolderMode = 0x4000;
        var field = header.Slice(ModeOffset, ModeLength);
        var isFolder = type is Folder or ListedFolder;
        if (!isFolder && type is not (File or OldFile or HardLink or Label))
            return;
        var mode = field.ContainsAnyExcept((byte)0, (byte)' ') ? ReadNumber(field) : 0;
        if (mode < 0 || ((mode & ~Permissions) is not 0 and var kind && kind != (isFolder ? FolderMode : RegularMode)))
            throw new InvalidInputException("a header of the tar has the mode of another kind of file than its entry, which some programs go by");
    }

    private static string RequireTarget(string linkName, char type) =>
        linkName.Length == 0 || type is HardLink or SymbolicLink
            ? linkName
            : throw new InvalidInputException("a header of the tar says where a link leads to, and its entry is no link");

    private static string ReadName(ReadOnlySpan<byte> header)
    {
        var name = ReadField(header[..NameLength]);
        var magic = header.Slice(MagicOffset, MagicLength);
        if (magic.SequenceEqual("ustar\u000000"u8))
        {
            if (header[TrailerOffset..].SequenceEqual("tar\u0000"u8))
                throw new InvalidInputException("a header of the tar has the format of star, which programs read in different ways");
            var prefix = ReadField(header.Slice(PrefixOffset, PrefixLength));
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }

        if (magic.SequenceEqual("ustar  \u0000"u8))
            return HasDates(header) ? name : throw HasPrefix();
        if (magic.ContainsAnyExcept((byte)0))
            throw new InvalidInputException("a header of the tar has an unknown format");
        return header.Slice(PrefixOffset, PrefixLength).ContainsAnyExcept((byte)0) ? throw HasPrefix() : name;
    }

    // In the format of GNU two dates are in the place of the prefix. Go's archive/tar, and with it docker, containerd, podman and skopeo, reads a
    // prefix where they are no numbers; Python's tarfile reads one in every format.
    private static bool HasDates(ReadOnlySpan<byte> header)
    {
        const int DateLength = 12;
        foreach (var offset in (ReadOnlySpan<int>)[PrefixOffset, PrefixOffset + DateLength])
        {
            var date = header.Slice(offset, DateLength);
            if (date[0] is > 0 and < 0x80 && ReadNumber(date) < 0)
                return false;
        }

        return true;
    }

    private static InvalidInputException HasPrefix() =>
        new("a header of the tar has the prefix of a name in a format that has none: some programs read the entry by another name");

    // A field ends at a NUL, or at its end.
    private static string ReadField(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        if (end >= 0 && field[end..].ContainsAnyExcept((byte)0))
            throw new InvalidInputException("a name in a header of the tar continues after its end");
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    private static string ReadText(ReadOnlySpan<byte> content)
    {
        var text = content.TrimEnd((byte)0);
        return text.IsEmpty || text.Contains((byte)0)
            ? throw new InvalidInputException("a long name in the tar is empty, or continues after its end")
            : Encoding.UTF8.GetString(text);
    }

    // Headers for all following entries, which not all programs support.
    private static void RequireHarmless(Records records)
    {
        if (records != default)
            throw new InvalidInputException("a global header of the tar changes the name, the size, the content or the target of all its entries");
    }

    // Each record is its length, a space, a keyword, =, a value and a newline.
    private static Records ReadRecords(ReadOnlySpan<byte> content)
    {
        var records = default(Records);
        var keywords = new HashSet<string>();
        while (!content.IsEmpty)
        {
            if (
                !Utf8Parser.TryParse(content, out int length, out var digits)
                || length <= digits + 1
                || length > content.Length
                || content[0] is < (byte)'1' or > (byte)'9'
                || content[digits] != ' '
                || content[length - 1] != '\n'
                || content[(digits + 1)..(length - 1)] is var record && record.IndexOf((byte)'=') is var equals && equals <= 0
            )
            {
                throw new InvalidInputException("an extended header of the tar is not made of records");
            }

            var keyword = Encoding.UTF8.GetString(record[..equals]);
            var value = record[(equals + 1)..];
            content = content[length..];
            if (keyword.StartsWith("GNU.sparse.", StringComparison.Ordinal))
            {
                records = records with
                {
                    IsSparse = true,
                    RealName = keyword == "GNU.sparse.name" ? Encoding.UTF8.GetString(value) : records.RealName,
                };
                continue; // Some of these keywords may be repeated.
            }

            if (!keywords.Add(keyword))
                throw new InvalidInputException("an extended header of the tar has a property twice");
            if (keyword is "hdrcharset" or "path" or "linkpath" or "size" && (value.IsEmpty || value.Contains((byte)0)))
                throw new InvalidInputException($"an extended header of the tar has a {keyword} that is empty, or continues after its end");
            switch (keyword)
            {
                case "path":
                    records = records with { Name = Encoding.UTF8.GetString(value) };
                    break;
                case "linkpath":
                    records = records with { LinkName = Encoding.UTF8.GetString(value) };
                    break;
                case "size":
                    records = records with { Size = ReadDecimal(value) };
                    break;
                case "hdrcharset":
                    throw new InvalidInputException("an extended header of the tar has another character set: expected UTF-8");
                default:
                    break; // Dates, owners and private keywords do not affect the content.
            }
        }

        return records;
    }

    // Only digits; -1 for anything else.
    private static long ReadDecimal(ReadOnlySpan<byte> text) =>
        !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(text, out long number, out var read) && read == text.Length
            ? number
            : -1;

    // Values from extensions in place of the header's, or null.
    private readonly record struct Records(string? Name, long? Size, string? LinkName, bool IsSparse, string? RealName);
}
