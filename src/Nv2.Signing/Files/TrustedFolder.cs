using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>
/// A folder with files by which trust is decided. A symbolic link in it is followed where it is relative, leads to a place in the folder, and
/// belongs, as everything on its way
/// does, to one user: so Kubernetes mounts ConfigMaps and Secrets, whose files are links through <c>..data</c> into a folder with a time in its name.
/// Any other link is refused.
/// </summary>
/// <remarks>
/// What is read is what was checked: a file is compared with its status once it is open. What is read in several steps is of one state of the folder
/// as long as
/// <see cref="HasChanged"/> says so at the end: Kubernetes replaces all files of a volume at once, by another <c>..data</c>.
/// </remarks>
/// <param name="path">The folder, which need not be there.</param>
internal sealed class TrustedFolder(string path)
{
    private const int MaxLinks = 40; // As many as the system follows.

    // Links on the way to what was read, with where they led; and folders that have been checked.
    private readonly Dictionary<string, string?> links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Path, FileStatus Status)> folders = new(StringComparer.Ordinal);

    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>Whether a link that was followed leads elsewhere by now, or volumes have other files: what was read before may not belong to what was
    /// read after.</summary>
    public bool HasChanged => links.Any(link => new FileInfo(link.Key).LinkTarget != link.Value);

    /// <summary>Forgets what was read, so that it is read again.</summary>
    public void Forget()
    {
        links.Clear();
        folders.Clear();
    }

    /// <summary>Whether a file is there, also as a link that leads nowhere; or a volume has it, although it is not yet, or no longer, among the files
    /// that a user sees.</summary>
    public bool Has(string file)
    {
        var folder = System.IO.Path.GetDirectoryName(file)!; // A full path of a file has one.
        var data = System.IO.Path.Combine(folder, KubernetesVolume.Data);
        if (new FileInfo(data).LinkTarget is { } target)
            links.TryAdd(data, target);
        return System.IO.Path.Exists(file)
            || new FileInfo(file).LinkTarget is not null
            || System.IO.Path.Exists(System.IO.Path.Combine(data, System.IO.Path.GetFileName(file)));
    }

    /// <summary>Notes the links on the way to something that is read by other means.</summary>
    public void Note(string place)
    {
        foreach (var step in PathSteps.Of(place).Where(step => step.Status.IsLink))
            links.TryAdd(step.Path, new FileInfo(step.Path).LinkTarget);
    }

    /// <summary>Finds the folder that a path in this one leads to; <see langword="null"/> where it is not there.</summary>
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

    /// <summary>Reads a file in this folder; <see langword="null"/> where it is not there.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="maxBytes">The most bytes that it may have.</param>
    /// <exception cref="InvalidInputException">A link is not followed, others can change the file or its place, or it is no regular file, or larger
    /// than <paramref name="maxBytes"/>.</exception>
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

        // A link, or something that is for the messages of other means.
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

    // The place that a path leads to, all of whose parts have been checked; a folder is checked once.
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
        var parent = System.IO.Path.GetDirectoryName(place)!; // Within the folder it has one.
        if (folders.TryGetValue(parent, out var known))
            return known;
        if (Find(parent, isFile: false) is not { } found)
            return null;
        folders[parent] = found;
        return found;
    }

    // The folder itself may be reached by links, as any other that is trusted: its owner chose its place.
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
                RequireWithin(root.Path, current, link!, asked); // Only a link has such a part.
                continue;
            }

            var next = System.IO.Path.Combine(current, part);
            if (FileStatus.FindLink(next) is not { } found)
                return link is null ? null : throw new InvalidInputException($"{Describe(link, asked)}, and leads nowhere");
            TrustedPath.Require(next, found);
            if (!found.IsLink)
            {
                if (link is not null && found.Owner != root.Status.Owner)
                    throw new InvalidInputException(
                        $"{Describe(link, asked)}, and {Quoted.Text(next)} does not belong to the user {root.Status.Owner}, as {Quoted.Text(Path)} does"
                    );
                (current, status) = (next, found);
                continue;
            }

            link ??= next;
            var target = new FileInfo(next).LinkTarget;
            links.TryAdd(next, target);
            if (target is null || ++followed > MaxLinks)
                throw new InvalidInputException($"{Describe(link, asked)}, and leads nowhere");
            if (System.IO.Path.IsPathRooted(target) || found.Owner != root.Status.Owner)
                throw Outside(link, asked);
            foreach (var below in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(below => below != ".").Reverse())
                pending.Push(below);
        }

        if (link is not null)
            RequireOneOwner(root, current, link, asked);
        return (current, status);
    }

    // Of what is between the folder and where the link led to.
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
        new($"{Describe(link, asked)} unless it is relative, leads to a place in {Quoted.Text(Path)}, and belongs to the same user as that");

    // A message about a file names it already.
    private static string Describe(string link, string? asked) =>
        $"{(link == asked ? "it" : Quoted.Text(link))} is a symbolic link, which is not allowed";
}

/// <summary>
/// Volumes of ConfigMaps, Secrets and projected sources as the kubelet makes them: all files are in a folder with a time in its name, to which the
/// link <c>..data</c> leads, and
/// what a user sees are links through that.
/// </summary>
internal static class KubernetesVolume
{
    /// <summary>The link to the folder with the files.</summary>
    public const string Data = "..data";

    /// <summary>
    /// Whether a folder is such a volume, mounted for reading only. Everybody may write to it by its mode, which the kubelet leaves at 0777; nobody
    /// can by its mount. On the node
    /// the folder is below one that root alone can enter.
    /// </summary>
    public static bool IsReadOnly(string path, FileStatus status) =>
        status is { IsFolder: true, Owner: FileStatus.Root }
        && FileStatus.FindLink(System.IO.Path.Combine(path, Data)) is { IsLink: true, Owner: FileStatus.Root }
        && FileStatus.IsOnReadOnlyMount(path);
}
