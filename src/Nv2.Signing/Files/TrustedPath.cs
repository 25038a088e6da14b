using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>
/// Files by which trust is decided: nobody but root and the user who runs this may be able to change them, or a folder or a link on the way to them, up to <c>/</c>. The
/// rule is that of sshd (StrictModes), and like it looks at modes and owners, not at access control lists. A sticky folder of root, such as <c>/tmp</c>, may be on the way:
/// nobody can put something in the place of what somebody else has there. Where the system knows no owners, nothing is checked.
/// </summary>
internal static class TrustedPath
{
    /// <summary>Makes sure of a regular file, as far as it is there.</summary>
    /// <exception cref="InvalidInputException">Others can change it or its place, or it is a pipe, a device or something else that is no file.</exception>
    public static void RequireFile(string path)
    {
        if (Walk(path) is not { } found)
            return;
        if (found.Status is { IsRegular: false, IsFolder: false }) // What is made of a folder in the place of a file is for the reader to say.
            throw new InvalidInputException("it is not a regular file");
        if (FileStatus.FindLink(found.Folder) is { IsWritableByOthers: true })
            throw ChangeableByOthers(found.Folder);
    }

    /// <summary>Makes sure of a folder, as far as it is there: nobody else may add files to it either.</summary>
    /// <exception cref="InvalidInputException">Others can change it or its place.</exception>
    public static void RequireFolder(string path)
    {
        if (Walk(path) is { Status.IsWritableByOthers: true } found)
            throw ChangeableByOthers(found.Path);
    }

    /// <summary>Makes sure of a folder and of each file in it. Folders below it are passed over.</summary>
    /// <exception cref="InvalidInputException">Others can change it, one of the files, or its place; or one of them is no regular file.</exception>
    public static void RequireFiles(string folder)
    {
        RequireFolder(folder);
        if (!FileStatus.IsKnown || !Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFileSystemEntries(folder))
        {
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
        PathStep? last = null;
        foreach (var step in PathSteps.Of(path))
        {
            Require(step.Path, step.Status);
            last = step;
        }

        return last is { IsLast: true, Status.IsLink: false } ? last : null;
    }

    private static void Require(string path, FileStatus status)
    {
        if (!status.HasTrustedOwner)
        {
            throw new InvalidInputException(
                $"{Quoted.Text(path)} belongs to the user {status.Owner}, who could change what is trusted: expected root or the user who runs this; chown would change that");
        }

        // The mode of a link means nothing.
        if (status is { IsLink: false, IsWritableByOthers: true } && !(status.IsFolder && status.IsSticky))
            throw ChangeableByOthers(path);
    }

    private static InvalidInputException ChangeableByOthers(string path) => new($"others than the owner can change {Quoted.Text(path)}: chmod go-w would change that");
}
