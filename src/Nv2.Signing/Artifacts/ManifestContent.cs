using Nv2.Signing.Json;

namespace Nv2.Signing.Artifacts;

/// <summary>
/// What a manifest says: of an image manifest (OCI image-spec manifest.md, Docker schema 2) its config and layers, of an index (image-index.md, Docker's
/// manifest list) the manifests below it, of either the subject.
/// </summary>
public sealed class ManifestContent
{
    /// <summary>The most parts that a manifest may name; one of <see cref="Manifest.MaxBytes"/> has room for no more than about as many.</summary>
    private const int MaxParts = 32 * 1024;

    private static readonly HashSet<MediaType> KnownTypes =
    [
        MediaType.OciManifest, MediaType.OciIndex, MediaType.DockerManifest, MediaType.DockerManifestList,
        MediaType.Parse("application/vnd.oci.artifact.manifest.v1+json"), // Of the release candidates of image-spec 1.1; ORAS wrote them for a while.
    ];

    private ManifestContent(JsonNode json)
    {
        Json = json;
        Config = json.Optional("config") is { } config ? Descriptor.Read(config) : null;
        Layers = [.. ReadParts("layers"), .. ReadParts("blobs")];
        Manifests = ReadParts("manifests");
        Subject = json.Optional("subject") is { } subject ? Descriptor.Read(subject) : null;
    }

    /// <summary>The whole manifest.</summary>
    public JsonNode Json { get; }

    /// <summary>The config, or <see langword="null"/> in an index.</summary>
    public Descriptor? Config { get; }

    /// <summary>The layers; those that may be had elsewhere (they name <c>urls</c>) are marked.</summary>
    public IReadOnlyList<(Descriptor Descriptor, bool IsElsewhere)> Layers { get; }

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<(Descriptor Descriptor, bool IsElsewhere)> Manifests { get; }

    /// <summary>The artifact that this one is about, or <see langword="null"/>.</summary>
    public Descriptor? Subject { get; }

    /// <summary>Whether a descriptor's content is a manifest of a kind whose parts are known.</summary>
    public static bool IsKnown(MediaType mediaType) => KnownTypes.Contains(mediaType);

    /// <summary>Reads a manifest, and holds it against its descriptor first.</summary>
    /// <exception cref="InvalidInputException">
    /// The bytes are not those of <paramref name="descriptor"/>, or not a well-formed manifest; or it says that it is something else than its descriptor, or is an
    /// index and an image in one, which two readers would understand in two ways (CVE-2021-41190).
    /// </exception>
    public static ManifestContent Parse(ReadOnlySpan<byte> content, Descriptor descriptor)
    {
        descriptor.RequireContent(content);
        var json = StrictJson.Parse(content, $"the manifest {descriptor.Digest}");
        if (json.Optional("mediaType") is { } own && own.Text() != descriptor.MediaType.ToString())
            throw own.Invalid($"is {Quoted.Text(own.Text())}: expected {descriptor.MediaType}, as its descriptor says");

        var manifest = new ManifestContent(json);
        if (manifest.Manifests.Count > 0 && (manifest.Config is not null || manifest.Layers.Count > 0))
            throw json.Invalid("has manifests, as an index has, and a config or layers, as an image has: expected one of them");
        return manifest;
    }

    private List<(Descriptor Descriptor, bool IsElsewhere)> ReadParts(string name) =>
        Json.Optional(name)?.Array(MaxParts).ConvertAll(part => (Descriptor.Read(part), part.Optional("urls")?.Array(MaxParts).Count > 0)) ?? [];
}
