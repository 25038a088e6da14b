using System.Buffers;
using System.Text.Json;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// The list of referrers of an artifact if a registry has no API for it: an image index under a tag that is derived from the artifact's digest (OCI
/// distribution-spec 1.1, "Referrers Tag Schema").
/// </summary>
internal sealed class ReferrersList
{
    private const string Manifests = "manifests";

    private readonly JsonNode? index;
    private readonly List<JsonNode> entries = [];

    private ReferrersList(JsonNode? index, int maxCount)
    {
        this.index = index;
        if (index is { } list)
            // Some programs write an empty list as null.
            entries = list.Required(Manifests) is { IsNull: false } listed ? listed.Array(maxCount) : [];
        Descriptors = [.. entries.Select(Descriptor.ReadListed)];
    }

    /// <summary>The entries.</summary>
    public IReadOnlyList<Descriptor> Descriptors { get; }

    /// <summary>Reads a list.</summary>
    /// <param name="content">The image index, or <see langword="null"/> yet.</param>
    /// <param name="maxCount">The most entries it may have.</param>
    /// <exception cref="InvalidInputException">It is not an image index.</exception>
    public static ReferrersList Read(byte[]? content, int maxCount)
    {
        if (content is null)
            return new(index: null, maxCount);

        const string What = "the list of referrers";
        if (Manifest.DescribeByContent(content, expected: null).MediaType is var mediaType && mediaType != MediaType.OciIndex)
            throw new InvalidInputException($"{What} is {mediaType}: expected {MediaType.OciIndex}");
        return new(StrictJson.Parse(content, What), maxCount);
    }

    /// <summary>Whether a manifest is listed.</summary>
    public bool Lists(Digest digest) => Descriptors.Any(entry => entry.Digest == digest);

    /// <summary>The list with one more entry. The other entries are kept byte for byte.</summary>
    /// <param name="signature">What to list.</param>
    /// <param name="withArtifactType">Whether the entry has its <c>artifactType</c>, as the specification requires.</param>
    public Blob With(SignatureArtifact signature, bool withArtifactType = true)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(content, JsonBytes.Options))
        {
            writer.WriteStartObject();
            WriteProperties(writer);
            writer.WriteStartArray(Manifests);
            foreach (var entry in entries)
                writer.WriteRawValue(entry.RawBytes());
            signature.WriteListing(writer, withArtifactType);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Blob.Of(MediaType.OciIndex, content.WrittenSpan.ToArray());
    }

    private void WriteProperties(Utf8JsonWriter writer)
    {
        if (index is not { } existing)
        {
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.OciIndex.ToString());
            return;
        }

        foreach (var (name, value) in existing.Properties().Where(property => property.Key != Manifests))
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.RawBytes());
        }
    }
}
