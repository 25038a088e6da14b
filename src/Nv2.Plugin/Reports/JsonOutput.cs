using System.Buffers;
using System.Text.Json;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Reports;

/// <summary>JSON as it is printed: one value and a newline.</summary>
internal static class JsonOutput
{
    /// <summary>The line that <paramref name="write"/> makes of a value.</summary>
    public static ReadOnlyMemory<byte> Line<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, JsonBytes.Options))
            write(writer, value);
        json.Write("\n"u8);
        return json.WrittenMemory;
    }

    /// <summary>Writes a line whole, in one piece.</summary>
    public static void Write(Stream output, ReadOnlyMemory<byte> line)
    {
        output.Write(line.Span);
        output.Flush();
    }
}
