using System.Globalization;
using System.Text;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>The <c>index.json</c> of an image layout: its entry points (OCI image-spec, image-layout.md).</summary>
internal sealed class LayoutIndex
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
        Entries = json.Required("manifests") is { IsNull: false } entries ? entries.Array(MaxEntries).ConvertAll(LayoutEntry.Read) : [];
    }

    /// <summary>The entries, in their order.</summary>
    public IReadOnlyList<LayoutEntry> Entries { get; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidInputException">It is not an index.</exception>
    public static LayoutIndex Parse(ReadOnlySpan<byte> content)
    {
        var json = StrictJson.Parse(content, What);
        if (json.OptionalOrNull("mediaType") is { } mediaType && mediaType.Text() != MediaType.OciIndex.ToString())
            throw mediaType.Invalid($"is {Quoted.Text(mediaType.Text())}: expected {MediaType.OciIndex}");
        return new LayoutIndex(json);
    }

    /// <summary>The new content of the file with <paramref name="signatures"/> added. Existing content is kept, including unknown members.</summary>
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
        foreach (var entry in manifests.IsNull ? [] : manifests.Array(MaxEntries))
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

/// <summary>An entry of a layout's index, or of an index in the layout.</summary>
/// <param name="Descriptor">The descriptor of its content.</param>
/// <param name="RefName">Its tag, <c>org.opencontainers.image.ref.name</c>; podman writes a whole reference there.</param>
/// <param name="ImageName">Its whole reference, <c>io.containerd.image.name</c>, as docker and containerd write it.</param>
/// <param name="Path">Its path in the index: <c>$.manifests[0]</c>.</param>
internal sealed record LayoutEntry(Descriptor Descriptor, string? RefName, string? ImageName, string Path)
{
    /// <summary>The name for people, or <see langword="null"/>.</summary>
    public string? Name => ImageName ?? RefName;

    /// <summary>The names under which programs load what the entry leads to. They ignore an empty name.</summary>
    internal IEnumerable<string> Names
    {
        get
        {
            if (!string.IsNullOrEmpty(ImageName))
                yield return ImageName;
            if (!string.IsNullOrEmpty(RefName))
                yield return RefName;
        }
    }

    internal static LayoutEntry Read(JsonNode json)
    {
        var descriptor = Descriptor.ReadPart(json);
        var annotations = json.OptionalOrNull("annotations");
        return new(
            descriptor,
            annotations?.OptionalOrNull("org.opencontainers.image.ref.name")?.Text(),
            annotations?.OptionalOrNull("io.containerd.image.name")?.Text(),
            json.Path
        );
    }

    /// <summary>Whether <paramref name="name"/> is this entry's tag or its reference, with docker's defaults.</summary>
    internal bool IsNamed(string name) =>
        RefName == name
        || ImageName == name
        || (
            ImageName is not null
            && Reference.TryParse(name, out var wanted, out _)
            && Reference.TryParse(ImageName, out var own, out _)
            && wanted.Equals(own)
        );
}

/// <summary>
/// The names of the files of a layout. On file systems that ignore case or some characters, several names are one file: a layout with two of them
/// would be a different layout there.
/// </summary>
internal static class LayoutName
{
    private static readonly string[] Known =
    [
        ImageLayout.MarkerFileName,
        LayoutIndex.FileName,
        ImageLayout.DockerManifestFileName,
        ImageLayout.DockerRepositoriesFileName,
        ImageLayout.BlobsFolder,
    ];

    /// <summary>Makes sure that a name is not another spelling of a name of the layout.</summary>
    /// <param name="name">The path in the layout.</param>
    /// <exception cref="InvalidInputException">It is.</exception>
    public static void RequireSpelling(string name)
    {
        var parts = name.Split('/', '\\');
        var meant = Known.FirstOrDefault(known => Spelling.AreSame(Plain(parts[0]), known));
        if (meant is null || (parts[0] == meant && (parts.Length == 1 || IsPlain(name))))
            return;
        throw new InvalidInputException(
            $"its {Quoted.Text(name)} is the layout file {meant}{(parts.Length == 1 ? "" : "/…")} on systems that do not distinguish such names: "
                + "expected only that spelling"
        );
    }

    // Blobs are named by digests in lower case.
    private static bool IsPlain(string name) =>
        Ascii.IsValid(name) && !name.Contains('\\') && !name.AsSpan().ContainsAnyInRange('A', 'Z') && Plain(name) == name;

    // Some file systems ignore invisible characters, dots and spaces at the end, and the name of a stream after a colon.
    private static string Plain(string part) =>
        string.Concat(
                part.Split(':')[0].Where(character => !char.IsControl(character) && char.GetUnicodeCategory(character) != UnicodeCategory.Format)
            )
            .TrimEnd('.', ' ');
}
