using Nv2.Signing.Json;

namespace Nv2.Signing.Artifacts;

/// <summary>How the media type of a manifest is known.</summary>
internal enum MediaTypeSource
{
    /// <summary>The manifest states it (<c>mediaType</c>).</summary>
    Stated,

    /// <summary>The caller gives it, since the manifest does not state it.</summary>
    Given,

    /// <summary>The structure of the manifest and the media types in it show it.</summary>
    Shown,

    /// <summary>Nothing tells; Docker's image manifest is assumed, as by the original.</summary>
    Assumed,
}

/// <summary>A manifest's descriptor, and how its media type is known.</summary>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Source">Where the media type comes from.</param>
/// <param name="Shown">What the structure of the manifest shows, where it shows anything.</param>
internal sealed record ManifestDescription(Descriptor Descriptor, MediaTypeSource Source, MediaType? Shown = null)
{
    /// <summary>Whether the content is a JSON object, as a manifest is.</summary>
    public bool IsObject { get; init; } = true;
}

/// <summary>What a manifest is, by its content alone: the same answer for the same bytes, wherever they come from.</summary>
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
    /// <exception cref="InvalidInputException">It is of Docker's schema 1; or states something that is no media type, or under a name that differs in
    /// case alone.</exception>
    public static MediaType? Stated(JsonNode manifest)
    {
        // Readers of JSON that do not look at the case of names would take such a property for the media type.
        foreach (var (name, value) in manifest.Properties())
        {
            if (name != Manifest.MediaTypeProperty && name.Equals(Manifest.MediaTypeProperty, StringComparison.OrdinalIgnoreCase))
                throw value.Invalid(
                    $"is not the property {Manifest.MediaTypeProperty}, but other programs take it for that: expected {Manifest.MediaTypeProperty} alone"
                );
        }

        var stated = manifest.OptionalOrNull(Manifest.MediaTypeProperty)?.Value(MediaType.Parse);
        RequireLaterSchema(manifest, stated);
        return stated;
    }

    /// <summary>
    /// The media type that the structure of a manifest shows: OCI requires none in a manifest, Docker does. <see langword="null"/> where it shows
    /// none, or what is in it shows two.
    /// </summary>
    public static MediaType? Shown(JsonNode manifest)
    {
        // An empty list is null to some programs.
        var (config, layers, manifests) = (manifest.OptionalOrNull("config"), manifest.Optional("layers"), manifest.OptionalOrNull("manifests"));
        return (manifests, config, layers) switch
        {
            // An index of OCI may list Docker's images beside others; Docker's lists nothing else.
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
                "the manifest is one of Docker's schema 1, whose digest does not cover all of it: expected schema 2 or OCI; pull the image with docker 1.10 or later and push it again"
            );
        }
    }
}
