using System.Buffers;
using System.Text.Json;
using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Formats;

/// <summary>
/// The OCI manifest under which a signature of the two nv2 formats is stored beside its artifact: the config is the signature, there are no layers, the subject is
/// the artifact (OCI image-spec 1.1, manifest.md).
/// </summary>
public static class SignatureArtifact
{
    /// <summary>Makes the manifest.</summary>
    public static (Descriptor Descriptor, byte[] Content) Create(ISignatureFormat format, ReadOnlySpan<byte> signature, Descriptor subject)
    {
        var config = new Descriptor(format.MediaType, Digest.Compute(DigestAlgorithm.Sha256, signature), signature.Length);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, X509Header.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.OciManifest.ToString());
            writer.WritePropertyName("config");
            Write(writer, config);
            writer.WriteStartArray("layers");
            writer.WriteEndArray();
            writer.WritePropertyName("subject");
            Write(writer, subject);
            writer.WriteEndObject();
        }

        var content = buffer.WrittenSpan.ToArray();
        return (new Descriptor(MediaType.OciManifest, Digest.Compute(DigestAlgorithm.Sha256, content), content.Length), content);
    }

    /// <summary>Writes a descriptor as a JSON object.</summary>
    public static void Write(Utf8JsonWriter writer, Descriptor descriptor)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType", descriptor.MediaType.ToString());
        writer.WriteString("digest", descriptor.Digest.ToString());
        writer.WriteNumber("size", descriptor.Size);
        writer.WriteEndObject();
    }
}
