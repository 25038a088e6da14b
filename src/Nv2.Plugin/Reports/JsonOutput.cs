using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nv2.Plugin.Reports;

/// <summary>Writes one JSON object and a newline, whole, in one piece.</summary>
internal static class JsonOutput
{
    // The default encoder would escape the plus sign of media types and base64.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what <paramref name="write"/> makes to <paramref name="output"/>; if it throws, nothing is written.</summary>
    public static void Write(Stream output, Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, Options))
            write(writer);
        json.Write("\n"u8);
        output.Write(json.WrittenSpan);
        output.Flush();
    }
}
