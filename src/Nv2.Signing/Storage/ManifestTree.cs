using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage;

/// <summary>The manifests below an image index.</summary>
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

    /// <summary>
    /// Lists an artifact and every manifest below it, each once, an index before what it lists. In a layout the manifests of an index that are not there are left out.
    /// </summary>
    /// <exception cref="InvalidInputException">A manifest is not what its descriptor says.</exception>
    public static IReadOnlyList<Descriptor> List(IArtifactStore store, Descriptor artifact)
    {
        var found = new List<Descriptor>();
        var seen = new HashSet<Digest>();
        Visit(artifact, 0);
        return found;

        void Visit(Descriptor manifest, int depth)
        {
            if (!seen.Add(manifest.Digest))
                return;
            if (depth > MaxDepth)
                throw new InvalidInputException($"indexes are nested more than {MaxDepth} deep");

            found.Add(manifest);
            foreach (var below in Below(store, manifest))
                Visit(below, depth + 1);
        }
    }

    /// <summary>Lists the manifests of an index; of a layout, those that are in it. Any other manifest has none.</summary>
    /// <exception cref="InvalidInputException">The manifest is not what its descriptor says.</exception>
    public static IReadOnlyList<Descriptor> Below(IArtifactStore store, Descriptor manifest)
    {
        var bytes = store.ReadManifest(manifest);
        manifest.RequireContent(bytes);
        return ManifestContent.IsKnown(manifest.MediaType)
            ? [.. ManifestContent.Parse(bytes, manifest).Manifests.Select(below => below.Descriptor).Where(below => store is not ImageLayout layout || layout.Contains(below.Digest))]
            : [];
    }
}
