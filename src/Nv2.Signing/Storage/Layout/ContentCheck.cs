using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage.Layout;

/// <summary>Makes sure that the content below an artifact's manifest in a layout has the digest and the size in its descriptors.</summary>
internal sealed class ContentCheck
{
    private readonly ImageLayout layout;
    private readonly bool withLayers;
    private readonly CheckedImages? before;
    private readonly HashSet<Descriptor> seen = [];
    private readonly HashSet<Descriptor> walked = [];
    private readonly List<Descriptor> missing = [];
    private readonly List<Descriptor> toMeasure = [];
    private readonly List<(Descriptor Config, IReadOnlyList<Descriptor> Layers)> images = [];
    private readonly HashSet<Descriptor> manifests = [];

    private ContentCheck(ImageLayout layout, bool withLayers, CheckedImages? before = null)
    {
        this.layout = layout;
        this.withLayers = withLayers;
        this.before = before;
    }

    /// <summary>The images of the artifact: for an index, those below it that are in the layout.</summary>
    internal IReadOnlyList<(Descriptor Config, IReadOnlyList<Descriptor> Layers)> Images => images;

    /// <summary>The manifests of an index that are missing from the layout: docker saves the platforms that it has.</summary>
    public IReadOnlyList<Descriptor> Missing { get; private set; } = [];

    /// <summary>
    /// The named indexes above the artifact, if the artifact has no name of its own. Programs load them by that name, so verifying the artifact
    /// requires verifying these too. Their content has been checked.
    /// </summary>
    public IReadOnlyList<Descriptor> NamedIndexes { get; private set; } = [];

    /// <summary>Checks an artifact.</summary>
    /// <param name="layout">Where it is.</param>
    /// <param name="artifact">Its manifest, an image's or an index.</param>
    /// <param name="withLayers">Whether the layers are read too (configs always are).</param>
    /// <exception cref="UncheckableContentException">
    /// A manifest is of an unknown kind, or a manifest or a layer has a digest of an unsupported algorithm. Without layers, the manifest's own bytes
    /// are enough.
    /// </exception>
    /// <exception cref="InvalidInputException">
    /// Content is missing or has another digest or size than its descriptor. Of an index, at least one manifest must exist, and layers with
    /// <c>urls</c> may be missing. Or other programs would load something else from the layout, under one of its names.
    /// </exception>
    public static ContentCheck Make(ImageLayout layout, Descriptor artifact, bool withLayers)
    {
        var check = new ContentCheck(layout, withLayers);
        try
        {
            check.WalkAll(artifact);
        }
        finally
        {
            // These errors take precedence over those of the walk.
            BlobMeasurement.Require(layout, check.toMeasure);
        }

        return check;
    }

    /// <summary>Checks one of several images, whose names are checked together (<see cref="ImageBundle"/>).</summary>
    /// <param name="layout">Where it is.</param>
    /// <param name="artifact">Its manifest.</param>
    /// <param name="withLayers">Whether the layers are read too.</param>
    /// <param name="before">The images that are already checked; this one is added to them after success.</param>
    /// <inheritdoc cref="Make" path="/exception"/>
    internal static ContentCheck MakeOne(ImageLayout layout, Descriptor artifact, bool withLayers, CheckedImages before)
    {
        var check = new ContentCheck(layout, withLayers, before);
        try
        {
            check.Walk(artifact);
            check.Missing = [.. check.missing];
        }
        finally
        {
            BlobMeasurement.Require(layout, check.toMeasure);
        }

        before.Blobs.UnionWith(check.seen);
        return check;
    }

    private void WalkAll(Descriptor artifact)
    {
        Walk(artifact);
        Missing = [.. missing];
        NamedIndexes = NameCheck.Make(layout, artifact, manifests);
        foreach (var index in NamedIndexes)
            Walk(index);
        DockerArchive.RequireOnly(layout, images);
    }

    private void Walk(Descriptor artifact)
    {
        foreach (var node in ManifestTree.Walk(layout, artifact, walked).Where(node => !node.IsRepeated))
        {
            before?.Count(node);
            Visit(node);
        }
    }

    private void Visit(ManifestNode node)
    {
        manifests.Add(node.Manifest);
        manifests.UnionWith(node.Below);
        if (withLayers)
            RequireCheckable(node);
        if (node.Content is not { } content)
        {
            if (withLayers)
                throw new UncheckableContentException(
                    $"{node.Manifest.Digest} has the unknown media type {node.Manifest.MediaType}: its content cannot be checked"
                );
            return;
        }

        if (content.Config is { } config)
        {
            Require(config, content);
            images.Add((config, [.. content.Layers.Select(layer => layer.Descriptor)]));
        }

        foreach (var (layer, hasUrls) in content.Layers)
        {
            if (withLayers && (!hasUrls || layout.Contains(layer.Digest)))
                Require(layer, content);
        }

        var checkable = node.Below.Where(below => below.Digest.Algorithm.IsSupported).ToList();
        var absent = checkable.FindAll(below => !layout.Contains(below.Digest));
        if (absent.Count > 0 && absent.Count == checkable.Count)
            throw new InvalidInputException($"no manifest of the index {node.Manifest.Digest} is in the layout: expected at least one platform");
        missing.AddRange(absent);
    }

    // Without layers, the manifest's list of them is enough; other programs compare them with it.
    private static void RequireCheckable(ManifestNode node)
    {
        var parts = node.Below.Append(node.Manifest).Concat(node.Content?.Layers.Select(layer => layer.Descriptor) ?? []);
        if (parts.FirstOrDefault(part => !part.Digest.Algorithm.IsSupported)?.Digest is { } digest)
            throw new UncheckableContentException($"{digest} cannot be checked: {DigestAlgorithm.Unsupported(digest.Algorithm.Name)}");
    }

    private void Require(Descriptor blob, Manifest owner)
    {
        blob.Digest.RequireSupported();
        if (before?.Blobs.Contains(blob) ?? false)
            return;
        if (!seen.Add(blob))
            return;
        if (!layout.Contains(blob.Digest))
        {
            if (owner.Inlined(blob.Digest) is not null)
            {
                seen.Remove(blob); // Another manifest may not have it inline.
                return;
            }

            throw new InvalidInputException($"the layout does not contain {blob.Digest} ({blob.MediaType})");
        }

        toMeasure.Add(blob);
    }
}

/// <summary>Images of a layout whose content was checked, one after the other.</summary>
internal sealed class CheckedImages
{
    /// <summary>
    /// The most manifests and layers of all images together. What is in many of them counts for each: a small layout can have thousands of indexes
    /// that each lead to the same thousands of manifests.
    /// </summary>
    public const int MaxParts = 256 * 1024;

    private long parts;

    /// <summary>The blobs of the images that are good: images share layers.</summary>
    public HashSet<Descriptor> Blobs { get; } = [];

    /// <summary>Counts what a manifest lists.</summary>
    /// <exception cref="InvalidInputException">There are too many.</exception>
    public void Count(ManifestNode node)
    {
        parts += 1 + node.Below.Count() + (node.Content?.Layers.Count ?? 0);
        if (parts > MaxParts)
        {
            throw new InvalidInputException(
                $"the images of the layout have more than {MaxParts} manifests and layers together: expected fewer, or one image at a time"
            );
        }
    }
}

/// <summary>
/// The content of an artifact cannot be checked, because a manifest is of an unknown kind, or a digest of an unsupported algorithm. It can be checked
/// without layers.
/// </summary>
/// <param name="message">The manifest or the digest.</param>
public sealed class UncheckableContentException(string message) : InvalidInputException(message);
