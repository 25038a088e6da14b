using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Globalization;
using System.Security.Cryptography.Cose;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Formats.Notary;

/// <summary>Reads the values of COSE headers with their types; failures name the header.</summary>
internal static class CoseValues
{
    /// <summary>The last second that a date can name: 9999-12-31T23:59:59Z.</summary>
    private const ulong MaxUnixSeconds = 253402300799;

    public static string Text(this CoseHeaderValue value, string what) => value.Read(what, "text", reader => reader.ReadTextString());

    public static byte[] Bytes(this CoseHeaderValue value, string what) => value.Read(what, "a byte string", reader => reader.ReadByteString());

    public static int Number(this CoseHeaderValue value, string what) => value.Read(what, "an integer of 32 bits", reader => reader.ReadInt32());

    /// <summary>Tag 1 with seconds as an integer, or as a float of any width (RFC 8949 section 3.4.2); fractions below a ten-millionth of a second
    /// are dropped.</summary>
    public static DateTimeOffset Time(this CoseHeaderValue value, string what)
    {
        const string Expected = "a time: tag 1 with the seconds since 1970, a number from 0 up to the year 9999";
        return value.Read(
            what,
            Expected,
            reader =>
            {
                if (reader.ReadTag() != CborTag.UnixTimeSeconds)
                    throw Unexpected(what, Expected);
                if (
                    reader.PeekState()
                    is not (CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat)
                )
                    return reader.ReadUInt64() is var number and <= MaxUnixSeconds
                        ? DateTimeOffset.FromUnixTimeSeconds((long)number)
                        : throw Unexpected(what, Expected);

                // NaN is in no range, and so is refused too.
                var seconds = reader.ReadDouble();
                if (!(seconds >= 0 && seconds < MaxUnixSeconds + 1))
                    throw Unexpected(what, Expected);
                var whole = Math.Floor(seconds);
                return DateTimeOffset.FromUnixTimeSeconds((long)whole).AddTicks((long)((seconds - whole) * TimeSpan.TicksPerSecond));
            }
        );
    }

    /// <summary>The elements of an array.</summary>
    /// <param name="value">The array.</param>
    /// <param name="what">The header.</param>
    /// <param name="elements">The type of the elements, for messages.</param>
    /// <param name="maxCount">The most elements.</param>
    /// <param name="read">Reads one; an <see cref="InvalidOperationException"/> means that it has another type.</param>
    public static List<T> Array<T>(this CoseHeaderValue value, string what, string elements, int maxCount, Func<CborReader, T> read) =>
        value.Read(
            what,
            $"an array of {elements}",
            reader =>
            {
                if (reader.ReadStartArray() is var count && (count is null || count > maxCount))
                    throw new InvalidInputException($"{what} of the signature has {count} elements: expected {maxCount} at most");

                var items = new List<T>();
                while (reader.PeekState() != CborReaderState.EndArray)
                    items.Add(read(reader));
                reader.ReadEndArray();
                return items;
            }
        );

    /// <summary>The text that the value is, or <see langword="null"/> if it is anything else.</summary>
    public static string? TextOrNull(this CoseHeaderValue value) =>
        Reader(value).PeekState() == CborReaderState.TextString ? value.GetValueAsString() : null;

    /// <summary>Whether the value is a byte string.</summary>
    public static bool IsBytes(this CoseHeaderValue value) => Reader(value).PeekState() == CborReaderState.ByteString;

    // The value is one well-formed item: the message was decoded before.
    private static T Read<T>(this CoseHeaderValue value, string what, string expected, Func<CborReader, T> read)
    {
        try
        {
            return read(Reader(value));
        }
        catch (Exception exception) when (exception is InvalidOperationException or OverflowException)
        {
            throw Unexpected(what, expected, exception);
        }
    }

    private static CborReader Reader(CoseHeaderValue value) => new(value.EncodedValue, CborConformanceMode.Strict);

    private static InvalidInputException Unexpected(string what, string expected, Exception? inner = null) =>
        new($"{what} of the signature is of another type: expected {expected}", inner);
}

/// <summary>The numbers of algorithms in COSE (RFC 9053 section 2.1, RFC 8812 section 2) and their names in JOSE.</summary>
internal static class CoseAlgorithm
{
    private static readonly (SigningAlgorithm Algorithm, int Number)[] Numbers =
    [
        (SigningAlgorithm.ES256, -7),
        (SigningAlgorithm.ES384, -35),
        (SigningAlgorithm.ES512, -36),
        (SigningAlgorithm.PS256, -37),
        (SigningAlgorithm.PS384, -38),
        (SigningAlgorithm.PS512, -39),
    ];

    /// <summary>The name of the algorithm of that number; for a number that is not allowed, a text that is not the name of an algorithm.</summary>
    public static string NameOf(int number) =>
        Array.Find(Numbers, one => one.Number == number).Algorithm?.Name ?? string.Create(CultureInfo.InvariantCulture, $"{number} of COSE");

    /// <summary>The number of an algorithm that is allowed in envelopes.</summary>
    public static int NumberOf(SigningAlgorithm algorithm) => Array.Find(Numbers, one => one.Algorithm == algorithm).Number;
}

/// <summary>
/// CBOR in which every number, length and tag has its shortest form, and every length is definite: preferred serialization in RFC 8949 section 4.1.
/// RFC 9052 does not require it, but all writers of COSE use it, and so an envelope has only one encoding.
/// </summary>
internal static class PreferredSerialization
{
    private const int ByteString = 2;
    private const int TextString = 3;
    private const int SimpleOrFloat = 7;
    private const int OneByteFollows = 24;
    private const int EightBytesFollow = 27;

    // The smallest numbers that need one, two, four or eight bytes.
    private static readonly ulong[] Least = [OneByteFollows, 0x100, 0x1_0000, 0x1_0000_0000];

    /// <summary>Checks every item. Nesting does not matter here, because items follow one another; the parser checks it.</summary>
    /// <exception cref="InvalidInputException">An item has another form, or is truncated.</exception>
    public static void Require(ReadOnlySpan<byte> cbor, string what)
    {
        for (var rest = cbor; !rest.IsEmpty; )
        {
            var position = cbor.Length - rest.Length;
            var (major, follows) = (rest[0] >> 5, rest[0] & 0x1f);
            rest = rest[1..];
            ulong argument = (uint)follows;
            if (follows > EightBytesFollow)
                throw new InvalidInputException($"{what} has an item of indefinite length at byte {position}: expected definite lengths");
            if (follows >= OneByteFollows)
            {
                var width = 1 << (follows - OneByteFollows);
                argument = ReadBigEndian(Take(ref rest, (ulong)width, what));
                if (major != SimpleOrFloat && argument < Least[follows - OneByteFollows])
                    throw new InvalidInputException(
                        $"{what} has {argument} at byte {position} in more bytes than it needs: expected the shortest form"
                    );
            }

            if (major is ByteString or TextString)
                Take(ref rest, argument, what);
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, ulong length, string what)
    {
        if (length > (ulong)rest.Length)
            throw new InvalidInputException($"{what} ends in the middle of an item");
        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static ulong ReadBigEndian(ReadOnlySpan<byte> bytes) =>
        bytes.Length switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        };
}
