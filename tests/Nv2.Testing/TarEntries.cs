using System.Text;

namespace Nv2.Testing;

/// <summary>An entry of a tar, with where it stands: its own header, those that extend it, its content and the filling.</summary>
public sealed record TarEntry(string Name, int Start, int End, ReadOnlyMemory<byte> Content);

/// <summary>Reads tars as programs do that have nothing in common with the one under test. It knows short names only.</summary>
public static class TarEntries
{
    /// <summary>Lists the entries up to the end marker.</summary>
    /// <exception cref="FormatException">No program would take it for a tar.</exception>
    public static IReadOnlyList<TarEntry> Read(byte[] tar)
    {
        var entries = new List<TarEntry>();
        var start = 0;
        var position = 0;
        while (true)
        {
            if (position + TarArchive.BlockBytes > tar.Length)
                throw new FormatException("no end marker");
            var header = tar.AsSpan(position, TarArchive.BlockBytes);
            if (!header.ContainsAnyExcept((byte)0))
                return entries;

            var written = Octal(header.Slice(148, 8));
            if (Octal(TarArchive.WithChecksum(header.ToArray()).AsSpan(148, 8)) != written)
                throw new FormatException("checksum");
            var size = Octal(header.Slice(124, 12));
            var content = position + TarArchive.BlockBytes;
            if (size > tar.Length - content)
                throw new FormatException("size");

            position = (int)(content + ((size + TarArchive.BlockBytes - 1) / TarArchive.BlockBytes * TarArchive.BlockBytes));
            if (header[156] is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K')
                continue;
            entries.Add(new(Text(header[..100]), start, position, tar.AsMemory(content, (int)size)));
            start = position;
        }
    }

    /// <summary>The files as they are once a tar is unpacked: of two of one name the last.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyDictionary<string, byte[]> Unpack(byte[] tar)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var entry in Read(tar))
            files[string.Join('/', entry.Name.Split('/').Where(part => part is not ("." or "")))] = entry.Content.ToArray();
        return files;
    }

    private static string Text(ReadOnlySpan<byte> field) =>
        Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    private static long Octal(ReadOnlySpan<byte> field)
    {
        try
        {
            return Convert.ToInt64(Text(field).Trim(), 8);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            throw new FormatException("a number", exception);
        }
    }
}
