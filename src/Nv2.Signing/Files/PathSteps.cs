namespace Nv2.Signing.Files;

/// <summary>A folder, a link or a file that the system goes through when it follows a path.</summary>
/// <param name="Folder">The folder that it is in.</param>
/// <param name="Path">Its path, in which nothing but its last part can be a link.</param>
/// <param name="Status">What it is.</param>
/// <param name="IsLast">Whether nothing follows, unless it is a link.</param>
internal readonly record struct PathStep(string Folder, string Path, FileStatus Status, bool IsLast);

/// <summary>Follows paths as the system does (path_resolution(7)).</summary>
internal static class PathSteps
{
    private const string Root = "/";
    private const int MaxLinks = 40; // As many as the system follows.

    /// <summary>The steps of a path, <c>/</c> first. They end where something is not there, or where the system would give up; there are none where it cannot tell.</summary>
    public static IEnumerable<PathStep> Of(string path)
    {
        if (FileStatus.FindLink(Root) is not { } root)
            yield break;

        var pending = new Stack<string>();
        Push(pending, Path.GetFullPath(path)); // As the platform does with every path that it opens.
        yield return new(Root, Root, root, pending.Count == 0);
        var current = Root;
        for (var links = 0; pending.TryPop(out var part);)
        {
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? Root;
                continue;
            }

            var next = Path.Combine(current, part);
            if (FileStatus.FindLink(next) is not { } found)
                yield break;
            yield return new(current, next, found, pending.Count == 0);
            if (!found.IsLink)
            {
                current = next;
                continue;
            }

            var target = new FileInfo(next).LinkTarget;
            if (target is null || ++links > MaxLinks)
                yield break;
            if (Path.IsPathRooted(target))
                current = Root;
            Push(pending, target);
        }
    }

    private static void Push(Stack<string> pending, string path)
    {
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse())
            pending.Push(part);
    }
}
