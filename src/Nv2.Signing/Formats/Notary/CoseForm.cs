using System.Formats.Cbor;
using System.Globalization;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>
/// The structure of a COSE_Sign1 message: its four parts (RFC 9052 section 4.2), the labels of its headers, and the types of those that COSE defines
/// (section 3.1). It is checked before the platform decodes the message, because the platform's errors name neither the header nor the rule.
/// </summary>
internal static class CoseForm
{
    private const int Algorithm = 1;
    private const int Critical = 2;
    private const int ContentType = 3;
    private const int KeyId = 4;

    /// <summary>Checks the structure of a message with tag 18 and an array of four.</summary>
    /// <exception cref="InvalidInputException">The message has another structure; the exception names the part.</exception>
    public static void Require(ReadOnlyMemory<byte> message)
    {
        try
        {
            // Lax, so that a duplicate label can be named. The platform reads the rest strictly afterwards.
            var reader = new CborReader(message, CborConformanceMode.Lax);
            _ = reader.ReadTag();
            _ = reader.ReadStartArray();
            RequireType(reader, "protected headers", "a byte string with a map in it", CborReaderState.ByteString);
            var protectedHeaders = RequireProtected(reader.ReadByteString());
            var unprotectedHeaders = RequireMap(reader, "unprotected headers", isProtected: false);
            if (protectedHeaders.Find(unprotectedHeaders.Contains) is { } twice)
                throw new InvalidInputException(
                    $"the signature has {twice} in both its protected and its unprotected headers: expected it once (RFC 9052 section 3)"
                );
            RequireType(reader, "a payload", "a byte string, or null for one that is detached", CborReaderState.ByteString, CborReaderState.Null);
            reader.SkipValue();
            RequireType(reader, "a value", "a byte string", CborReaderState.ByteString);
            reader.SkipValue();
            reader.ReadEndArray();
            if (reader.BytesRemaining > 0)
                throw new InvalidInputException($"{reader.BytesRemaining} bytes follow the end of the signature");
        }
        catch (Exception exception) when (exception is CborContentException or InvalidOperationException)
        {
            throw Damaged(exception);
        }
    }

    /// <summary>The error for a message whose parts have the right types but damaged CBOR.</summary>
    public static InvalidInputException Damaged(Exception exception) =>
        new(
            "the signature is not well-formed COSE_Sign1: its CBOR is truncated or damaged, has a duplicate key in a map, "
                + "or has text that is not UTF-8 (RFC 8949 section 5.3)",
            exception
        );

    /// <summary>The name of a numeric label in messages.</summary>
    public static string NameOf(int label) => string.Create(CultureInfo.InvariantCulture, $"label {label}");

    private static List<string> RequireProtected(byte[] headers)
    {
        if (headers.Length == 0)
            return [];
        const string What = "protected headers";
        var reader = new CborReader(headers, CborConformanceMode.Lax);
        var labels = RequireMap(reader, What, isProtected: true);
        return reader.BytesRemaining == 0 ? labels : throw new InvalidInputException($"{reader.BytesRemaining} bytes follow the end of its {What}");
    }

    // The labels of a header map, as messages name them.
    private static List<string> RequireMap(CborReader reader, string what, bool isProtected)
    {
        RequireType(reader, what, "a map", CborReaderState.StartMap);
        reader.ReadStartMap();
        var labels = new List<string>();
        var seen = new HashSet<string>();
        List<string> critical = [];
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            var (label, number) = ReadLabel(reader, what);
            labels.Add(label);
            if (!seen.Add(label))
                throw new InvalidInputException($"the signature has {label} twice among its {what}");
            if (number == Critical)
                critical = isProtected
                    ? ReadCritical(reader)
                    : throw new InvalidInputException(
                        $"the signature has crit ({label}) among its {what}: expected it in the protected headers (RFC 9052 section 3.1)"
                    );
            else
                RequireValue(reader, number, label);
        }

        reader.ReadEndMap();
        if (critical.Find(name => !seen.Contains(name)) is { } missing)
            throw new InvalidInputException($"the signature has {missing} in crit, but not in its protected headers");
        return labels;
    }

    private static (string Name, int? Number) ReadLabel(CborReader reader, string what)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.TextString:
                return (Quoted.Text(reader.ReadTextString()), null);
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                try
                {
                    var number = reader.ReadInt32();
                    return (NameOf(number), number);
                }
                catch (OverflowException exception)
                {
                    throw new InvalidInputException($"the signature has a label of more than 32 bits among its {what}", exception);
                }

            default:
                throw new InvalidInputException(
                    $"the signature has a label that is neither text nor a whole number among its {what} (RFC 9052 section 1.5)"
                );
        }
    }

    private static List<string> ReadCritical(CborReader reader)
    {
        RequireType(reader, "crit (label 2)", "an array of labels", CborReaderState.StartArray);
        reader.ReadStartArray();
        var labels = new List<string>();
        while (reader.PeekState() != CborReaderState.EndArray)
            labels.Add(ReadLabel(reader, "elements of crit (label 2)").Name);
        reader.ReadEndArray();
        return labels.Count > 0
            ? labels
            : throw new InvalidInputException("the signature has an empty crit (label 2): expected one label or more (RFC 9052 section 3.1)");
    }

    private static void RequireValue(CborReader reader, int? label, string name)
    {
        switch (label)
        {
            case Algorithm:
                RequireType(
                    reader,
                    $"an algorithm ({name})",
                    "a whole number or text",
                    CborReaderState.UnsignedInteger,
                    CborReaderState.NegativeInteger,
                    CborReaderState.TextString
                );
                break;
            case ContentType:
                RequireType(
                    reader,
                    $"a content type ({name})",
                    "text or a number from 0",
                    CborReaderState.UnsignedInteger,
                    CborReaderState.TextString
                );
                break;
            case KeyId:
                RequireType(reader, $"a key id ({name})", "a byte string", CborReaderState.ByteString);
                break;
        }

        reader.SkipValue();
    }

    private static void RequireType(CborReader reader, string what, string expected, params ReadOnlySpan<CborReaderState> states)
    {
        if (!states.Contains(reader.PeekState()))
            throw new InvalidInputException($"the signature has {what} of another type: expected {expected}");
    }
}
