using System.Buffers.Binary;
using System.Text;

namespace Nv2.Testing;

/// <summary>CBOR written by hand (RFC 8949 section 3), so that tests can write what no library does, and hold libraries against it.</summary>
public static class Cbor
{
    /// <summary>The break of an item of indefinite length.</summary>
    public const byte Break = 0xff;

    public static byte[] Null { get; } = [0xf6];

    public static byte[] Number(long value) => value >= 0 ? Head(0, (ulong)value) : Head(1, (ulong)(-1 - value));

    public static byte[] Bytes(ReadOnlySpan<byte> bytes) => [.. Head(2, (ulong)bytes.Length), .. bytes];

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text) is var bytes ? [.. Head(3, (ulong)bytes.Length), .. bytes] : [];

    public static byte[] Array(params IReadOnlyCollection<byte[]> items) => [.. Head(4, (ulong)items.Count), .. items.SelectMany(item => item)];

    public static byte[] Map(IReadOnlyCollection<CborEntry> entries) =>
        [.. Head(5, (ulong)entries.Count), .. entries.SelectMany(entry => (byte[])[.. entry.Label, .. entry.Value])];

    public static byte[] Tag(ulong tag, byte[] item) => [.. Head(6, tag), .. item];

    public static byte[] Floating(double value)
    {
        var bytes = new byte[9];
        bytes[0] = 0xfb;
        BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    public static byte[] Floating(float value)
    {
        var bytes = new byte[5];
        bytes[0] = 0xfa;
        BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    public static byte[] Floating(Half value)
    {
        var bytes = new byte[3];
        bytes[0] = 0xf9;
        BinaryPrimitives.WriteHalfBigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    /// <summary>The beginning of an item: a major type with an argument, in the shortest form or in one of 1, 2, 4 or 8 bytes.</summary>
    public static byte[] Head(int major, ulong argument, int width = -1)
    {
        if (width < 0)
            width = argument switch
            {
                < 24 => 0,
                <= byte.MaxValue => 1,
                <= ushort.MaxValue => 2,
                <= uint.MaxValue => 4,
                _ => 8,
            };
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, argument);
        var follows = width == 0 ? (int)argument : 24 + int.Log2(width);
        return [(byte)((major << 5) | follows), .. bytes[(8 - width)..]];
    }

    /// <summary>Takes the first item of <paramref name="cbor"/>, of definite length.</summary>
    public static byte[] Take(ref ReadOnlySpan<byte> cbor)
    {
        var rest = cbor;
        Skip(ref rest);
        var item = cbor[..^rest.Length].ToArray();
        cbor = rest;
        return item;
    }

    /// <summary>What is behind the beginning of an item: the content of a byte string, the items of an array, the entries of a map.</summary>
    public static byte[] Content(ReadOnlySpan<byte> item)
    {
        ReadHead(ref item);
        return item.ToArray();
    }

    /// <summary>The entries of a map.</summary>
    public static List<CborEntry> Entries(ReadOnlySpan<byte> map)
    {
        var entries = new List<CborEntry>();
        var (_, count) = ReadHead(ref map);
        for (var i = 0UL; i < count; i++)
            entries.Add(new CborEntry(Take(ref map), Take(ref map)));
        return entries;
    }

    private static void Skip(ref ReadOnlySpan<byte> cbor)
    {
        var (major, argument) = ReadHead(ref cbor);
        if (major is 2 or 3)
            cbor = cbor[(int)argument..];
        for (
            var items = major switch
            {
                4 => argument,
                5 => 2 * argument,
                6 => 1UL,
                _ => 0UL,
            };
            items > 0;
            items--
        )
            Skip(ref cbor);
    }

    private static (int Major, ulong Argument) ReadHead(ref ReadOnlySpan<byte> cbor)
    {
        var (major, argument) = (cbor[0] >> 5, (ulong)(cbor[0] & 0x1f));
        cbor = cbor[1..];
        if (argument < 24)
            return (major, argument);
        var width = 1 << (int)(argument - 24);
        argument = 0;
        foreach (var one in cbor[..width])
            argument = (argument << 8) | one;
        cbor = cbor[width..];
        return (major, argument);
    }
}

/// <summary>An entry of a map, encoded.</summary>
public sealed record CborEntry(byte[] Label, byte[] Value);
