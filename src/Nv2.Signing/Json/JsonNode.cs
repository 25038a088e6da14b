using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Json;

/// <summary>A value in a JSON document with its path, so that every failure can name its place.</summary>
internal readonly struct JsonNode
{
    private readonly JsonElement element;
    private readonly string what;
    private readonly string path;

    // One more than the position in the array at the path; 0 for the value at the path itself. Of thousands of elements few are ever named in an
    // error.
    private readonly int ordinal;

    internal JsonNode(JsonElement element, string path, string what)
    {
        this.element = element;
        this.what = what;
        this.path = path;
    }

    private JsonNode(JsonElement element, string array, int position, string what)
        : this(element, array, what) => ordinal = position + 1;

    /// <summary>The path of the value: <c>$.subject.digest</c>, <c>$.references[0]</c>.</summary>
    public string Path => ordinal == 0 ? path : $"{path}[{ordinal - 1}]";

    /// <summary>The property of that name.</summary>
    /// <exception cref="InvalidInputException">This is not an object, or it has no such property.</exception>
    public JsonNode Required(string name) =>
        Optional(name) ?? throw new InvalidInputException($"{what} has no {Child(name)}, which is required") { Path = Child(name), Document = what };

    /// <summary>The property of that name, or <see langword="null"/>. A value of <c>null</c> has the wrong type; it is not a missing
    /// property.</summary>
    /// <exception cref="InvalidInputException">This is not an object.</exception>
    public JsonNode? Optional(string name)
    {
        Expect(JsonValueKind.Object);
        return element.TryGetProperty(name, out var value) ? new JsonNode(value, Child(name), what) : null;
    }

    /// <summary>The property of that name, or <see langword="null"/>, also if its value is <c>null</c>: some programs write that for a
    /// missing value.</summary>
    /// <exception cref="InvalidInputException">This is not an object.</exception>
    public JsonNode? OptionalOrNull(string name) => Optional(name) is { element.ValueKind: not JsonValueKind.Null } property ? property : null;

    /// <summary>The names and values of an object, in their order.</summary>
    /// <exception cref="InvalidInputException">This is not an object.</exception>
    public IEnumerable<KeyValuePair<string, JsonNode>> Properties()
    {
        Expect(JsonValueKind.Object);
        foreach (var property in element.EnumerateObject())
            yield return new(property.Name, new JsonNode(property.Value, Child(property.Name), what));
    }

    /// <summary>The elements of an array.</summary>
    /// <exception cref="InvalidInputException">This is not an array, or it has more than <paramref name="maxCount"/> elements.</exception>
    public List<JsonNode> Array(int maxCount)
    {
        var (count, array) = (ArrayLength(maxCount), Path);
        var items = new List<JsonNode>(count);
        foreach (var item in element.EnumerateArray())
            items.Add(new JsonNode(item, array, items.Count, what));
        return items;
    }

    /// <summary>How many elements an array has.</summary>
    /// <exception cref="InvalidInputException">This is not an array, or it has more than <paramref name="maxCount"/> elements.</exception>
    public int ArrayLength(int maxCount)
    {
        Expect(JsonValueKind.Array);
        var count = element.GetArrayLength();
        return count <= maxCount ? count : throw Invalid($"has {count} elements: expected {maxCount} at most");
    }

    /// <summary>An element of an array.</summary>
    public JsonNode ElementAt(int position) => new(element[position], Path, position, what);

    /// <summary>Whether this is a string.</summary>
    public bool IsText => element.ValueKind == JsonValueKind.String;

    /// <summary>Whether this is an object.</summary>
    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether this is <c>null</c>.</summary>
    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    /// <summary>Whether this is an array.</summary>
    public bool IsArray => element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether this is that number, written without fraction or exponent.</summary>
    public bool IsNumber(long number) => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var value) && value == number;

    /// <summary>A boolean.</summary>
    /// <exception cref="InvalidInputException">This is neither <c>true</c> nor <c>false</c>.</exception>
    public bool Boolean() =>
        element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            var other => throw Invalid($"is {NameOf(other)}: expected true or false"),
        };

    /// <summary>A string.</summary>
    /// <exception cref="InvalidInputException">This is not a string, or contains half of a surrogate pair.</exception>
    public string Text()
    {
        Expect(JsonValueKind.String);
        try
        {
            return element.GetString()!; // Never null: the value is a string.
        }
        catch (InvalidOperationException exception)
        {
            throw Invalid("is not valid Unicode", exception);
        }
    }

    /// <summary>The text of a string, or <see langword="null"/> for anything else, or for a string with half of a surrogate pair.</summary>
    public string? TextOrNull()
    {
        try
        {
            return IsText ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A string of at least one character.</summary>
    /// <exception cref="InvalidInputException">This is not a string, or it is empty.</exception>
    public string NonEmptyText() => Text() is { Length: > 0 } text ? text : throw Invalid("is empty: expected some text");

    /// <summary>A string that <paramref name="parse"/> turns into a value.</summary>
    /// <exception cref="InvalidInputException">This is not a string, or <paramref name="parse"/> refuses it.</exception>
    public T Value<T>(Func<string, T> parse)
    {
        var text = Text();
        try
        {
            return parse(text);
        }
        catch (InvalidInputException exception) when (exception.Path is null || (exception.Document is not null && exception.Document != what))
        {
            // A path in another document, such as a file that this string names, would mislead the reader.
            throw new InvalidInputException($"{what}: {Path}: {exception.Message}", exception) { Path = Path, Document = what };
        }
    }

    /// <summary>Bytes in standard base64 with padding, in its canonical form.</summary>
    /// <exception cref="InvalidInputException">This is not a string of base64, or it has more than <paramref name="maxBytes"/> bytes.</exception>
    public byte[] Base64(int maxBytes)
    {
        Expect(JsonValueKind.String);
        if (!TryDecodeBase64(out var bytes))
            throw Invalid("is not standard base64 with padding");

        return bytes.Length <= maxBytes ? bytes : throw Invalid($"has {bytes.Length} bytes: expected {maxBytes} at most");
    }

    // Most text is in the document literally and need not become a string first; some programs escape the slash or the plus.
    private bool TryDecodeBase64([NotNullWhen(true)] out byte[]? bytes)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element)[1..^1];
        return raw.Contains((byte)'\\') ? CanonicalBase64.TryDecode(Text(), out bytes) : CanonicalBase64.TryDecode(raw, out bytes);
    }

    /// <summary>A whole number, written without fraction or exponent, from <paramref name="min"/> to <paramref name="max"/>.</summary>
    /// <exception cref="InvalidInputException">This is not such a number.</exception>
    public long WholeNumber(long min, long max)
    {
        Expect(JsonValueKind.Number);
        return element.TryGetInt64(out var value) && value >= min && value <= max && !element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E')
            ? value
            : throw Invalid(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"is {Quoted.Printable(element.GetRawText())}: expected a whole number from {min} to {max}"
                )
            );
    }

    /// <summary>The value's exact bytes in the document.</summary>
    public byte[] RawBytes() => Raw.ToArray();

    /// <summary>The same bytes, without a copy.</summary>
    internal ReadOnlySpan<byte> Raw => JsonMarshal.GetRawUtf8Value(element);

    /// <summary>An exception about this value.</summary>
    public InvalidInputException Invalid(string failure, Exception? innerException = null) =>
        new($"{what}: {Path} {failure}", innerException) { Path = Path, Document = what };

    internal static string NameOf(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            _ => "null",
        };

    private string Child(string name)
    {
        var plain = name.Length > 0 && !name.AsSpan().ContainsAnyExcept(CharacterSets.Word);
        return plain ? $"{Path}.{name}" : $"{Path}[{Quoted.Text(name)}]";
    }

    private void Expect(JsonValueKind kind)
    {
        if (element.ValueKind != kind)
            throw Invalid($"is {NameOf(element.ValueKind)}: expected {NameOf(kind)}");
    }
}
