namespace Nv2.Plugin.Transfer;

/// <summary>
/// Finds programs. The platform's own search looks beside this program and in the current folder first: whoever can put a file there would choose what runs.
/// </summary>
internal static class ProgramSearch
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The absolute path of a program, or <see langword="null"/> when it is in none of the folders.</summary>
    /// <param name="name">The program's name, without a folder.</param>
    /// <param name="folders">The value of PATH. Entries that are relative, or empty (the current folder), are passed over.</param>
    public static string? Find(string name, string? folders)
    {
        var fileName = OperatingSystem.IsWindows() ? name + ".exe" : name;
        foreach (var folder in (folders ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Path.IsPathFullyQualified(folder))
                continue;
            var path = Path.Combine(folder, fileName);
            if (IsFile(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Executable) != 0))
                return path;
        }

        return null;
    }

    // A link to nothing exists, as the platform sees it.
    private static bool IsFile(string path) => File.Exists(path) && File.Exists(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
}
