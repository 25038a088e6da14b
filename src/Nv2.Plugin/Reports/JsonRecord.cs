using System.Text.Json;

namespace Nv2.Plugin.Reports;

/// <summary>
/// A record of a response. It writes its properties itself, and a test compares the output with the platform's: generated code sets up the platform's
/// encoder, which takes longer than writing any response (docs/decisions/0018).
/// </summary>
internal interface IJsonRecord
{
    /// <summary>Writes the properties by their JSON names, in their order.</summary>
    void WriteTo(JsonProperties json);
}

/// <summary>Writes the properties of a record. A property that is <see langword="null"/> is omitted.</summary>
/// <param name="writer">Where to.</param>
internal readonly struct JsonProperties(Utf8JsonWriter writer)
{
    /// <summary>Writes text.</summary>
    public void Text(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    /// <summary>Writes a whole number.</summary>
    public void Number(ReadOnlySpan<byte> name, long value) => writer.WriteNumber(name, value);

    /// <summary>Writes a number.</summary>
    public void Number(ReadOnlySpan<byte> name, decimal value) => writer.WriteNumber(name, value);

    /// <summary>Writes true or false.</summary>
    public void Flag(ReadOnlySpan<byte> name, bool value) => writer.WriteBoolean(name, value);

    /// <summary>Writes bytes in base64.</summary>
    public void Bytes(ReadOnlySpan<byte> name, byte[] value) => writer.WriteBase64String(name, value);

    /// <summary>Writes an object.</summary>
    public void Record(ReadOnlySpan<byte> name, IJsonRecord? value)
    {
        if (value is null)
            return;
        writer.WritePropertyName(name);
        JsonOutput.Write(writer, value);
    }

    /// <summary>Writes an array of objects.</summary>
    public void Records<T>(ReadOnlySpan<byte> name, IReadOnlyList<T>? values)
        where T : class, IJsonRecord
    {
        if (values is null)
            return;
        writer.WriteStartArray(name);
        for (var index = 0; index < values.Count; index++)
            JsonOutput.Write(writer, values[index]);
        writer.WriteEndArray();
    }

    /// <summary>Writes an array of text.</summary>
    public void Texts(ReadOnlySpan<byte> name, IReadOnlyList<string>? values)
    {
        if (values is null)
            return;
        writer.WriteStartArray(name);
        for (var index = 0; index < values.Count; index++)
            writer.WriteStringValue(values[index]);
        writer.WriteEndArray();
    }

    /// <summary>Writes an array of bytes in base64.</summary>
    public void Blobs(ReadOnlySpan<byte> name, IReadOnlyList<byte[]> values)
    {
        writer.WriteStartArray(name);
        for (var index = 0; index < values.Count; index++)
            writer.WriteBase64StringValue(values[index]);
        writer.WriteEndArray();
    }

    /// <summary>Writes an object whose names are data.</summary>
    public void Map(ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string>? values)
    {
        if (values is null)
            return;
        writer.WriteStartObject(name);
        foreach (var (key, value) in values)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }
}
