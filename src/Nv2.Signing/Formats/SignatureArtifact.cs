using System.Collections.ObjectModel;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Signing.Formats;

/// <summary>
/// A signature as an OCI artifact of its own beside the artifact that it is about, which is its subject (OCI image-spec 1.1, manifest.md). How it is made up is for
/// the format to say.
/// </summary>
/// <param name="Manifest">The manifest to push for the signature.</param>
/// <param name="ArtifactType">What the manifest is listed as among the referrers of its subject.</param>
/// <param name="Subject">The artifact that is signed.</param>
/// <param name="Blobs">What the manifest is made of; to be stored before it.</param>
public sealed record SignatureArtifact(Blob Manifest, MediaType ArtifactType, Descriptor Subject, IReadOnlyList<Blob> Blobs)
{
    /// <summary>The annotations of the manifest, with which it is listed too.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The descriptor to list the manifest by among the referrers of its subject (OCI image-spec, image-layout.md and distribution-spec, "Referrers Tag Schema").</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="withArtifactType">Whether the listing says what kind of artifact it is. The specification wants it.</param>
    public void WriteListing(Utf8JsonWriter writer, bool withArtifactType = true)
    {
        writer.WriteStartObject();
        Manifest.Descriptor.WriteProperties(writer);
        if (withArtifactType)
            writer.WriteString("artifactType", ArtifactType.ToString());
        WriteAnnotations(writer, Annotations);
        writer.WriteEndObject();
    }

    /// <summary>Makes the artifact of a signature.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a signature of the format, in formats whose manifest says something about it.</exception>
    public static SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject) =>
        format.Storage.Create(format, signature, subject);

    /// <summary>Finds the signature in a manifest: its format and its blob; <see langword="null"/> when the manifest is not a signature's.</summary>
    /// <exception cref="InvalidInputException">The manifest is a signature's, and is not what such a manifest must be.</exception>
    public static (ISignatureFormat Format, Descriptor Blob)? Find(JsonNode manifest) =>
        SignatureFormats.All.Select(format => format.Storage).Distinct().Select(storage => storage.Find(manifest)).FirstOrDefault(found => found is not null);

    internal static void WriteAnnotations(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> annotations)
    {
        if (annotations.Count == 0)
            return;
        writer.WriteStartObject("annotations");
        foreach (var (key, value) in annotations)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }
}
