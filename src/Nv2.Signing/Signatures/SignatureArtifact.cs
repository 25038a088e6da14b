using System.Collections.ObjectModel;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Signing.Signatures;

/// <summary>
/// A signature as a separate OCI artifact beside the signed artifact, its subject (OCI image-spec 1.1, manifest.md). The format decides its
/// structure.
/// </summary>
/// <param name="Manifest">The manifest to push for the signature.</param>
/// <param name="ArtifactType">The artifact type of the manifest in the list of referrers.</param>
/// <param name="Subject">The artifact that is signed.</param>
/// <param name="Blobs">The blobs of the manifest, which must be stored before it.</param>
public sealed record SignatureArtifact(Blob Manifest, MediaType ArtifactType, Descriptor Subject, IReadOnlyList<Blob> Blobs)
{
    /// <summary>The annotations of the manifest, also used in the list of referrers.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Makes the artifact of a signature.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a signature of the format, in formats whose manifest has a property of the
    /// signature.</exception>
    public static SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject) =>
        format.Storage.Create(format, signature, subject);

    /// <summary>Writes the descriptor of the manifest for the list of referrers (OCI image-spec, image-layout.md and distribution-spec, "Referrers
    /// Tag Schema").</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="withArtifactType">Whether to write the <c>artifactType</c>, as the specification requires.</param>
    internal void WriteListing(Utf8JsonWriter writer, bool withArtifactType = true)
    {
        writer.WriteStartObject();
        Manifest.Descriptor.WriteProperties(writer);
        if (withArtifactType)
            writer.WriteString("artifactType", ArtifactType.ToString());
        WriteAnnotations(writer, Annotations);
        writer.WriteEndObject();
    }

    private static void WriteAnnotations(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> annotations)
    {
        if (annotations.Count == 0)
            return;
        writer.WriteStartObject("annotations");
        foreach (var (key, value) in annotations)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    /// <summary>Makes the artifact of a signature, with the common image manifest: a config, layers, and the subject.</summary>
    /// <param name="artifactType">The artifact type of the manifest.</param>
    /// <param name="config">The config.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="subject">The artifact that is signed.</param>
    /// <param name="annotations">The annotations of the manifest.</param>
    internal static SignatureArtifact Of(
        MediaType artifactType,
        Blob config,
        IReadOnlyList<Blob> layers,
        Descriptor subject,
        IReadOnlyDictionary<string, string> annotations
    )
    {
        var manifest = JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.OciManifest.ToString());
            writer.WritePropertyName("config");
            config.Descriptor.Write(writer);
            writer.WriteStartArray("layers");
            foreach (var layer in layers)
                layer.Descriptor.Write(writer);
            writer.WriteEndArray();
            writer.WritePropertyName("subject");
            subject.Write(writer);
            WriteAnnotations(writer, annotations);
            writer.WriteEndObject();
        });
        return new(Blob.Of(MediaType.OciManifest, manifest), artifactType, subject, [config, .. layers]) { Annotations = annotations };
    }
}

/// <summary>A way to store a signature as a separate OCI artifact, whose subject is the signed artifact (OCI image-spec 1.1, manifest.md).</summary>
internal abstract class SignatureStorage
{
    /// <summary>Makes the artifact of a signature.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a signature of the format, if the manifest has a property of the
    /// signature.</exception>
    public abstract SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject);

    /// <summary>Finds the descriptor of the signature in a manifest; <see langword="null"/> if the manifest is not of a signature stored this
    /// way.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="formats">The media types of the formats that are stored this way.</param>
    /// <exception cref="InvalidInputException">It is of such a signature, and is not valid.</exception>
    public abstract Descriptor? Find(JsonNode manifest, IReadOnlyList<MediaType> formats);
}
