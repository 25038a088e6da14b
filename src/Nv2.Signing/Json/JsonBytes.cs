using System.Buffers;
using System.Text.Json;

namespace Nv2.Signing.Json;

/// <summary>JSON as nv2 writes it: without white space, in UTF-8, with escapes only where JSON requires them.</summary>
/// <remarks>The platform's default encoder would escape the plus sign, which media types and base64 contain, and so change the signed
/// bytes.</remarks>
internal static class JsonBytes
{
    /// <summary>The options of the writer.</summary>
    public static JsonWriterOptions Options => new() { Encoder = RelaxedEncoder.Instance };

    /// <summary>The options of the writer for files that people edit: indented by four spaces.</summary>
    public static JsonWriterOptions Indented => Options with { Indented = true, IndentSize = 4 };

    /// <summary>The bytes that <paramref name="write"/> writes.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write) => Write(Options, write);

    /// <summary>The bytes that <paramref name="write"/> writes with other options.</summary>
    public static byte[] Write(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, options))
            write(writer);
        return json.WrittenSpan.ToArray();
    }
}
