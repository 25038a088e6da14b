using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage;

/// <summary>A manifest in a tree.</summary>
/// <param name="Manifest">Its descriptor.</param>
/// <param name="Content">Its content; <see langword="null"/> if it is of an unknown kind, has a digest that cannot be checked, is missing, or was
/// found before.</param>
/// <param name="Depth">The number of indexes above it.</param>
/// <param name="IsRepeated">Whether it was found before. The manifests below it are not repeated.</param>
internal sealed record ManifestNode(Descriptor Manifest, Manifest? Content, int Depth, bool IsRepeated)
{
    /// <summary>The manifests of an index, each once; none for any other manifest. A layout may lack some of them.</summary>
    public IEnumerable<Descriptor> Below => Content?.Manifests.Select(below => below.Descriptor).Distinct() ?? [];
}

/// <summary>The manifests below image indexes, at any depth.</summary>
internal static class ManifestTree
{
    /// <summary>The maximum nesting of indexes.</summary>
    public const int MaxDepth = 16;

    /// <summary>Makes sure that a manifest exists and matches its descriptor.</summary>
    /// <exception cref="InvalidInputException">It does not.</exception>
    public static Descriptor Require(IArtifactStore store, Descriptor manifest)
    {
        manifest.RequireContent(store.ReadManifest(manifest));
        return manifest;
    }

    /// <summary>Lists an artifact and the existing manifests below it, each once, an index before its entries.</summary>
    /// <exception cref="InvalidInputException">A manifest does not match its descriptor, or has a digest that cannot be checked, or indexes are
    /// nested too deep.</exception>
    public static IReadOnlyList<Descriptor> List(IArtifactStore store, Descriptor artifact)
    {
        var manifests = Walk(store, artifact).Where(node => !node.IsRepeated).Select(node => node.Manifest).ToList();
        manifests.ForEach(manifest => manifest.Digest.RequireSupported());
        return manifests;
    }

    /// <summary>
    /// Walks an artifact and the existing manifests below it, an index before its entries. A repeated manifest is reported as such: an index can list
    /// the same one any number of times, at every depth.
    /// </summary>
    /// <exception cref="InvalidInputException">A manifest does not match its descriptor, or indexes are nested too deep.</exception>
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

    /// <summary>Walks all manifests below entry points, each once, the nearest first. Missing manifests are included without content, and so is
    /// content of an unknown kind.</summary>
    /// <remarks>Content that is nested too deep is left out: another manifest must not prevent finding one.</remarks>
    /// <exception cref="InvalidInputException">An existing manifest does not match its descriptor.</exception>
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
