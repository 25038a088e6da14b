using System.Text.Json;

namespace Nv2.Signing.Json;

/// <summary>
/// A JSON text read strictly: one value, nothing behind it, no comments, no trailing commas, no property twice in an object (RFC 8259 leaves
/// those to the reader; two readers that choose differently see two different texts), bounded depth.
/// </summary>
public static class StrictJson
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 32;

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
        JsonElement element;
        try
        {
            element = JsonElement.Parse(json, Options);
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"{what} is not one well-formed JSON object: {Explain(json, exception)}", exception) { Path = "$" };
        }

        catch (InvalidOperationException exception)
        {
            throw new InvalidInputException($"{what} has the name of a property that is not valid Unicode", exception) { Path = "$" };
        }

        return element.ValueKind == JsonValueKind.Object
            ? new JsonNode(element, "$", what)
            : throw new InvalidInputException($"{what} is {JsonNode.NameOf(element.ValueKind)}: expected one JSON object") { Path = "$" };
    }

    private static string Explain(ReadOnlySpan<byte> json, JsonException exception)
    {
        if (json.Trim(" \t\r\n"u8).IsEmpty)
            return "it is empty";

        // The reader's message ends with the place, or has the text itself in it; it comes from the input, so it is shown as such.
        var place = exception.LineNumber is { } line ? $" (line {line + 1}, byte {exception.BytePositionInLine + 1})" : "";
        var message = exception.Message;
        var end = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return Quoted.Text(end < 0 ? message : message[..end])[1..^1] + place;
    }
}
