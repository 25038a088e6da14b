using System.Security.Cryptography;

namespace Nv2.Signing.Files;

/// <summary>A file that gets its name when all of it is written. Disposed without that, it is gone.</summary>
internal sealed class PendingFile : IDisposable
{
    private const int TemporaryNameLength = 32;
    private const string DefaultPrefix = ".nv2-";
    private readonly string path;
    private readonly string temporary;
    private readonly bool overwrite;
    private bool isCommitted;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The name that it is to get.</param>
    /// <param name="options">How it is made; its mode, access and buffer are set here.</param>
    /// <param name="overwrite">Whether it may take the place of a file of that name.</param>
    /// <param name="folder">Where it is until then, in the same file system; <see langword="null"/> for the folder of
    /// <paramref name="path"/>.</param>
    /// <param name="prefix">How its name begins until then.</param>
    /// <exception cref="InvalidInputException">The name is a folder's.</exception>
    public PendingFile(string path, FileStreamOptions options, bool overwrite, string? folder = null, string prefix = DefaultPrefix)
    {
        if (Directory.Exists(path))
            throw new InvalidInputException("it is a folder");
        folder ??= Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new InvalidInputException("it is a folder");
        this.path = path;
        this.overwrite = overwrite;

        // A Guid would need /dev/urandom, which a bare root folder has not.
        temporary = Path.Combine(folder, prefix + RandomNumberGenerator.GetHexString(TemporaryNameLength, lowercase: true));
        options.Mode = FileMode.CreateNew;
        options.Access = FileAccess.Write;
        options.BufferSize = 0;
        Content = new FileStream(temporary, options);
    }

    /// <summary>What is written so far.</summary>
    public FileStream Content { get; }

    /// <summary>Replaces a file, or makes it.</summary>
    /// <inheritdoc cref="PendingFile(string, FileStreamOptions, bool, string?, string)"/>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool durable, string? folder = null, string prefix = DefaultPrefix)
    {
        using var file = new PendingFile(path, new FileStreamOptions(), overwrite: true, folder, prefix);
        file.Content.Write(content);
        file.Commit(durable);
    }

    /// <summary>Gives the file its name, and the rights of the file whose place it takes.</summary>
    /// <param name="durable">Whether to wait until it is on the disk: a power failure then leaves the old file or the new one, and not a name with
    /// nothing in it.</param>
    public void Commit(bool durable)
    {
        if (durable)
            Content.Flush(flushToDisk: true);
        Content.Dispose();
        FileModes.Copy(path, temporary);
        File.Move(temporary, path, overwrite);
        isCommitted = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        if (!isCommitted)
            File.Delete(temporary);
    }
}
