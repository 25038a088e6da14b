using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// The <c>manifest.json</c> of an archive that docker or podman saved: a list of images, each with the paths of its config and its layers. Some
/// programs load by it, and not by the index of the layout beside it.
/// </summary>
internal static class DockerArchive
{
    private const string What = ImageLayout.DockerManifestFileName;
    private const string OldWhat = ImageLayout.DockerRepositoriesFileName;
    private const int MaxImages = 1024;
    private const int MaxLayers = 1024;
    private const int MaxNames = 1024;

    private static readonly Spelling Names = new("Config", "RepoTags", "Layers", "Parent", "LayerSources");

    /// <summary>Makes sure that nothing is loaded from a layout in docker's own ways but the images that were checked.</summary>
    /// <returns>The names in <c>manifest.json</c>, docker's short ones filled in, each with the positions in <paramref name="images"/> of those
    /// that it can be.</returns>
    /// <exception cref="InvalidInputException">A file names another config, other layers or another image, or is not what it must be.</exception>
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
                    $"is an image, with the config {Quoted.Text(config)}, that is not the one that was asked for: docker would load it all the same (save the images one by one)"
                );
            }

            names.AddRange(entry.OptionalOrNull("RepoTags")?.Array(MaxNames).Select(name => (Normal(name.Text()), (IReadOnlyList<int>)same)) ?? []);
        }

        return names;
    }

    // What the names stand for are ids of docker's own from before there were digests. So they may only repeat what manifest.json says.
    private static void RequireNames(ReadOnlySpan<byte> content, List<string> names)
    {
        foreach (var (repository, tags) in StrictJson.Parse(content, OldWhat).Properties())
        {
            foreach (var (tag, id) in tags.Properties())
            {
                if (!names.Contains(Normal($"{repository}:{tag}")))
                {
                    throw id.Invalid(
                        $"is an image with the name {Quoted.Text($"{repository}:{tag}")}, which {What} does not have: old versions of docker would load it all the same (save the images one by one)"
                    );
                }
            }
        }
    }

    /// <summary>A name with docker's defaults filled in; what is no reference stays as it is.</summary>
    internal static string Normal(string name) =>
        Reference.TryParse(name, out var reference, out _) ? $"{reference.Repository}:{reference.EffectiveTag}" : name;
}
