using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>
/// A folder with files that decide about trust. A symbolic link in it is followed if it is relative, leads to a place in the folder, and belongs,
/// like everything on its path, to the same user. Kubernetes mounts ConfigMaps and Secrets this way: the files are links through <c>..data</c> into a
/// folder with a time in its name. Any other link is refused.
/// </summary>
/// <remarks>
/// A file is checked after it is opened, so the content is that of the checked file. Several reads are of one state of the folder only if <see
/// cref="HasChanged"/> is false at the end: Kubernetes replaces all files of a volume at once with another <c>..data</c>.
/// </remarks>
/// <param name="path">The folder, which need not exist.</param>
internal sealed class TrustedFolder(string path)
{
    private const int MaxLinks = 40; // The limit of the system.

    // The links on the paths that were read, with their targets; and the checked folders.
    private readonly Dictionary<string, string?> links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Path, FileStatus Status)> folders = new(StringComparer.Ordinal);

    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>Whether a followed link has a new target, or volumes have other files: the reads before and after may not belong together.</summary>
    public bool HasChanged => links.Any(link => new FileInfo(link.Key).LinkTarget != link.Value);

    /// <summary>Forgets the state, to read it again.</summary>
    public void Forget()
    {
        links.Clear();
        folders.Clear();
    }

    /// <summary>Whether a file exists, also as a dangling link; or exists in a volume but not yet, or no longer, among the visible files.</summary>
    public bool Has(string file)
    {
        var folder = System.IO.Path.GetDirectoryName(file)!; // Not null: a full path of a file.
        var data = System.IO.Path.Combine(folder, KubernetesVolume.Data);
        if (new FileInfo(data).LinkTarget is { } target)
            links.TryAdd(data, target);
        return System.IO.Path.Exists(file)
            || new FileInfo(file).LinkTarget is not null
            || System.IO.Path.Exists(System.IO.Path.Combine(data, System.IO.Path.GetFileName(file)));
    }

    /// <summary>Records the links on the path to something that is read by other means.</summary>
    public void Note(string place)
    {
        foreach (var step in PathSteps.Of(place).Where(step => step.Status.IsLink))
            links.TryAdd(step.Path, new FileInfo(step.Path).LinkTarget);
    }

    /// <summary>Resolves the folder of a path in this one; <see langword="null"/> if it does not exist.</summary>
    /// <exception cref="InvalidInputException">A link is not followed, or others can change the folder or its place.</exception>
    public string? FindFolder(string folder)
    {
        if (!FileStatus.IsKnown)
            throw TrustedPath.Uncheckable(folder);
        if (Find(folder, isFile: false) is not var (real, status))
            return null;
        if (status.IsFolder)
            TrustedPath.RequireFolder(real);
        return real;
    }

    /// <summary>Reads a file in this folder; <see langword="null"/> if it does not exist.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="maxBytes">The size limit in bytes.</param>
    /// <exception cref="InvalidInputException">A link is refused, other users can change the file or its place, or it is not a regular file or is
    /// larger than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public byte[]? Read(string file, int maxBytes)
    {
        if (!FileStatus.IsKnown)
            throw TrustedPath.Uncheckable(file);
        if (FindRoot() is null || FindParent(file) is not var (folder, above))
            return null;
        var real = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file));
        if (PlainFile.TryRead(real, maxBytes, out var opened) is { } content)
        {
            TrustedPath.Require(real, opened);
            TrustedPath.RequireFileIn(folder, above);
            return content;
        }

        // A link, or a case for which other methods have the error message.
        if (Find(file, isFile: true) is not var (found, status))
            return null;
        TrustedPath.RequireFile(found, status);
        return Open(found, maxBytes, status);
    }

    private static byte[] Open(string file, int maxBytes, FileStatus expected)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (FileStatus.OfDescriptor((int)stream.SafeFileHandle.DangerousGetHandle()) is { } opened && opened != expected)
            throw new InvalidInputException("it was replaced while it was being read: try again");
        return BoundedFile.ReadAll(stream, maxBytes);
    }

    // Resolves a path whose parts have all been checked; a folder is checked once.
    private (string Path, FileStatus Status)? Find(string place, bool isFile)
    {
        if (place == Path)
            return FindRoot();
        if (FindRoot() is not { } root || FindParent(place) is not var (folder, _))
            return null;
        return Follow(folder, System.IO.Path.GetFileName(place), root, isFile ? place : null);
    }

    private (string Path, FileStatus Status)? FindParent(string place)
    {
        var parent = System.IO.Path.GetDirectoryName(place)!; // Not null within the folder.
        if (folders.TryGetValue(parent, out var known))
            return known;
        if (Find(parent, isFile: false) is not { } found)
            return null;
        folders[parent] = found;
        return found;
    }

    // The folder itself may be reached through links, like any other trusted folder: its owner chose its place.
    private (string Path, FileStatus Status)? FindRoot()
    {
        if (folders.TryGetValue(Path, out var known))
            return known;
        PathStep? last = null;
        foreach (var step in PathSteps.Of(Path))
        {
            TrustedPath.Require(step.Path, step.Status);
            if (step.Status.IsLink)
                links.TryAdd(step.Path, new FileInfo(step.Path).LinkTarget);
            last = step;
        }

        if (last is not { IsLast: true, Status.IsLink: false } found)
            return null;
        folders[Path] = (found.Path, found.Status);
        return (found.Path, found.Status);
    }

    private (string Path, FileStatus Status)? Follow(string folder, string name, (string Path, FileStatus Status) root, string? asked)
    {
        var pending = new Stack<string>([name]);
        var (current, status) = (folder, root.Status);
        string? link = null;
        for (var followed = 0; pending.TryPop(out var part); )
        {
            if (part == "..")
            {
                current = System.IO.Path.GetDirectoryName(current) ?? current;
                RequireWithin(root.Path, current, link!, asked); // Not null: only a link has such a part.
                continue;
            }

            var next = System.IO.Path.Combine(current, part);
            if (FileStatus.FindLink(next) is not { } found)
                return link is null ? null : throw new InvalidInputException($"{Describe(link, asked)}, and its target does not exist");
            TrustedPath.Require(next, found);
            if (!found.IsLink)
            {
                if (link is not null && found.Owner != root.Status.Owner)
                    throw new InvalidInputException(
                        $"{Describe(link, asked)}, and {Quoted.Text(next)} does not belong to the user {root.Status.Owner}, "
                            + $"as {Quoted.Text(Path)} does"
                    );
                (current, status) = (next, found);
                continue;
            }

            link ??= next;
            var target = new FileInfo(next).LinkTarget;
            links.TryAdd(next, target);
            if (target is null || ++followed > MaxLinks)
                throw new InvalidInputException($"{Describe(link, asked)}, and its target does not exist");
            if (System.IO.Path.IsPathRooted(target) || found.Owner != root.Status.Owner)
                throw Outside(link, asked);
            foreach (var below in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(below => below != ".").Reverse())
                pending.Push(below);
        }

        if (link is not null)
            RequireOneOwner(root, current, link, asked);
        return (current, status);
    }

    // The path between the folder and the target of the link.
    private void RequireOneOwner((string Path, FileStatus Status) root, string real, string link, string? asked)
    {
        RequireWithin(root.Path, real, link, asked);
        for (var place = real; place.Length > root.Path.Length; place = System.IO.Path.GetDirectoryName(place)!)
        {
            if (FileStatus.FindLink(place) is not { } status || status.Owner != root.Status.Owner)
                throw new InvalidInputException(
                    $"{Describe(link, asked)}, and {Quoted.Text(place)} does not belong to the user {root.Status.Owner}, as {Quoted.Text(Path)} does"
                );
        }
    }

    private void RequireWithin(string root, string place, string link, string? asked)
    {
        if (place != root && !place.StartsWith(root == "/" ? root : root + "/", StringComparison.Ordinal))
            throw Outside(link, asked);
    }

    private InvalidInputException Outside(string link, string? asked) =>
        new($"{Describe(link, asked)} unless it is relative, leads to a place in {Quoted.Text(Path)}, and has the same owner");

    // A message about a file already names it.
    private static string Describe(string link, string? asked) =>
        $"{(link == asked ? "it" : Quoted.Text(link))} is a symbolic link, which is not allowed";
}

/// <summary>
/// Volumes of ConfigMaps, Secrets and projected sources as the kubelet makes them: all files are in a folder with a time in its name, the target of
/// the link <c>..data</c>, and the visible files are links through that.
/// </summary>
internal static class KubernetesVolume
{
    /// <summary>The link to the folder with the files.</summary>
    public const string Data = "..data";

    /// <summary>
    /// Whether a folder is such a volume, on a read-only mount. Its mode, which the kubelet leaves at 0777, lets everybody write to it, but the mount
    /// does not. On the node only root can reach the folder.
    /// </summary>
    public static bool IsReadOnly(string path, FileStatus status) =>
        status is { IsFolder: true, Owner: FileStatus.Root }
        && FileStatus.FindLink(System.IO.Path.Combine(path, Data)) is { IsLink: true, Owner: FileStatus.Root }
        && FileStatus.IsOnReadOnlyMount(path);
}
