using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Nv2.Signing.Text;

namespace Nv2.Signing.Json;

/// <summary>
/// A JSON text read strictly: one value, nothing after it, no comments, no trailing commas, no duplicate property in an object (RFC 8259 leaves that
/// to the reader, and two readers could see two different texts), bounded depth.
/// </summary>
internal static class StrictJson
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 32;

    /// <summary>Up to this size, copying is faster than avoiding it.</summary>
    private const int SmallBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = MaxDepth,
    };

    /// <summary>Reads one JSON object.</summary>
    /// <param name="json">The text in UTF-8.</param>
    /// <param name="what">What it is, for messages: <c>the request</c>.</param>
    /// <exception cref="InvalidInputException">The text is not exactly one well-formed JSON object.</exception>
    public static JsonNode Parse(ReadOnlySpan<byte> json, string what)
    {
        return RequireObject(ParseValue(json, what, "object"), what);
    }

    /// <summary>Reads one JSON object from bytes that do not change afterwards: large ones are not copied.</summary>
    /// <param name="json">The text in UTF-8.</param>
    /// <param name="what">What it is, for messages: <c>the request</c>.</param>
    /// <param name="maxTokens">The most values, names and ends of objects and arrays: each takes memory, however short its text.</param>
    /// <exception cref="InvalidInputException">The text is not exactly one well-formed JSON object, or has more than
    /// <paramref name="maxTokens"/>.</exception>
    public static JsonNode ParseInPlace(ReadOnlyMemory<byte> json, string what, int maxTokens)
    {
        if (json.Length <= SmallBytes)
            return Parse(json.Span, what);
        if (json.Length > maxTokens && Utf8.IsValid(json.Span)) // A token has at least one byte.
            RequireFew(json.Span, what, maxTokens);
        return RequireObject(ParseValue(json.Span, what, "object", () => JsonDocument.Parse(json, Options).RootElement), what);
    }

    /// <summary>Reads one JSON array.</summary>
    /// <exception cref="InvalidInputException">The text is not exactly one well-formed JSON array, or has more than <paramref name="maxCount"/>
    /// elements.</exception>
    public static IReadOnlyList<JsonNode> ParseArray(ReadOnlySpan<byte> json, string what, int maxCount) =>
        new JsonNode(ParseValue(json, what, "array"), "$", what).Array(maxCount);

    private static JsonNode RequireObject(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Object
            ? new JsonNode(element, "$", what)
            : throw new InvalidInputException($"{what} is {JsonNode.NameOf(element.ValueKind)}: expected one JSON object")
            {
                Path = "$",
                Document = what,
            };

    // The parser explains malformed text.
    private static void RequireFew(ReadOnlySpan<byte> json, string what, int maxTokens)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        var tokens = 0;
        try
        {
            while (reader.Read())
            {
                if (++tokens > maxTokens)
                    throw new InvalidInputException($"{what} has more than {maxTokens} names and values: expected fewer")
                    {
                        Path = "$",
                        Document = what,
                    };
            }
        }
        catch (JsonException)
        {
            return;
        }
    }

    private static JsonElement ParseValue(ReadOnlySpan<byte> json, string what, string kind, Func<JsonElement>? parse = null)
    {
        if (!Utf8.IsValid(json))
            throw new InvalidInputException($"{what} is not valid UTF-8: expected one JSON {kind} in UTF-8 without a byte order mark")
            {
                Path = "$",
                Document = what,
            };

        try
        {
            return parse is null ? JsonElement.Parse(AvoidSharedSizeClass(json), Options) : parse();
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"{what} is not one well-formed JSON {kind}: {Explain(json, exception)}", exception)
            {
                Path = "$",
                Document = what,
            };
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidInputException($"{what} has the name of a property that is not valid Unicode", exception)
            {
                Path = "$",
                Document = what,
            };
        }
    }

    // The parser borrows an array of 512 bytes and one a little longer than the text. If both are in the same size class of the pool, returning the
    // second makes the platform measure how fast it can identify the processor: a twentieth of a cold verification. White space changes nothing else.
    private static ReadOnlySpan<byte> AvoidSharedSizeClass(ReadOnlySpan<byte> json)
    {
        const int SizeClass = 512;
        const int Longer = 12;
        if (json.Length + Longer is <= SizeClass / 2 or > SizeClass)
            return json;

        var padded = new byte[SizeClass];
        json.CopyTo(padded);
        padded.AsSpan(json.Length).Fill((byte)' ');
        return padded;
    }

    private static string Explain(ReadOnlySpan<byte> json, JsonException exception)
    {
        if (json.Trim(" \t\r\n"u8).IsEmpty)
            return "it is empty";

        if (json.StartsWith("\uFEFF"u8))
            return "it begins with a byte order mark";
        if (exception.LineNumber is not { } line)
        {
            // A duplicate property.
            return Quoted.Printable(exception.Message.Replace(" encountered during deserialization", "", StringComparison.Ordinal));
        }

        // The platform's message quotes the text, which comes from outside, and ends with advice for programmers and the place.
        var message = exception.Message;
        foreach (var end in new[] { " LineNumber: ", " Change the reader options", " There is an open JSON" })
            message = message.Split(end)[0];
        if (message.StartsWith("Expected depth to be zero", StringComparison.Ordinal))
            return "it ends in the middle";
        return $"{Quoted.Printable(message.TrimEnd('.'))} (line {line + 1}, byte {exception.BytePositionInLine + 1})";
    }
}

/// <summary>
/// The property names in documents that Go programs read too. Those ignore the case of a name: <c>Manifests</c> is <c>manifests</c> to them, and they
/// take the last of two such properties. Such a document would be read in two ways.
/// </summary>
/// <param name="names">The names.</param>
internal sealed class Spelling(params IEnumerable<string> names)
{
    private readonly Dictionary<string, string> known = names.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes sure that every property of an object that other programs read as a known one has its exact spelling.</summary>
    /// <exception cref="InvalidInputException">It is not an object, or has a property with another spelling.</exception>
    public void Require(JsonNode json)
    {
        foreach (var (name, value) in json.Properties())
        {
            if (Find(name) is { } meant && meant != name)
                throw value.Invalid($"is not the property {meant}, but other programs read it as that: expected only {meant}");
        }
    }

    /// <summary>Whether two names are the same to readers that ignore case. Such readers also fold two non-ASCII characters to ASCII letters
    /// (Unicode, simple case folding).</summary>
    public static bool AreSame(string one, string other) => string.Equals(Fold(one), Fold(other), StringComparison.OrdinalIgnoreCase);

    private static string Fold(string name) => Ascii.IsValid(name) ? name : name.Replace('\u017f', 's').Replace('\u212a', 'k');

    private string? Find(string name) => known.GetValueOrDefault(Fold(name));
}
