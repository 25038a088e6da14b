using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>
/// Files that decide about trust: only root and the current user may be able to change them, or a folder or a link on their path, up to <c>/</c>.
/// This is the rule of sshd (StrictModes); like sshd, it checks modes and owners, not access control lists. A sticky folder of root, such as
/// <c>/tmp</c>, may be on the path: only the owner can replace a file there. On systems without file owners, everything is refused.
/// </summary>
internal static class TrustedPath
{
    /// <summary>Checks a regular file, if it exists.</summary>
    /// <exception cref="InvalidInputException">Other users can change it or its place, or it is a pipe, a device or not a regular file.</exception>
    public static void RequireFile(string path)
    {
        if (Walk(path) is { } found)
            RequireFile(found.Path, found.Status);
    }

    /// <summary>The same for a file that is not a link, whose path has been checked.</summary>
    /// <exception cref="InvalidInputException">Other users can change its folder, or it is a pipe, a device or not a regular file.</exception>
    internal static void RequireFile(string path, FileStatus status)
    {
        if (status is { IsRegular: false, IsFolder: false }) // Reading reports a folder in place of a file.
            throw new InvalidInputException("it is not a regular file");
        var folder = Path.GetDirectoryName(path)!; // Not null: a file.
        if (FileStatus.FindLink(folder) is { } above)
            RequireFileIn(folder, above);
    }

    /// <summary>Makes sure that other users cannot add or remove files of a folder, even if they cannot change the existing files.</summary>
    /// <exception cref="InvalidInputException">They can.</exception>
    internal static void RequireFileIn(string folder, FileStatus status)
    {
        if (status.IsWritableByOthers)
            throw ChangeableByOthers(folder);
    }

    /// <summary>Checks a program before it runs; the error names it.</summary>
    /// <exception cref="InvalidInputException">Other users can change it or its place.</exception>
    public static void RequireProgram(string path)
    {
        try
        {
            RequireFile(path);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"refused to run the program {Quoted.Text(path)}: {exception.Message}", exception);
        }
    }

    /// <summary>Checks a folder, if it exists: other users may not add files to it either.</summary>
    /// <exception cref="InvalidInputException">Other users can change it or its place.</exception>
    public static void RequireFolder(string path)
    {
        if (Walk(path) is { Status.IsWritableByOthers: true } found && !KubernetesVolume.IsReadOnly(found.Path, found.Status))
            throw ChangeableByOthers(found.Path);
    }

    /// <summary>Checks a folder and each file in it. Subfolders are skipped.</summary>
    /// <exception cref="InvalidInputException">Other users can change it, one of the files, or its place; or a file is not a regular
    /// file.</exception>
    public static void RequireFiles(string folder)
    {
        RequireFolder(folder);
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFileSystemEntries(folder))
        {
            if (FileStatus.Find(file) is { IsFolder: true })
                continue;
            try
            {
                RequireFile(file);
            }
            catch (InvalidInputException exception)
            {
                throw new InvalidInputException($"{Quoted.Text(Path.GetFileName(file))}: {exception.Message}", exception);
            }
        }
    }

    // Every folder and link on the path, and the status of its end; null if that does not exist.
    private static PathStep? Walk(string path)
    {
        if (!FileStatus.IsKnown)
            throw Uncheckable(path);
        PathStep? last = null;
        foreach (var step in PathSteps.Of(path))
        {
            Require(step.Path, step.Status);
            last = step;
        }

        return last is { IsLast: true, Status.IsLink: false } ? last : null;
    }

    /// <summary>Checks one folder, link or file on a path.</summary>
    /// <exception cref="InvalidInputException">Other users can change it.</exception>
    internal static void Require(string path, FileStatus status)
    {
        if (!status.HasTrustedOwner)
        {
            throw new InvalidInputException(
                $"{Quoted.Text(path)} belongs to the user {status.Owner}, who could change what is trusted: "
                    + "expected root or the current user as its owner (chown)"
            );
        }

        // The mode of a link has no meaning.
        if (
            status is { IsLink: false, IsWritableByOthers: true }
            && !(status.IsFolder && (status.IsSticky || KubernetesVolume.IsReadOnly(path, status)))
        )
            throw ChangeableByOthers(path);
    }

    /// <summary>The refusal of a file on a system that does not say who can change it.</summary>
    internal static InvalidInputException Uncheckable(string path) =>
        new($"{Quoted.Text(path)} is not used: who can change it cannot be checked on this system, only on Linux");

    private static InvalidInputException ChangeableByOthers(string path) =>
        new($"{Quoted.Text(path)} can be changed by users other than its owner: expected no write permission for others (chmod go-w)");
}

/// <summary>A folder, a link or a file on the way of a path.</summary>
/// <param name="Folder">The folder that it is in.</param>
/// <param name="Path">Its path, in which only the last part can be a link.</param>
/// <param name="Status">Its status.</param>
/// <param name="IsLast">Whether it is the last, unless it is a link.</param>
internal readonly record struct PathStep(string Folder, string Path, FileStatus Status, bool IsLast);

/// <summary>Follows paths as the system does (path_resolution(7)).</summary>
internal static class PathSteps
{
    private const string Root = "/";
    private const int MaxLinks = 40; // The limit of the system.

    /// <summary>The steps of a path, beginning with <c>/</c>. They end at something that does not exist, or at the limit of the system; none if the
    /// system cannot tell.</summary>
    public static IEnumerable<PathStep> Of(string path)
    {
        if (FileStatus.FindLink(Root) is not { } root)
            yield break;

        var pending = new Stack<string>();
        Push(pending, Path.GetFullPath(path)); // The platform does this with every path that it opens.
        yield return new(Root, Root, root, pending.Count == 0);
        var current = Root;
        for (var links = 0; pending.TryPop(out var part); )
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

/// <summary>
/// Folders that other users can write to, such as <c>/tmp</c>: their links and files there must not choose which file is read or written (the idea of
/// protected_symlinks and protected_regular in proc_sys_fs(5), whatever the system's settings are). On systems without file owners, no link is
/// followed.
/// </summary>
internal static class SharedFolders
{
    /// <summary>Makes sure that no link on the path of an input file was put into a shared folder by another user.</summary>
    /// <exception cref="InvalidInputException">One is.</exception>
    public static void RequireOwnLinks(string path)
    {
        if (!FileStatus.IsReachedWithoutLinks(path))
            Walk(path, mayEndAtOthers: true);
    }

    /// <summary>The same for an output file; an existing file must not be another user's in a shared folder.</summary>
    /// <returns>Whether it exists, and so is this user's or in a private folder; a file that appears later must not be followed.</returns>
    /// <exception cref="InvalidInputException">It is.</exception>
    public static bool RequireOwnTarget(string path) => Walk(path, mayEndAtOthers: false);

    private static bool Walk(string path, bool mayEndAtOthers)
    {
        var isThere = false;
        if (path.Length == 0)
            return isThere; // Opening it reports the invalid name.
        if (!FileStatus.IsKnown)
        {
            RequireNoLink(path, mayEndAtOthers);
            return true; // It may be, and is no link.
        }

        foreach (var step in PathSteps.Of(path))
        {
            isThere |= step.IsLast;
            var chooses = step.Status.IsLink || (step is { IsLast: true, Status.IsFolder: false } && !mayEndAtOthers);
            if (chooses && !step.Status.HasTrustedOwner && FileStatus.FindLink(step.Folder) is { IsWritableByOthers: true })
            {
                throw new InvalidInputException(
                    $"{Quoted.Text(step.Path)} belongs to the user {step.Status.Owner}, who put it into a folder that other users can write to: "
                        + "expected a file of root or of the current user"
                );
            }
        }

        return isThere;
    }

    // Whose a link is, or a file that is about to be replaced, is not known.
    private static void RequireNoLink(string path, bool mayEndAtOthers)
    {
        for (var place = Path.GetFullPath(path); place is not null; place = Path.GetDirectoryName(place))
        {
            if (new FileInfo(place).LinkTarget is not null)
                throw new InvalidInputException(
                    $"{Quoted.Text(place)} is a symbolic link, and this system does not say whose: expected the path that it leads to"
                );
        }

        if (!mayEndAtOthers && FileModes.IsWritableByOthers(path))
            throw new InvalidInputException(
                $"others than the owner can change {Quoted.Text(path)}, and this system does not say whose it is: expected a name that is not taken"
            );
    }
}
