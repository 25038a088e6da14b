using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// The <c>manifest.json</c> of an archive from docker or podman: a list of images, with the paths of their configs and layers. Some programs load by
/// it, not by the index of the layout.
/// </summary>
internal static class DockerArchive
{
    private const string What = ImageLayout.DockerManifestFileName;
    private const string OldWhat = ImageLayout.DockerRepositoriesFileName;
    private const int MaxImages = 1024;
    private const int MaxLayers = 1024;
    private const int MaxNames = 1024;

    private static readonly Spelling Names = new("Config", "RepoTags", "Layers", "Parent", "LayerSources");

    /// <summary>Makes sure that docker's own files in a layout load only the checked images.</summary>
    /// <returns>The names in <c>manifest.json</c>, with docker's defaults, each with the positions in <paramref name="images"/> of the images that it
    /// can be.</returns>
    /// <exception cref="InvalidInputException">A file names another config, other layers or another image, or is not valid.</exception>
    public static IReadOnlyList<(string Name, IReadOnlyList<int> Images)> RequireOnly(
        ImageLayout layout,
        IReadOnlyList<(Descriptor Config, IReadOnlyList<Descriptor> Layers)> images
    )
    {
        var manifest = layout.ReadDockerFile(What);
        var names = manifest is null ? [] : RequireOnly(manifest, images);
        if (layout.ReadDockerFile(OldWhat) is { } repositories)
            RequireNames(repositories, [.. names.Select(named => named.Name)]);
        return names;
    }

    private static List<(string Name, IReadOnlyList<int> Images)> RequireOnly(
        ReadOnlySpan<byte> content,
        IReadOnlyList<(Descriptor Config, IReadOnlyList<Descriptor> Layers)> images
    )
    {
        var names = new List<(string, IReadOnlyList<int>)>();
        var byConfig = images.Index().ToLookup(image => ImageLayout.BlobPath(image.Item.Config.Digest));
        foreach (var entry in StrictJson.ParseArray(content, What, MaxImages))
        {
            Names.Require(entry);
            var config = entry.Required("Config").Text();
            var layers = entry.OptionalOrNull("Layers")?.Array(MaxLayers).ConvertAll(layer => layer.Text()) ?? [];
            var same = byConfig[config]
                .Where(image => layers.SequenceEqual(image.Item.Layers.Select(layer => ImageLayout.BlobPath(layer.Digest))))
                .Select(image => image.Index)
                .ToList();
            if (same.Count == 0)
            {
                throw entry.Invalid(
                    $"is an image with the config {Quoted.Text(config)}, which is not the requested one: "
                        + "docker would load it anyway (save the images one by one)"
                );
            }

            names.AddRange(entry.OptionalOrNull("RepoTags")?.Array(MaxNames).Select(name => (Normal(name.Text()), (IReadOnlyList<int>)same)) ?? []);
        }

        return names;
    }

    // These names refer to docker's own ids from before digests. So they may only repeat names in manifest.json.
    private static void RequireNames(ReadOnlySpan<byte> content, List<string> names)
    {
        foreach (var (repository, tags) in StrictJson.Parse(content, OldWhat).Properties())
        {
            foreach (var (tag, id) in tags.Properties())
            {
                if (!names.Contains(Normal($"{repository}:{tag}")))
                {
                    throw id.Invalid(
                        $"is an image with the name {Quoted.Text($"{repository}:{tag}")}, which {What} does not have: "
                            + "old versions of docker would load it anyway (save the images one by one)"
                    );
                }
            }
        }
    }

    /// <summary>A name with docker's defaults filled in; other text is not changed.</summary>
    internal static string Normal(string name) =>
        Reference.TryParse(name, out var reference, out _) ? $"{reference.Repository}:{reference.EffectiveTag}" : name;
}
