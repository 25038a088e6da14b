using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>The <c>index.json</c> of an image layout: its entry points (OCI image-spec, image-layout.md).</summary>
public sealed class LayoutIndex
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "index.json";

    /// <summary>The largest index in bytes that is read: enough for tens of thousands of entries.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const string What = "index.json";
    private const int MaxEntries = 256 * 1024;

    private readonly JsonNode json;

    private LayoutIndex(JsonNode json)
    {
        this.json = json;
        Manifest.Names.Require(json);
        Entries = json.Required("manifests").Array(MaxEntries).ConvertAll(LayoutEntry.Read);
    }

    /// <summary>The entries, in their order.</summary>
    public IReadOnlyList<LayoutEntry> Entries { get; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidInputException">It is not an index.</exception>
    public static LayoutIndex Parse(ReadOnlySpan<byte> content)
    {
        var json = StrictJson.Parse(content, What);
        if (json.Optional("mediaType") is { } mediaType && mediaType.Text() != MediaType.OciIndex.ToString())
            throw mediaType.Invalid($"is {Quoted.Text(mediaType.Text())}: expected {MediaType.OciIndex}");
        return new LayoutIndex(json);
    }

    /// <summary>The file's new content once <paramref name="signatures"/> are listed too. All that was there stays as it was, what is not known here included.</summary>
    public byte[] With(IReadOnlyList<SignatureArtifact> signatures)
    {
        return JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var (name, value) in json.Properties())
            {
                writer.WritePropertyName(name);
                if (name == "manifests")
                    WriteEntries(writer, value, signatures);
                else
                    writer.WriteRawValue(value.RawBytes());
            }

            writer.WriteEndObject();
        });
    }

    private void WriteEntries(Utf8JsonWriter writer, JsonNode manifests, IReadOnlyList<SignatureArtifact> signatures)
    {
        writer.WriteStartArray();
        foreach (var entry in manifests.Array(MaxEntries))
            writer.WriteRawValue(entry.RawBytes());

        var listed = Entries.Select(entry => entry.Descriptor.Digest).ToHashSet();
        foreach (var signature in signatures)
        {
            if (listed.Add(signature.Manifest.Descriptor.Digest))
                signature.WriteListing(writer);
        }

        writer.WriteEndArray();
    }
}
