using Nv2.Signing.Text;

namespace Nv2.Signing.Files;

/// <summary>The system does not let this user read or write a file.</summary>
/// <param name="message">What was tried, and with which file.</param>
/// <param name="innerException">What the system said, where it was asked.</param>
public sealed class AccessDeniedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A stream that a caller handed in cannot be read or written. It is not to be blamed on the file that was being worked on.</summary>
/// <param name="message">Which stream, and what the system said.</param>
public sealed class StandardStreamException(string message) : IOException(message);

/// <summary>Turns what the system says of a file into one sentence that names the file.</summary>
public static class FileErrors
{
    /// <summary>The exception to throw for <paramref name="exception"/>, which came up when <paramref name="action"/> (<c>read the key</c>) was tried.</summary>
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
        exception is (IOException and not StandardStreamException) or UnauthorizedAccessException or InvalidInputException or ArgumentException or NotSupportedException;
}
