using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage;

/// <summary>A manifest as it was found in a tree.</summary>
/// <param name="Manifest">Its descriptor.</param>
/// <param name="Content">What it says; <see langword="null"/> where it is of a kind that is not known, or has a digest that cannot be checked, or is
/// not in the store, or was found before.</param>
/// <param name="Depth">How many indexes are above it.</param>
/// <param name="IsRepeated">Whether it was found before. What is below it is not repeated.</param>
public sealed record ManifestNode(Descriptor Manifest, Manifest? Content, int Depth, bool IsRepeated)
{
    /// <summary>The manifests of an index, each once; of any other manifest, none. A layout need not hold them.</summary>
    public IEnumerable<Descriptor> Below => Content?.Manifests.Select(below => below.Descriptor).Distinct() ?? [];
}

/// <summary>The manifests below image indexes, at any depth.</summary>
public static class ManifestTree
{
    /// <summary>How deep indexes may be nested.</summary>
    public const int MaxDepth = 16;

    /// <summary>Makes sure that a manifest is there and is what its descriptor says.</summary>
    /// <exception cref="InvalidInputException">It is not.</exception>
    public static Descriptor Require(IArtifactStore store, Descriptor manifest)
    {
        manifest.RequireContent(store.ReadManifest(manifest));
        return manifest;
    }

    /// <summary>Lists an artifact and every manifest below it that the store holds, each once, an index before what it lists.</summary>
    /// <exception cref="InvalidInputException">A manifest is not what its descriptor says, or has a digest that cannot be checked, or indexes are
    /// nested too deep.</exception>
    public static IReadOnlyList<Descriptor> List(IArtifactStore store, Descriptor artifact)
    {
        var manifests = Walk(store, artifact).Where(node => !node.IsRepeated).Select(node => node.Manifest).ToList();
        manifests.ForEach(manifest => manifest.Digest.RequireSupported());
        return manifests;
    }

    /// <summary>
    /// Walks an artifact and every manifest below it that the store holds, an index before what it lists. A manifest that is listed again is told as
    /// repeated: an index can list the same one any number of times, at every depth.
    /// </summary>
    /// <exception cref="InvalidInputException">A manifest is not what its descriptor says, or indexes are nested too deep.</exception>
    /// <param name="store">Where they are.</param>
    /// <param name="artifact">The artifact.</param>
    /// <param name="seen">What was found in walks before, to which this one adds; <see langword="null"/> where there were none.</param>
    public static IEnumerable<ManifestNode> Walk(IArtifactStore store, Descriptor artifact, HashSet<Descriptor>? seen = null)
    {
        seen ??= [];
        var waiting = new Stack<(Descriptor Manifest, int Depth)>([(artifact, 0)]);
        while (waiting.TryPop(out var next))
        {
            var (manifest, depth) = next;
            if (!seen.Add(manifest))
            {
                yield return new(manifest, null, depth, IsRepeated: true);
                continue;
            }

            if (depth > MaxDepth)
                throw new InvalidInputException($"indexes are nested more than {MaxDepth} deep");
            var node = Read(store, manifest, depth);
            yield return node;
            foreach (var below in node.Below.Where(store.Holds).Reverse())
                waiting.Push((below, depth + 1));
        }
    }

    /// <summary>Walks all manifests that entry points lead to, each once, those that are nearest first. What the store does not hold is among them,
    /// without content, and so is what is no manifest of a known kind.</summary>
    /// <remarks>What is nested too deep is left out: whoever looks for one manifest must not be stopped by another.</remarks>
    /// <exception cref="InvalidInputException">A manifest that the store holds is not what its descriptor says.</exception>
    internal static IEnumerable<ManifestNode> WalkNearestFirst(IArtifactStore store, IEnumerable<Descriptor> entries)
    {
        var seen = new HashSet<Descriptor>();
        var waiting = new Queue<(Descriptor Manifest, int Depth)>(entries.Select(entry => (entry, 0)));
        while (waiting.TryDequeue(out var next))
        {
            if (!seen.Add(next.Manifest))
                continue;
            var isRead = Manifest.IsKnown(next.Manifest.MediaType) && next.Manifest.Digest.Algorithm.IsSupported && store.Holds(next.Manifest);
            var node = isRead ? Read(store, next.Manifest, next.Depth) : new(next.Manifest, null, next.Depth, IsRepeated: false);
            yield return node;
            if (next.Depth == MaxDepth)
                continue;
            foreach (var below in node.Below)
                waiting.Enqueue((below, next.Depth + 1));
        }
    }

    private static ManifestNode Read(IArtifactStore store, Descriptor manifest, int depth)
    {
        if (!manifest.Digest.Algorithm.IsSupported)
            return new(manifest, null, depth, IsRepeated: false);
        var bytes = store.ReadManifest(manifest);
        if (Manifest.IsKnown(manifest.MediaType))
            return new(manifest, Manifest.Parse(bytes, manifest), depth, IsRepeated: false);
        manifest.RequireContent(bytes);
        return new(manifest, null, depth, IsRepeated: false);
    }
}
