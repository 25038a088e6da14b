using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// Makes sure that programs that load a name from a layout get the artifact in question (docs/layouts.md, "One name, one image"). They use the
/// annotations of index entries, whatever the kind of the manifest, whether it is a referrer, and whether it exists.
/// </summary>
internal sealed class NameCheck
{
    private readonly ImageLayout layout;
    private readonly Descriptor? artifact;
    private readonly HashSet<Descriptor> parts;
    private readonly Dictionary<Descriptor, LayoutNode> nodes;
    private readonly Dictionary<string, Digest> referrersTags;
    private readonly Dictionary<(Descriptor Index, Digest Subject), bool> referrersLists = [];
    private readonly List<Descriptor> above = [];
    private readonly HashSet<Descriptor> seenAbove = [];
    private HashSet<Descriptor>? leadingToArtifact;

    private NameCheck(ImageLayout layout, Descriptor? artifact, IReadOnlySet<Descriptor> tree)
    {
        this.layout = layout;
        this.artifact = artifact;
        parts = [.. tree];
        nodes = layout.Nodes().ToDictionary(node => node.Manifest);
        referrersTags = tree.Select(manifest => manifest.Digest).Distinct().GroupBy(ReferrersTag.Of).ToDictionary(tag => tag.Key, tag => tag.First());
    }

    /// <summary>Makes the check.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="artifact">The artifact to use or sign.</param>
    /// <param name="tree">The artifact, and everything that its indexes list.</param>
    /// <returns>The named indexes above the artifact. Programs load them, so they must be signed by a trusted signer too.</returns>
    /// <exception cref="InvalidInputException">A name belongs to something else.</exception>
    public static IReadOnlyList<Descriptor> Make(ImageLayout layout, Descriptor artifact, IReadOnlySet<Descriptor> tree)
    {
        var check = new NameCheck(layout, artifact, tree);
        foreach (var entry in layout.Index.Entries)
            check.Require(entry, LayoutIndex.FileName);
        check.parts.UnionWith(check.Below(check.above));
        foreach (var node in layout.Nodes())
        {
            foreach (var entry in node.Below)
                check.Require(entry, $"the index {node.Manifest.Digest}");
        }

        return check.above;
    }

    /// <summary>Checks several images at once: every name belongs to one of them, or to a part of one.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="trees">The images, and everything that their indexes list.</param>
    /// <exception cref="InvalidInputException">A name belongs to something else.</exception>
    public static void Make(ImageLayout layout, IReadOnlySet<Descriptor> trees)
    {
        var check = new NameCheck(layout, artifact: null, trees);
        foreach (var entry in layout.Index.Entries)
            check.Require(entry, LayoutIndex.FileName);
        foreach (var node in layout.Nodes())
        {
            foreach (var entry in node.Below)
                check.Require(entry, $"the index {node.Manifest.Digest}");
        }
    }

    private void Require(LayoutEntry entry, string index)
    {
        if (!entry.Names.Any() || parts.Contains(entry.Descriptor) || IsReferrersList(entry))
            return;
        if (artifact is null)
        {
            throw new InvalidInputException(
                $"{index}: {entry.Path} gives the name {Quoted.Text(entry.Names.First())} to {entry.Descriptor.Digest}, "
                    + "which is not an image of the layout "
                    + "or a part of one: other programs would load it under that name"
            );
        }

        if (!(leadingToArtifact ??= LeadingTo(artifact)).Contains(entry.Descriptor))
        {
            throw new InvalidInputException(
                $"{index}: {entry.Path} gives the name {Quoted.Text(entry.Names.First())} to {entry.Descriptor.Digest}, "
                    + $"which is not {artifact.Digest} or a part of it: "
                    + "other programs would load it under that name (save the images one by one)"
            );
        }

        if (seenAbove.Add(entry.Descriptor))
            above.Add(entry.Descriptor);
    }

    // skopeo copies the index of the referrers of an artifact under its tag (distribution-spec 1.1, "Referrers Tag Schema"). It is allowed if it is
    // only that: each entry refers to the artifact, and none is an image to run.
    private bool IsReferrersList(LayoutEntry entry) =>
        string.IsNullOrEmpty(entry.ImageName)
        && referrersTags.TryGetValue(entry.RefName!, out var subject)
        && entry.Descriptor.MediaType == MediaType.OciIndex
        && IsReferrersList(entry.Descriptor, subject);

    // Any number of entries can be for one list.
    private bool IsReferrersList(Descriptor index, Digest subject)
    {
        if (!referrersLists.TryGetValue((index, subject), out var isOne))
        {
            isOne =
                nodes.TryGetValue(index, out var list)
                && list.Below.All(below =>
                    !nodes.TryGetValue(below.Descriptor, out var referrer)
                    || (referrer.Subject == subject && !referrer.IsImage)
                    || !layout.Holds(below.Descriptor)
                );
            referrersLists.Add((index, subject), isOne);
        }

        return isOne;
    }

    // The artifact, and the indexes that lead to it: in one walk, since there can be many with names, each of which leads to everything else.
    private HashSet<Descriptor> LeadingTo(Descriptor manifest)
    {
        var indexes = nodes
            .Values.SelectMany(node => node.Below.Select(below => (Index: node.Manifest, below.Descriptor)))
            .ToLookup(listed => listed.Descriptor, listed => listed.Index);
        var seen = new HashSet<Descriptor>();
        var waiting = new Stack<Descriptor>([manifest]);
        while (waiting.TryPop(out var next))
        {
            if (!seen.Add(next))
                continue;
            foreach (var index in indexes[next])
                waiting.Push(index);
        }

        return seen;
    }

    // The manifests of indexes, including the indexes.
    private HashSet<Descriptor> Below(IEnumerable<Descriptor> indexes)
    {
        var seen = new HashSet<Descriptor>();
        var waiting = new Stack<Descriptor>(indexes);
        while (waiting.TryPop(out var next))
        {
            if (!seen.Add(next) || !nodes.TryGetValue(next, out var node))
                continue;
            foreach (var below in node.Below)
                waiting.Push(below.Descriptor);
        }

        return seen;
    }
}
