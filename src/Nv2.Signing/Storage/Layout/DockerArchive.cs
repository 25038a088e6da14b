using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// The <c>manifest.json</c> of an archive that docker or podman saved: a list of images, each with the paths of its config and its layers. Some programs load by it, and not by
/// the index of the layout beside it.
/// </summary>
internal static class DockerArchive
{
    private const string What = ImageLayout.DockerManifestFileName;
    private const int MaxImages = 1024;
    private const int MaxLayers = 1024;

    /// <summary>Makes sure that nothing is loaded by it but the images that were checked.</summary>
    /// <exception cref="InvalidInputException">It names another config or other layers, or is not such a list.</exception>
    public static void RequireOnly(ReadOnlySpan<byte> content, IReadOnlyList<(Descriptor Config, IReadOnlyList<Descriptor> Layers)> images)
    {
        foreach (var entry in StrictJson.ParseArray(content, What, MaxImages))
        {
            var config = entry.Required("Config").Text();
            var layers = entry.Optional("Layers")?.Array(MaxLayers).ConvertAll(layer => layer.Text()) ?? [];
            if (!images.Any(image => config == ImageLayout.BlobPath(image.Config.Digest) && layers.SequenceEqual(image.Layers.Select(layer => ImageLayout.BlobPath(layer.Digest)))))
            {
                throw entry.Invalid(
                    $"is an image, with the config {Quoted.Text(config)}, that is not the one that was asked for: docker would load it all the same (save the images one by one)");
            }
        }
    }
}
