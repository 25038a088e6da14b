using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Artifacts;

/// <summary>
/// A manifest: of an image (OCI image-spec manifest.md, Docker schema 2) its config and layers, of an index (image-index.md, Docker's manifest list) the manifests
/// below it, of either the subject.
/// </summary>
public sealed class Manifest
{
    /// <summary>The largest manifest in bytes, as registries hold it (OCI distribution-spec, "Pushing Manifests": 4 MiB).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The most parts that a manifest may name; one of <see cref="MaxBytes"/> has room for no more than about as many.</summary>
    private const int MaxParts = 32 * 1024;
    private const string MediaTypeProperty = "mediaType";

    private static readonly HashSet<MediaType> KnownTypes =
    [
        MediaType.OciManifest, MediaType.OciIndex, MediaType.DockerManifest, MediaType.DockerManifestList,
        MediaType.Parse("application/vnd.oci.artifact.manifest.v1+json"), // Of the release candidates of image-spec 1.1; ORAS wrote them for a while.
    ];

    /// <summary>The properties of manifests, of indexes and of descriptors in them.</summary>
    internal static readonly Spelling Names = new(
        "schemaVersion", MediaTypeProperty, "artifactType", "config", "layers", "blobs", "manifests", "subject", "annotations", "digest", "size", "urls", "data", "platform");

    private Manifest(JsonNode json)
    {
        Names.Require(json);
        Json = json;
        Config = json.Optional("config") is { } config ? Descriptor.ReadPart(config) : null;
        Layers = [.. ReadParts("layers"), .. ReadParts("blobs")];
        Manifests = ReadParts("manifests");
        Subject = json.Optional("subject") is { } subject ? Descriptor.ReadPart(subject) : null;
    }

    /// <summary>The whole manifest.</summary>
    public JsonNode Json { get; }

    /// <summary>The config, or <see langword="null"/> in an index.</summary>
    public Descriptor? Config { get; }

    /// <summary>The layers, and whether each names <c>urls</c> to download it from.</summary>
    public IReadOnlyList<(Descriptor Descriptor, bool HasUrls)> Layers { get; }

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<(Descriptor Descriptor, bool HasUrls)> Manifests { get; }

    /// <summary>The artifact that this one is about, or <see langword="null"/>.</summary>
    public Descriptor? Subject { get; }

    /// <summary>Whether a descriptor's content is a manifest of a kind whose parts are known.</summary>
    public static bool IsKnown(MediaType mediaType) => KnownTypes.Contains(mediaType);

    /// <summary>Reads a manifest, and holds it against its descriptor first.</summary>
    /// <exception cref="InvalidInputException">
    /// The bytes are not those of <paramref name="descriptor"/>, or not a well-formed manifest; or it says that it is something else than its descriptor, or is an
    /// index and an image in one, which two readers would understand in two ways (CVE-2021-41190), or has a property whose name differs from a known one in case alone.
    /// </exception>
    public static Manifest Parse(ReadOnlySpan<byte> content, Descriptor descriptor)
    {
        descriptor.RequireContent(content);
        var json = StrictJson.Parse(content, $"the manifest {descriptor.Digest}");
        if (json.Optional(MediaTypeProperty) is { } own && own.Text() != descriptor.MediaType.ToString())
            throw own.Invalid($"is {Quoted.Text(own.Text())}: expected {descriptor.MediaType}, as its descriptor says");
        var manifest = new Manifest(json);
        if (manifest.Manifests.Count > 0 && (manifest.Config is not null || manifest.Layers.Count > 0))
            throw json.Invalid("has manifests, as an index has, and a config or layers, as an image has: expected one of them");
        return manifest;
    }

    /// <summary>Describes a manifest by its SHA-256 digest, its size, and what it says it is.</summary>
    /// <param name="content">The exact bytes. Content that is no JSON object is described too, in constant memory, whatever its size.</param>
    /// <param name="mediaType">What it is if it does not say so itself; <see langword="null"/> for the original's default, Docker's image manifest.</param>
    /// <exception cref="InvalidInputException">
    /// The content begins like a JSON object and is not one, has an invalid <c>mediaType</c>, or is larger than <see cref="MaxBytes"/>.
    /// </exception>
    public static Descriptor Describe(Stream content, MediaType? mediaType)
    {
        var start = ReadStart(content, out var isAll);
        var own = start.IsEmpty || !MayBeObject(start) ? null : ReadMediaType(StrictJson.Parse(start, "the manifest"));
        var (digest, size) = isAll
            ? (Digest.Compute(DigestAlgorithm.Sha256, start), start.Length)
            : Digest.Compute(DigestAlgorithm.Sha256, start, content);
        return new Descriptor(own ?? mediaType ?? MediaType.DockerManifest, digest, size);
    }

    /// <summary>Describes a manifest of which nothing is known but the bytes: by what it says it is, or else by its structure.</summary>
    /// <param name="content">Its exact bytes.</param>
    /// <param name="expected">The digest by which it was asked for, or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">The content has another digest, or is not a manifest, or neither says nor shows of what kind it is.</exception>
    public static Descriptor DescribeByContent(ReadOnlySpan<byte> content, Digest? expected)
    {
        var digest = Digest.Compute(expected?.Algorithm ?? DigestAlgorithm.Sha256, content);
        if (expected is not null && digest != expected)
            throw new InvalidInputException($"the registry's answer for {expected} has another digest, {digest}");
        var manifest = StrictJson.Parse(content, "the manifest");
        return new Descriptor(ReadMediaType(manifest) ?? FindMediaType(manifest), digest, content.Length);
    }

    // The media type is optional in OCI's manifests and required in Docker's. What could be read as both kinds is neither.
    private static MediaType FindMediaType(JsonNode manifest)
    {
        var (config, layers) = (manifest.Optional("config") is not null, manifest.Optional("layers") is not null);
        return (manifest.Optional("manifests") is not null, config, layers) switch
        {
            (true, false, false) => MediaType.OciIndex,
            (false, true, true) => MediaType.OciManifest,
            _ => throw new InvalidInputException("the manifest does not say what it is: expected a mediaType, or an OCI image manifest or index"),
        };
    }

    // Readers of JSON that do not look at the case of names would take such a property for the media type.
    private static MediaType? ReadMediaType(JsonNode manifest)
    {
        foreach (var (name, value) in manifest.Properties())
        {
            if (name != MediaTypeProperty && name.Equals(MediaTypeProperty, StringComparison.OrdinalIgnoreCase))
                throw value.Invalid($"is not the property {MediaTypeProperty}, but other programs take it for that: expected {MediaTypeProperty} alone");
        }

        return manifest.Optional(MediaTypeProperty)?.Value(MediaType.Parse);
    }

    // All of what may be a JSON object, otherwise a beginning.
    private static ReadOnlySpan<byte> ReadStart(Stream content, out bool isAll)
    {
        const int FirstBuffer = 16 * 1024;
        var buffer = new byte[FirstBuffer];
        var length = 0;
        int read;
        while ((read = content.Read(buffer, length, buffer.Length - length)) > 0)
        {
            length += read;
            if (length < buffer.Length)
                continue;
            if (!MayBeObject(buffer))
                break;
            if (length > MaxBytes)
                throw new InvalidInputException($"the manifest is larger than {MaxBytes} bytes, the most that registries take");
            Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBytes + 1));
        }

        isAll = read == 0;
        return buffer.AsSpan(0, length);
    }

    private static bool MayBeObject(ReadOnlySpan<byte> start) => start.TrimStart(" \t\r\n"u8) is [] or [(byte)'{', ..];

    private List<(Descriptor Descriptor, bool HasUrls)> ReadParts(string name) =>
        Json.Optional(name)?.Array(MaxParts).ConvertAll(part => (Descriptor.ReadPart(part), part.Optional("urls")?.Array(MaxParts).Count > 0)) ?? [];
}
