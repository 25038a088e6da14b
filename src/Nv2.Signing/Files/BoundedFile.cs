using System.Security.Cryptography;

namespace Nv2.Signing.Files;

/// <summary>Reads files up to a size limit, with an error message in one sentence.</summary>
internal static class BoundedFile
{
    /// <summary>Reads all of a file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="maxBytes">The size limit in bytes.</param>
    /// <param name="what">What it is, for messages: <c>the key</c>.</param>
    /// <exception cref="InvalidInputException">It does not exist, or is larger than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="AccessDeniedException">It may not be read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] Read(string path, int maxBytes, string what) => Read(path, what, stream => ReadAll(stream, maxBytes));

    /// <summary>Reads all of a regular file; a pipe or a device is refused without waiting for it.</summary>
    /// <inheritdoc cref="Read(string, int, string)"/>
    public static byte[] ReadRegular(string path, int maxBytes, string what) =>
        FileStatus.Find(path) is { IsRegular: false, IsFolder: false }
            ? throw FileErrors.Explain($"read {what}", path, new InvalidInputException("it is not a regular file"))
            : Read(path, maxBytes, what);

    /// <summary>Reads a file with <paramref name="read"/>; errors name the file and <paramref name="what"/> it is.</summary>
    /// <inheritdoc cref="Read(string, int, string)"/>
    public static T Read<T>(string path, string what, Func<Stream, T> read)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return read(stream);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain($"read {what}", path, exception);
        }
    }

    /// <summary>Reads a stream to its end. Other copies are zeroed, because it may be key material.</summary>
    /// <exception cref="InvalidInputException">It has more than <paramref name="maxBytes"/>.</exception>
    public static byte[] ReadAll(Stream stream, int maxBytes)
    {
        const int FirstPart = 16 * 1024;
        const int LargestPart = 1024 * 1024;
        var expected = stream is FileStream { CanSeek: true, Position: 0 } file ? file.Length : 0; // 0 for files that the system makes up.
        if (expected > FirstPart)
            return ReadWhole((FileStream)stream, maxBytes);
        var parts = new List<byte[]>();
        var part = new byte[expected > 0 ? (int)expected + 1 : FirstPart];
        var (length, before) = (0, 0);
        int read;
        while ((read = stream.Read(part, length - before, part.Length - (length - before))) > 0)
        {
            length += read;
            if (length > maxBytes)
                throw new InvalidInputException($"it is larger than {maxBytes} bytes");
            if (length - before < part.Length)
                continue;
            parts.Add(part);
            before = length;
            part = new byte[Math.Min(part.Length * 2, LargestPart)];
        }

        parts.Add(part);
        var content = new byte[length];
        var position = 0;
        foreach (var one in parts)
        {
            var bytes = one.AsSpan(0, Math.Min(one.Length, length - position));
            bytes.CopyTo(content.AsSpan(position));
            position += bytes.Length;
            CryptographicOperations.ZeroMemory(one);
        }

        return content;
    }

    // Where the length is known, all of it at once: it is in memory only once.
    private static byte[] ReadWhole(FileStream file, int maxBytes)
    {
        if (file.Length > maxBytes)
            throw new InvalidInputException($"it is larger than {maxBytes} bytes");
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return file.ReadByte() < 0 ? content : throw new IOException("it grew while it was read");
    }
}
