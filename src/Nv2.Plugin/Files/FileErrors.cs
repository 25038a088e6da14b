using Nv2.Plugin.Platform;
using Nv2.Signing;

namespace Nv2.Plugin.Files;

/// <summary>Turns what the system says of a file into one sentence that names the file.</summary>
internal static class FileErrors
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
            _ => new IOException($"{attempt}: {Quoted.Text(exception.Message)[1..^1]}", exception),
        };
    }

    /// <summary>Whether <see cref="Explain"/> has something to say of <paramref name="exception"/>.</summary>
    public static bool IsAboutFile(Exception exception) =>
        exception is (IOException and not StandardStreamException) or UnauthorizedAccessException or InvalidInputException or ArgumentException or NotSupportedException;
}
