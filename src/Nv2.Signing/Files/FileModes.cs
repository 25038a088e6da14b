using Nv2.Signing.Text;

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

    /// <summary>Options for a new file that everybody may read and only its owner may write, whatever the umask would leave to the group.</summary>
    public static FileStreamOptions OwnerWrites(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | OthersMayRead;
        return options;
    }

    /// <summary>Makes a folder, and those above it that are not there, to which only their owner may write.</summary>
    /// <exception cref="InvalidInputException">A file has one of the names.</exception>
    public static void CreateFolder(string path)
    {
        if (File.Exists(path))
            throw new InvalidInputException($"{Quoted.Text(path)} is a file: expected a folder");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // The platform gives the mode to the last one alone.
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } above && !Directory.Exists(above))
            CreateFolder(above);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | OthersMayRead | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    /// <summary>Options for a new file that only its owner may read and write.</summary>
    public static FileStreamOptions Private(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
