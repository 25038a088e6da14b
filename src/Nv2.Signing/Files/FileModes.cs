using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>File permissions, if the system has them.</summary>
internal static class FileModes
{
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Whether users other than the owner may change the file. <see langword="false"/> for a file that does not exist.</summary>
    public static bool IsWritableByOthers(string path) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & OthersMayWrite) != 0;

    /// <summary>Whether users other than the owner may read the file. Access control lists of Windows are not checked.</summary>
    public static bool IsReadableByOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMayRead) != 0;

    /// <summary>Gives a file the permissions of the file that it replaces, if there is one.</summary>
    public static void Copy(string from, string to)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(from))
            File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }

    /// <summary>Options for a new file that everybody may read and only its owner may write, whatever the umask is.</summary>
    public static FileStreamOptions OwnerWrites(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | OthersMayRead;
        return options;
    }

    /// <summary>Creates a folder and its missing parents, writable only by their owner.</summary>
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

        // The platform applies the mode only to the last folder.
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

/// <summary>The system does not permit this user to read or write a file.</summary>
/// <param name="message">The action and the file.</param>
/// <param name="innerException">The error of the system, if there is one.</param>
public sealed class AccessDeniedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A stream that a caller handed in cannot be read or written. The cause is not the file that is being processed.</summary>
/// <param name="message">The stream, and the error of the system.</param>
internal sealed class StandardStreamException(string message) : IOException(message);

/// <summary>Turns a file error of the system into one sentence that names the file.</summary>
internal static class FileErrors
{
    /// <summary>The exception to throw for <paramref name="exception"/> from <paramref name="action"/> (<c>read the key</c>).</summary>
    public static Exception Explain(string action, string path, Exception exception)
    {
        var attempt = $"cannot {action} {Quoted.Text(path)}";
        return exception switch
        {
            // The platform reports opening a folder as a file as access denied.
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

    /// <summary>Whether <see cref="Explain"/> handles <paramref name="exception"/>.</summary>
    public static bool IsAboutFile(Exception exception) =>
        exception
            is (IOException and not StandardStreamException)
                or UnauthorizedAccessException
                or InvalidInputException
                or ArgumentException
                or NotSupportedException;
}
