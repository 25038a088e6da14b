using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Artifacts;

/// <summary>
/// A manifest: of an image (OCI image-spec manifest.md, Docker schema 2) its config and layers, of an index (image-index.md, Docker's manifest list)
/// the manifests below it, of either the subject.
/// </summary>
internal sealed class Manifest
{
    /// <summary>The largest manifest in bytes, the limit of registries (OCI distribution-spec, "Pushing Manifests": 4 MiB).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The most parts that a manifest may name; a manifest of <see cref="MaxBytes"/> has room for about as many.</summary>
    internal const int MaxParts = 32 * 1024;
    internal const string MediaTypeProperty = "mediaType";

    private static readonly HashSet<MediaType> KnownTypes =
    [
        MediaType.OciManifest,
        MediaType.OciIndex,
        MediaType.DockerManifest,
        MediaType.DockerManifestList,
        MediaType.Parse("application/vnd.oci.artifact.manifest.v1+json"), // From the release candidates of image-spec 1.1; older ORAS wrote them.
    ];

    /// <summary>The properties of manifests, of indexes and of descriptors in them.</summary>
    internal static readonly Spelling Names = new(
        "schemaVersion",
        MediaTypeProperty,
        "artifactType",
        "config",
        "layers",
        "blobs",
        "manifests",
        "subject",
        "annotations",
        "digest",
        "size",
        "urls",
        "data",
        "platform"
    );

    private readonly Dictionary<Digest, ReadOnlyMemory<byte>> inlined = [];

    private Manifest(JsonNode json)
    {
        Names.Require(json);
        Json = json;
        Config = json.OptionalOrNull("config") is { } config ? ReadPart(config) : null;
        Layers = [.. ReadParts("layers"), .. ReadParts("blobs")];
        Manifests = ReadParts("manifests");
        Subject = json.OptionalOrNull("subject") is { } subject ? ReadPart(subject) : null;
    }

    /// <summary>The whole manifest.</summary>
    public JsonNode Json { get; }

    /// <summary>The config, or <see langword="null"/> in an index.</summary>
    public Descriptor? Config { get; }

    /// <summary>The layers, and whether each names <c>urls</c> to download it from.</summary>
    public IReadOnlyList<(Descriptor Descriptor, bool HasUrls)> Layers { get; }

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<(Descriptor Descriptor, bool HasUrls)> Manifests { get; }

    /// <summary>The artifact that this one refers to, or <see langword="null"/>.</summary>
    public Descriptor? Subject { get; }

    /// <summary>The inline content of a descriptor in this manifest (OCI image-spec, descriptor.md, <c>data</c>), or <see langword="null"/>. It has
    /// the descriptor's digest.</summary>
    public ReadOnlyMemory<byte>? Inlined(Digest digest) => inlined.TryGetValue(digest, out var content) ? content : (ReadOnlyMemory<byte>?)null;

    /// <summary>Whether a descriptor's content is a manifest of a known kind.</summary>
    public static bool IsKnown(MediaType mediaType) => KnownTypes.Contains(mediaType);

    /// <summary>Compares a manifest with its descriptor, and reads it.</summary>
    /// <exception cref="InvalidInputException">
    /// The bytes do not match <paramref name="descriptor"/>, or are not a well-formed manifest; or its media type differs from its descriptor's; or
    /// it is an index and an image in one, which two readers would understand differently (CVE-2021-41190); or a property name differs from a known
    /// one only in case.
    /// </exception>
    public static Manifest Parse(ReadOnlySpan<byte> content, Descriptor descriptor)
    {
        descriptor.RequireContent(content);
        var json = StrictJson.Parse(content, $"the manifest {descriptor.Digest}");
        if (json.OptionalOrNull(MediaTypeProperty) is { } own && own.Text() != descriptor.MediaType.ToString())
            throw own.Invalid($"is {Quoted.Text(own.Text())}: expected {descriptor.MediaType}, as its descriptor says");
        var manifest = new Manifest(json);
        if (manifest.Manifests.Count > 0 && (manifest.Config is not null || manifest.Layers.Count > 0))
            throw json.Invalid("has manifests, like an index, and a config or layers, like an image: expected only one of them");
        return manifest;
    }

    /// <summary>Describes a manifest by its SHA-256 digest, its size, and its media type.</summary>
    /// <param name="content">The exact bytes. Content that is not a JSON object is described too, in constant memory.</param>
    /// <param name="mediaType">The media type if the manifest does not state it; <see langword="null"/> to derive it from the structure.</param>
    /// <exception cref="InvalidInputException">
    /// The content begins like a JSON object but is not one, states an invalid <c>mediaType</c>, is of Docker's schema 1, or is larger than <see
    /// cref="MaxBytes"/>.
    /// </exception>
    public static ManifestDescription Describe(Stream content, MediaType? mediaType)
    {
        var start = ReadStart(content, out var isAll);
        var json = start.IsEmpty || !MayBeObject(start) ? (JsonNode?)null : StrictJson.Parse(start, "the manifest");
        var stated = json is null ? null : ManifestKind.Stated(json.Value);
        var shown = json is null ? null : ManifestKind.Shown(json.Value);
        var (digest, size) = isAll
            ? (Digest.Compute(DigestAlgorithm.Sha256, start), start.Length)
            : Digest.Compute(DigestAlgorithm.Sha256, start, content);
        return (stated, mediaType, shown) switch
        {
            ({ } known, _, _) => Of(known, MediaTypeSource.Stated),
            (_, { } known, _) => Of(known, MediaTypeSource.Given),
            (_, _, { } known) => Of(known, MediaTypeSource.Shown),
            _ => Of(MediaType.DockerManifest, MediaTypeSource.Assumed),
        };

        ManifestDescription Of(MediaType known, MediaTypeSource source) =>
            new(new(known, digest, size), source, shown) { IsObject = json is not null };
    }

    /// <summary>Describes a manifest from its bytes: by the media type that it states, or else by its structure.</summary>
    /// <param name="content">Its exact bytes.</param>
    /// <param name="expected">The requested digest, or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">The content has another digest, is not a manifest, is of Docker's schema 1, or neither states nor
    /// shows its media type.</exception>
    public static Descriptor DescribeByContent(ReadOnlySpan<byte> content, Digest? expected)
    {
        var digest = Digest.Compute(expected?.Algorithm ?? DigestAlgorithm.Sha256, content);
        if (expected is not null && digest != expected)
            throw new InvalidInputException($"digest mismatch: the registry returned {digest} for {expected}");
        var manifest = StrictJson.Parse(content, "the manifest");
        return new Descriptor(
            ManifestKind.Stated(manifest)
                ?? ManifestKind.Shown(manifest)
                ?? throw new InvalidInputException(
                    "the manifest does not state its media type: expected a mediaType, or the structure of an OCI or Docker image manifest or index"
                ),
            digest,
            content.Length
        );
    }

    // The whole content if it may be a JSON object, otherwise a beginning.
    private static ReadOnlySpan<byte> ReadStart(Stream content, out bool isAll)
    {
        const int FirstBuffer = 16 * 1024;
        var buffer = new byte[content.CanSeek ? (int)Math.Clamp(content.Length - content.Position + 1, 1, FirstBuffer) : FirstBuffer];
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
                throw new InvalidInputException($"the manifest is larger than {MaxBytes} bytes, the limit of registries");
            Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBytes + 1));
        }

        isAll = read == 0;
        return buffer.AsSpan(0, length);
    }

    private static bool MayBeObject(ReadOnlySpan<byte> start) => start.TrimStart(" \t\r\n"u8) is [] or [(byte)'{', ..];

    private Descriptor ReadPart(JsonNode part)
    {
        var descriptor = Descriptor.ReadPart(part);
        if (part.OptionalOrNull("data") is not { } data)
            return descriptor;

        var content = data.Base64(MaxBytes);
        if (!descriptor.Digest.Algorithm.IsSupported)
            return descriptor; // The digest cannot be checked, so the inline content is not used.
        try
        {
            descriptor.RequireContent(content);
        }
        catch (InvalidInputException exception)
        {
            throw data.Invalid($"does not match its descriptor: {exception.Message}", exception);
        }

        inlined[descriptor.Digest] = content;
        return descriptor;
    }

    private List<(Descriptor Descriptor, bool HasUrls)> ReadParts(string name) =>
        Json.OptionalOrNull(name)?.Array(MaxParts).ConvertAll(part => (ReadPart(part), part.OptionalOrNull("urls")?.Array(MaxParts).Count > 0)) ?? [];
}
