using System.Buffers;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Signing.Formats;

/// <summary>A signature that is the config of its manifest.</summary>
internal sealed class ConfigStorage : SignatureStorage
{
    public override SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject)
    {
        var config = Blob.Of(format.MediaType, signature);
        var manifest = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(manifest, X509Header.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.OciManifest.ToString());
            writer.WritePropertyName("config");
            config.Descriptor.Write(writer);
            writer.WriteStartArray("layers");
            writer.WriteEndArray();
            writer.WritePropertyName("subject");
            subject.Write(writer);
            writer.WriteEndObject();
        }

        return new(Blob.Of(MediaType.OciManifest, manifest.WrittenSpan.ToArray()), format.MediaType, subject, [config]);
    }

    public override (ISignatureFormat Format, Descriptor Blob)? Find(JsonNode manifest) =>
        manifest.Optional("config") is { } config && FormatOf(config.Required("mediaType").Text()) is { } format ? (format, Descriptor.Read(config)) : null;
}
