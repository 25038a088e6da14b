using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Nv2.Testing;

/// <summary>Writes tars block by block, so that any of their fields can be wrong (POSIX.1-1988, ustar).</summary>
public sealed class TarArchive
{
    public const int BlockBytes = 512;

    public const char RegularFile = '0';

    private const int SizeOffset = 124;
    private const int SizeLength = 12;
    private const int ChecksumOffset = 148;

    private readonly List<byte> bytes = [];

    /// <summary>How many bytes there are so far.</summary>
    public int Length => bytes.Count;

    public TarArchive File(string name, byte[] content) => Entry(RegularFile, name, content);

    /// <summary>Adds a header with the size of the content, and the content up to a whole block.</summary>
    public TarArchive Entry(char type, string name, byte[]? content = null, string link = "") =>
        Raw(Header(type, name, content?.Length ?? 0, link)).Content(content ?? []);

    /// <summary>Adds content, filled up to a whole block.</summary>
    public TarArchive Content(byte[] content)
    {
        bytes.AddRange(content);
        bytes.AddRange(new byte[(BlockBytes - (content.Length % BlockBytes)) % BlockBytes]);
        return this;
    }

    /// <summary>Adds bytes as they are.</summary>
    public TarArchive Raw(byte[] raw)
    {
        bytes.AddRange(raw);
        return this;
    }

    /// <summary>All that was added, without an end marker.</summary>
    public byte[] Open() => [.. bytes];

    /// <summary>All that was added, and the end marker.</summary>
    public byte[] End() => [.. bytes, .. new byte[2 * BlockBytes]];

    /// <summary>A header whose size field is written in octal.</summary>
    public static byte[] Header(char type, string name, long size, string link = "") =>
        Header(type, name, Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(SizeLength - 1, '0')), link);

    /// <summary>A header with any bytes in its size field, and a checksum that fits.</summary>
    public static byte[] Header(char type, string name, byte[] size, string link = "")
    {
        const int TypeOffset = 156;
        var header = new byte[BlockBytes];
        Put(0, name);
        Put(100, "0000644\0");
        Put(108, "0000000\0");
        Put(116, "0000000\0");
        size.CopyTo(header, SizeOffset);
        Put(136, "00000000000\0");
        header[TypeOffset] = (byte)type;
        Put(157, link);
        Put(257, "ustar\0" + "00");
        return WithChecksum(header);

        void Put(int offset, string text) => Encoding.UTF8.GetBytes(text).CopyTo(header, offset);
    }

    /// <summary>Sets a header's checksum.</summary>
    public static byte[] WithChecksum(byte[] header)
    {
        header.AsSpan(ChecksumOffset, 8).Fill((byte)' ');
        var sum = header.Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, ChecksumOffset);
        return header;
    }

    /// <summary>One record of an extended header of POSIX.1-2001: its length, a name and a value.</summary>
    public static byte[] PaxRecord(string name, string value)
    {
        var rest = Encoding.UTF8.GetByteCount($" {name}={value}\n");
        var length = rest + rest.ToString(CultureInfo.InvariantCulture).Length;
        length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {name}={value}\n"));
    }

    public static byte[] Gzip(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(content);
        return compressed.ToArray();
    }
}
