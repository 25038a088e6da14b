using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>
/// Folders that others can write to, such as <c>/tmp</c>: what they put there must not choose which file is read or written (the idea of protected_symlinks and
/// protected_regular in proc_sys_fs(5), whatever the system's settings are). Where the system knows no owners, nothing is checked.
/// </summary>
internal static class SharedFolders
{
    /// <summary>Makes sure that no link on the way to a file to read is one that somebody else put into a shared folder.</summary>
    /// <exception cref="InvalidInputException">One is.</exception>
    public static void RequireOwnLinks(string path) => Walk(path, mayEndAtOthers: true);

    /// <summary>Makes sure of the same for a file to write, and that what is there already is not somebody else's in a shared folder.</summary>
    /// <exception cref="InvalidInputException">It is.</exception>
    public static void RequireOwnTarget(string path) => Walk(path, mayEndAtOthers: false);

    private static void Walk(string path, bool mayEndAtOthers)
    {
        if (path.Length == 0)
            return; // Who opens it says that it is no name.
        foreach (var step in PathSteps.Of(path))
        {
            var chooses = step.Status.IsLink || (step is { IsLast: true, Status.IsFolder: false } && !mayEndAtOthers);
            if (chooses && !step.Status.HasTrustedOwner && FileStatus.FindLink(step.Folder) is { IsWritableByOthers: true })
            {
                throw new InvalidInputException(
                    $"{Quoted.Text(step.Path)} belongs to the user {step.Status.Owner}, who put it into a folder that others can write to: expected a file of root or of the user who runs this");
            }
        }
    }
}
