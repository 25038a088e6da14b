using System.Formats.Cbor;
using System.Globalization;

namespace Nv2.Signing.Formats.Notary;

/// <summary>Reads the items of a COSE message, each of the type that it must be, with complaints that name it.</summary>
internal static class CoseItems
{
    /// <summary>The last second that a date can name: 9999-12-31T23:59:59Z.</summary>
    private const ulong MaxUnixSeconds = 253402300799;

    /// <summary>Reads one item that is all of <paramref name="cbor"/>.</summary>
    /// <exception cref="InvalidInputException">It is not one well-formed item, or <paramref name="read"/> refuses it.</exception>
    public static T ReadOnly<T>(ReadOnlyMemory<byte> cbor, string what, Func<CborReader, T> read)
    {
        ShortestCbor.Require(cbor.Span, what);
        try
        {
            var reader = new CborReader(cbor, CborConformanceMode.Strict);
            var value = read(reader);
            return reader.BytesRemaining == 0 ? value : throw new InvalidInputException($"{what} has {reader.BytesRemaining} bytes behind its end");
        }
        catch (CborContentException exception)
        {
            throw new InvalidInputException($"{what} is not well-formed CBOR", exception);
        }
    }

    public static byte[] Bytes(CborReader reader, string what)
    {
        Expect(reader, what, "a byte string", CborReaderState.ByteString);
        return reader.ReadByteString();
    }

    public static string Text(CborReader reader, string what)
    {
        Expect(reader, what, "text", CborReaderState.TextString);
        return reader.ReadTextString();
    }

    public static long Integer(CborReader reader, string what)
    {
        Expect(reader, what, "an integer", CborReaderState.UnsignedInteger, CborReaderState.NegativeInteger);
        try
        {
            return reader.ReadInt64();
        }
        catch (OverflowException exception)
        {
            throw new InvalidInputException($"{what} of the signature is too large a number", exception);
        }
    }

    /// <summary>Tag 1 with whole seconds (RFC 8949 section 3.4.2).</summary>
    public static DateTimeOffset Time(CborReader reader, string what)
    {
        const string Expected = "a time: tag 1 with seconds since 1970 as a whole number";
        Expect(reader, what, Expected, CborReaderState.Tag);
        if (reader.ReadTag() != CborTag.UnixTimeSeconds)
            throw new InvalidInputException($"{what} of the signature has another tag than 1: expected {Expected}");
        Expect(reader, what, Expected, CborReaderState.UnsignedInteger);
        return reader.ReadUInt64() is var seconds and <= MaxUnixSeconds
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : throw new InvalidInputException($"{what} of the signature is after the year 9999");
    }

    /// <summary>Reads past an item; gives it where it is text.</summary>
    public static string? Any(CborReader reader)
    {
        if (reader.PeekState() == CborReaderState.TextString)
            return reader.ReadTextString();
        reader.SkipValue();
        return null;
    }

    /// <summary>The elements of an array.</summary>
    public static List<T> Array<T>(CborReader reader, string what, int maxCount, Func<CborReader, T> read)
    {
        Expect(reader, what, "an array", CborReaderState.StartArray);
        if (reader.ReadStartArray() is var count && (count is null || count > maxCount))
            throw new InvalidInputException($"{what} of the signature has {count} elements: expected {maxCount} at most");

        var items = new List<T>();
        while (reader.PeekState() != CborReaderState.EndArray)
            items.Add(read(reader));
        reader.ReadEndArray();
        return items;
    }

    /// <summary>The entries of a map of headers, each of which <paramref name="read"/> reads the value of.</summary>
    /// <returns>The labels.</returns>
    public static HashSet<CoseLabel> Map(CborReader reader, string what, Action<CoseLabel> read)
    {
        Expect(reader, what, "a map", CborReaderState.StartMap);
        if (reader.ReadStartMap() is var count && (count is null || count > EnvelopeAttributes.MaxCount))
            throw new InvalidInputException($"{what} of the signature has {count} entries: expected {EnvelopeAttributes.MaxCount} at most");

        var labels = new HashSet<CoseLabel>();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            var label = CoseLabel.Read(reader);
            if (!labels.Add(label))
                throw new InvalidInputException($"{what} of the signature has {label} twice");
            read(label);
        }

        reader.ReadEndMap();
        return labels;
    }

    private static void Expect(CborReader reader, string what, string expected, params ReadOnlySpan<CborReaderState> states)
    {
        if (!states.Contains(reader.PeekState()))
            throw new InvalidInputException($"{what} of the signature is of another type: expected {expected}");
    }
}

/// <summary>The label of a header: an integer or a text (RFC 9052 section 1.4).</summary>
internal readonly record struct CoseLabel(long Number, string? Text)
{
    public static implicit operator CoseLabel(string text) => new(0, text);

    public static implicit operator CoseLabel(long number) => new(number, null);

    public static CoseLabel Read(CborReader reader) => reader.PeekState() == CborReaderState.TextString
        ? reader.ReadTextString()
        : CoseItems.Integer(reader, "a label that is no text");

    public override string ToString() => Text ?? string.Create(CultureInfo.InvariantCulture, $"label {Number}");
}
