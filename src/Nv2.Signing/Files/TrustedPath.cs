using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>
/// Files by which trust is decided: nobody but root and the user who runs this may be able to change them, or a folder or a link on the way to them,
/// up to <c>/</c>. The rule is that of sshd (StrictModes), and like it looks at modes and owners, not at access control lists. A sticky folder of
/// root, such as <c>/tmp</c>, may be on the way: nobody can put something in the place of what somebody else has there. Where the system knows no
/// owners, everything is refused.
/// </summary>
internal static class TrustedPath
{
    /// <summary>Makes sure of a regular file, as far as it is there.</summary>
    /// <exception cref="InvalidInputException">Others can change it or its place, or it is a pipe, a device or something else that is no
    /// file.</exception>
    public static void RequireFile(string path)
    {
        if (Walk(path) is { } found)
            RequireFile(found.Path, found.Status);
    }

    /// <summary>The same of a file on whose way everything has been made sure of, and that is no link.</summary>
    /// <exception cref="InvalidInputException">Others can change what is in its folder, or it is a pipe, a device or something else that is no
    /// file.</exception>
    internal static void RequireFile(string path, FileStatus status)
    {
        if (status is { IsRegular: false, IsFolder: false }) // What is made of a folder in the place of a file is for the reader to say.
            throw new InvalidInputException("it is not a regular file");
        var folder = Path.GetDirectoryName(path)!; // A file has one.
        if (FileStatus.FindLink(folder) is { } above)
            RequireFileIn(folder, above);
    }

    /// <summary>Makes sure that others cannot change which files are in a folder, also where they cannot change those that are there.</summary>
    /// <exception cref="InvalidInputException">They can.</exception>
    internal static void RequireFileIn(string folder, FileStatus status)
    {
        if (status.IsWritableByOthers)
            throw ChangeableByOthers(folder);
    }

    /// <summary>Makes sure of a program that is about to be run, and names it where it is not.</summary>
    /// <exception cref="InvalidInputException">Others can change it or its place.</exception>
    public static void RequireProgram(string path)
    {
        try
        {
            RequireFile(path);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the program {Quoted.Text(path)} is not run: {exception.Message}", exception);
        }
    }

    /// <summary>Makes sure of a folder, as far as it is there: nobody else may add files to it either.</summary>
    /// <exception cref="InvalidInputException">Others can change it or its place.</exception>
    public static void RequireFolder(string path)
    {
        if (Walk(path) is { Status.IsWritableByOthers: true } found && !KubernetesVolume.IsReadOnly(found.Path, found.Status))
            throw ChangeableByOthers(found.Path);
    }

    /// <summary>Makes sure of a folder and of each file in it. Folders below it are passed over.</summary>
    /// <exception cref="InvalidInputException">Others can change it, one of the files, or its place; or one of them is no regular file.</exception>
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

    // Every folder and link on the way, and what is at the end; null where that is not there.
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

    /// <summary>Makes sure of one folder, link or file on a way.</summary>
    /// <exception cref="InvalidInputException">Others can change it.</exception>
    internal static void Require(string path, FileStatus status)
    {
        if (!status.HasTrustedOwner)
        {
            throw new InvalidInputException(
                $"{Quoted.Text(path)} belongs to the user {status.Owner}, who could change what is trusted: expected root or the user who runs this; chown would change that"
            );
        }

        // The mode of a link means nothing.
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
        new($"others than the owner can change {Quoted.Text(path)}: chmod go-w would change that");
}

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

    /// <summary>The steps of a path, <c>/</c> first. They end where something is not there, or where the system would give up; there are none where
    /// it cannot tell.</summary>
    public static IEnumerable<PathStep> Of(string path)
    {
        if (FileStatus.FindLink(Root) is not { } root)
            yield break;

        var pending = new Stack<string>();
        Push(pending, Path.GetFullPath(path)); // As the platform does with every path that it opens.
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
/// Folders that others can write to, such as <c>/tmp</c>: what they put there must not choose which file is read or written (the idea of
/// protected_symlinks and protected_regular in proc_sys_fs(5), whatever the system's settings are). Where the system knows no owners, no link is
/// followed.
/// </summary>
internal static class SharedFolders
{
    /// <summary>Makes sure that no link on the way to a file to read is one that somebody else put into a shared folder.</summary>
    /// <exception cref="InvalidInputException">One is.</exception>
    public static void RequireOwnLinks(string path)
    {
        if (!FileStatus.IsReachedWithoutLinks(path))
            Walk(path, mayEndAtOthers: true);
    }

    /// <summary>Makes sure of the same for a file to write, and that what is there already is not somebody else's in a shared folder.</summary>
    /// <returns>Whether something is there, so that it is this user's or in no shared folder; what is put there from now on is not to be
    /// followed.</returns>
    /// <exception cref="InvalidInputException">It is.</exception>
    public static bool RequireOwnTarget(string path) => Walk(path, mayEndAtOthers: false);

    private static bool Walk(string path, bool mayEndAtOthers)
    {
        var isThere = false;
        if (path.Length == 0)
            return isThere; // Who opens it says that it is no name.
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
                    $"{Quoted.Text(step.Path)} belongs to the user {step.Status.Owner}, who put it into a folder that others can write to: expected a file of root or of the user who runs this"
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
