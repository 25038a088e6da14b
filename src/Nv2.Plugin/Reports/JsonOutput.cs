using System.Buffers;
using System.Text.Json;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Reports;

/// <summary>JSON output: one value and a newline.</summary>
internal static class JsonOutput
{
    /// <summary>The line of a record.</summary>
    public static ReadOnlyMemory<byte> Line(IJsonRecord record) => Line(writer => Write(writer, record));

    /// <summary>The line of a value, written by <paramref name="write"/>.</summary>
    public static ReadOnlyMemory<byte> Line<T>(T value, Action<Utf8JsonWriter, T> write) => Line(writer => write(writer, value));

    /// <summary>Writes a line whole, in one piece.</summary>
    public static void Write(Stream output, ReadOnlyMemory<byte> line)
    {
        output.Write(line.Span);
        output.Flush();
    }

    /// <summary>Writes a record as an object.</summary>
    internal static void Write(Utf8JsonWriter writer, IJsonRecord record)
    {
        writer.WriteStartObject();
        record.WriteTo(new(writer));
        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, JsonBytes.Options))
            write(writer);
        json.Write("\n"u8);
        return json.WrittenMemory;
    }
}
