using System.Buffers;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Signing.Formats;

/// <summary>
/// A signature as an OCI artifact of its own beside the artifact that it is about. One of the two nv2 formats is the config of its manifest; there are no layers,
/// and the subject is the artifact (OCI image-spec 1.1, manifest.md).
/// </summary>
/// <param name="Manifest">The manifest to push for the signature.</param>
/// <param name="ArtifactType">What the manifest is listed as among the referrers of its subject.</param>
/// <param name="Subject">The artifact that is signed.</param>
/// <param name="Blobs">What the manifest is made of; to be stored before it.</param>
public sealed record SignatureArtifact(Blob Manifest, MediaType ArtifactType, Descriptor Subject, IReadOnlyList<Blob> Blobs)
{
    /// <summary>The descriptor to list the manifest by among the referrers of its subject (OCI image-spec, image-layout.md and distribution-spec, "Referrers Tag Schema").</summary>
    public void WriteListing(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        Manifest.Descriptor.WriteProperties(writer);
        writer.WriteString("artifactType", ArtifactType.ToString());
        writer.WriteEndObject();
    }

    /// <summary>Makes the artifact of a signature.</summary>
    public static SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject)
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

    /// <summary>Finds the signature in a manifest: its format and its blob; <see langword="null"/> when the manifest is not a signature's.</summary>
    /// <exception cref="InvalidInputException">The manifest is a signature's, and is not what such a manifest must be.</exception>
    public static (ISignatureFormat Format, Descriptor Blob)? Find(JsonNode manifest)
    {
        if (manifest.Optional("config") is not { } config)
            return null;

        var mediaType = config.Required("mediaType").Text();
        var format = SignatureFormats.All.FirstOrDefault(format => format.MediaType.ToString() == mediaType);
        return format is null ? null : (format, Descriptor.Read(config));
    }
}
