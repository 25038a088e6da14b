using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage.Layout;

/// <summary>A manifest below the index of a layout, with the properties for finding artifacts, referrers and names.</summary>
/// <param name="Manifest">Its descriptor.</param>
/// <param name="Depth">The number of indexes above it, without the layout's own.</param>
/// <param name="Subject">Its subject, or <see langword="null"/>.</param>
/// <param name="IsImage">Whether its config is that of an image, so that programs run it.</param>
/// <param name="Below">The entries of an index; none for other or missing manifests.</param>
internal sealed record LayoutNode(Descriptor Manifest, int Depth, Digest? Subject, bool IsImage, IReadOnlyList<LayoutEntry> Below)
{
    private static readonly string[] ImageConfigs = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

    public static LayoutNode Of(ManifestNode node) =>
        new(
            node.Manifest,
            node.Depth,
            node.Content?.Subject?.Digest,
            node.Content?.Config is { } config && ImageConfigs.Contains(config.MediaType.ToString()),
            node.Content is not { Manifests.Count: > 0 } index
                ? []
                : index.Json.Required("manifests").Array(int.MaxValue).ConvertAll(LayoutEntry.Read)
        );
}

/// <summary>The manifests below the index of a layout, the nearest first. They are walked once, as far as needed.</summary>
/// <param name="layout">The layout.</param>
internal sealed class LayoutNodes(ImageLayout layout)
{
    private readonly List<LayoutNode> walked = [];
    private IEnumerator<ManifestNode>? rest;

    /// <summary>All of them.</summary>
    /// <exception cref="InvalidInputException">A manifest in the layout does not match its descriptor.</exception>
    public IEnumerable<LayoutNode> All()
    {
        for (var i = 0; i < walked.Count || TryWalk(); i++)
            yield return walked[i];
    }

    // After an exception, an enumerator reports the end. A later caller must not take that for the end of the list.
    private bool TryWalk()
    {
        try
        {
            rest ??= ManifestTree.WalkNearestFirst(layout, layout.Index.Entries.Select(entry => entry.Descriptor)).Skip(walked.Count).GetEnumerator();
            if (!rest.MoveNext())
                return false;
            walked.Add(LayoutNode.Of(rest.Current));
            return true;
        }
        catch
        {
            rest = null;
            throw;
        }
    }
}
