using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>Who may read a file, where the system knows such a thing.</summary>
internal static class FileModes
{
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Whether somebody other than its owner may change the file. <see langword="false"/> for a file that does not exist.</summary>
    public static bool IsWritableByOthers(string path) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & OthersMayWrite) != 0;

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
        Directory.CreateDirectory(
            path,
            UnixFileMode.UserRead
                | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute
                | OthersMayRead
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherExecute
        );
    }

    /// <summary>Options for a new file that only its owner may read and write.</summary>
    public static FileStreamOptions Private(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}

/// <summary>The system does not let this user read or write a file.</summary>
/// <param name="message">What was tried, and with which file.</param>
/// <param name="innerException">What the system said, where it was asked.</param>
public sealed class AccessDeniedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A stream that a caller handed in cannot be read or written. It is not to be blamed on the file that was being worked on.</summary>
/// <param name="message">Which stream, and what the system said.</param>
internal sealed class StandardStreamException(string message) : IOException(message);

/// <summary>Turns what the system says of a file into one sentence that names the file.</summary>
internal static class FileErrors
{
    /// <summary>The exception to throw for <paramref name="exception"/>, which came up when <paramref name="action"/> (<c>read the key</c>) was
    /// tried.</summary>
    public static Exception Explain(string action, string path, Exception exception)
    {
        var attempt = $"cannot {action} {Quoted.Text(path)}";
        return exception switch
        {
            // The platform reports a folder opened as a file as denied.
            UnauthorizedAccessException when Directory.Exists(path) => new InvalidInputException($"{attempt}: it is a folder", exception),
            UnauthorizedAccessException => new AccessDeniedException($"{attempt}: permission denied", exception),
            FileNotFoundException => new InvalidInputException($"{attempt}: there is no such file", exception),
            DirectoryNotFoundException => new InvalidInputException($"{attempt}: there is no such folder", exception),
            PathTooLongException => new InvalidInputException($"{attempt}: the name is too long", exception),
            InvalidInputException => new InvalidInputException($"{attempt}: {exception.Message}", exception),
            ArgumentException => new InvalidInputException($"{attempt}: that is not a file name", exception),
            _ => new IOException($"{attempt}: {Quoted.Printable(exception.Message)}", exception),
        };
    }

    /// <summary>Whether <see cref="Explain"/> has something to say of <paramref name="exception"/>.</summary>
    public static bool IsAboutFile(Exception exception) =>
        exception
            is (IOException and not StandardStreamException)
                or UnauthorizedAccessException
                or InvalidInputException
                or ArgumentException
                or NotSupportedException;
}
