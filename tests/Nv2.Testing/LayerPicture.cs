namespace Nv2.Testing;

/// <summary>The picture of an assembly's layers in docs/architecture.md: a mermaid flowchart with one line a layer, the highest first.</summary>
public static class LayerPicture
{
    private const string Arrow = " --> ";

    /// <summary>What the picture should show: each layer, the highest first, and the layers that it uses.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="root">The namespace that all layers are below, or are; it is cut off their names.</param>
    /// <param name="layers">The layers, the lowest first.</param>
    public static IReadOnlyList<string> Draw(NamespaceLayers assembly, string root, IReadOnlyList<string> layers)
    {
        return [.. layers.Reverse().Select(layer => string.Join(Arrow, new[] { Name(layer), Shown(layer) }.Where(part => part.Length > 0)))];

        string Shown(string layer) => string.Join(" & ", assembly.Uses[layer].Where(used => !IsReachedOtherwise(layer, used)).Select(Name));

        // An arrow that follows from others is left out.
        bool IsReachedOtherwise(string layer, string used) =>
            assembly.Uses[layer].Any(between => between != used && assembly.Below(between).Contains(used));

        string Name(string layer) => layer == root ? root : layer[(root.Length + 1)..];
    }

    /// <summary>What the picture shows.</summary>
    public static IReadOnlyList<string> Read(string root)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));
        var picture = page.Split($"%% {root}\n")[1].Split("```")[0];
        return picture.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
