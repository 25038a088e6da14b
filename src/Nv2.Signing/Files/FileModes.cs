namespace Nv2.Signing.Files;

/// <summary>Who may read a file, where the system knows such a thing.</summary>
internal static class FileModes
{
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Whether somebody other than its owner may change the file. <see langword="false"/> for a file that does not exist.</summary>
    public static bool IsWritableByOthers(string path) => !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & OthersMayWrite) != 0;

    /// <summary>Whether somebody other than its owner may read the file. Windows says so by access control lists, which are not looked at.</summary>
    public static bool IsReadableByOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMayRead) != 0;

    /// <summary>Gives a file the rights of the one whose place it is about to take, if there is one.</summary>
    public static void Copy(string from, string to)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(from))
            File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }

    /// <summary>Options for a new file that only its owner may read and write.</summary>
    public static FileStreamOptions Private(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
