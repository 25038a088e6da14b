using Nv2.Signing.Json;

namespace Nv2.Signing.Artifacts;

/// <summary>The source of a manifest's media type.</summary>
internal enum MediaTypeSource
{
    /// <summary>The manifest states it (<c>mediaType</c>).</summary>
    Stated,

    /// <summary>The caller states it, because the manifest does not.</summary>
    Given,

    /// <summary>It is derived from the structure of the manifest and the media types in it.</summary>
    Shown,

    /// <summary>It is unknown, and Docker's image manifest is assumed, as in the original.</summary>
    Assumed,
}

/// <summary>A manifest's descriptor, and the source of its media type.</summary>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Source">Where the media type comes from.</param>
/// <param name="Shown">The media type that the structure shows, or <see langword="null"/>.</param>
internal sealed record ManifestDescription(Descriptor Descriptor, MediaTypeSource Source, MediaType? Shown = null)
{
    /// <summary>Whether the content is a JSON object, as a manifest is.</summary>
    public bool IsObject { get; init; } = true;
}

/// <summary>The media type of a manifest by its content: the same bytes always give the same answer.</summary>
internal static class ManifestKind
{
    private const string DockerPrefix = "application/vnd.docker.";

    // Docker's manifests of schema 1, without a signature and with one.
    private static readonly string[] FirstSchemaTypes =
    [
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ];

    /// <summary>The media type that a manifest states, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">It is of Docker's schema 1; its media type is not valid; or the property's name differs only in
    /// case.</exception>
    public static MediaType? Stated(JsonNode manifest)
    {
        // JSON readers that ignore case would read such a property as the media type.
        foreach (var (name, value) in manifest.Properties())
        {
            if (name != Manifest.MediaTypeProperty && name.Equals(Manifest.MediaTypeProperty, StringComparison.OrdinalIgnoreCase))
                throw value.Invalid(
                    $"is not the property {Manifest.MediaTypeProperty}, but other programs read it as that: "
                        + $"expected only {Manifest.MediaTypeProperty}"
                );
        }

        var stated = manifest.OptionalOrNull(Manifest.MediaTypeProperty)?.Value(MediaType.Parse);
        RequireLaterSchema(manifest, stated);
        return stated;
    }

    /// <summary>
    /// The media type that the structure of a manifest shows: OCI does not require one in a manifest, Docker does. <see langword="null"/> if it shows
    /// none, or two.
    /// </summary>
    public static MediaType? Shown(JsonNode manifest)
    {
        // Some programs write an empty list as null.
        var (config, layers, manifests) = (manifest.OptionalOrNull("config"), manifest.Optional("layers"), manifest.OptionalOrNull("manifests"));
        return (manifests, config, layers) switch
        {
            // An OCI index may list Docker images too; Docker's lists only Docker images.
            ({ IsArray: true } list, null, null or { IsNull: true }) => list.Array(Manifest.MaxParts) is { Count: > 0 } below
            && below.TrueForAll(IsDocker)
                ? MediaType.DockerManifestList
                : MediaType.OciIndex,
            (null, { IsObject: true } one, { IsArray: true } or { IsNull: true }) when !IsDocker(one) => MediaType.OciManifest,
            (null, { IsObject: true }, { IsArray: true } parts) when parts.Array(Manifest.MaxParts).TrueForAll(IsDocker) => MediaType.DockerManifest,
            _ => null,
        };
    }

    private static bool IsDocker(JsonNode part) =>
        part.IsObject
        && part.OptionalOrNull(Manifest.MediaTypeProperty) is { IsText: true } type
        && type.Text().StartsWith(DockerPrefix, StringComparison.Ordinal);

    private static void RequireLaterSchema(JsonNode manifest, MediaType? stated)
    {
        var isFirst = stated is null
            ? manifest.OptionalOrNull("schemaVersion")?.IsNumber(1) == true || manifest.OptionalOrNull("fsLayers") is not null
            : FirstSchemaTypes.Contains(stated.ToString());
        if (isFirst)
        {
            throw new InvalidInputException(
                "the manifest is of Docker's schema 1, whose digest does not cover all of it: expected schema 2 or OCI; "
                    + "pull the image with docker 1.10 or later and push it again"
            );
        }
    }
}
