using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage.Layout;

/// <summary>A manifest that the index of a layout leads to, and of what it says no more than finding artifacts, referrers and names takes.</summary>
/// <param name="Manifest">Its descriptor.</param>
/// <param name="Depth">How many indexes are above it, but for that of the layout.</param>
/// <param name="Subject">What it refers to, or <see langword="null"/>.</param>
/// <param name="IsImage">Whether its config is that of an image, so that programs run it.</param>
/// <param name="Below">The entries of an index; none in any other manifest, nor in one that the layout does not hold.</param>
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

/// <summary>The manifests that the index of a layout leads to, those nearest first. They are walked once, as far as anybody asks.</summary>
/// <param name="layout">The layout.</param>
internal sealed class LayoutNodes(ImageLayout layout)
{
    private readonly List<LayoutNode> walked = [];
    private IEnumerator<ManifestNode>? rest;

    /// <summary>All of them.</summary>
    /// <exception cref="InvalidInputException">One that the layout holds is not what its descriptor says.</exception>
    public IEnumerable<LayoutNode> All()
    {
        for (var i = 0; i < walked.Count || TryWalk(); i++)
            yield return walked[i];
    }

    // After an exception an enumerator says that there is nothing more. Whoever asks again must not take that for the truth.
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
