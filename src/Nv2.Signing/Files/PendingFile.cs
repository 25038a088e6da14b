using System.Security.Cryptography;

namespace Nv2.Signing.Files;

/// <summary>A file that gets its name when it is complete. If it is disposed before, it is deleted.</summary>
internal sealed class PendingFile : IDisposable
{
    private const int TemporaryNameLength = 32;
    private const string DefaultPrefix = ".nv2-";
    private readonly string path;
    private readonly string temporary;
    private readonly bool overwrite;
    private bool isCommitted;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its final path.</param>
    /// <param name="options">How it is created; its mode, access and buffer are set here.</param>
    /// <param name="overwrite">Whether it may replace an existing file.</param>
    /// <param name="folder">The folder of the temporary file, in the same file system; <see langword="null"/> for the folder of <paramref
    /// name="path"/>.</param>
    /// <param name="prefix">The prefix of the temporary name.</param>
    /// <exception cref="InvalidInputException">The path is a folder.</exception>
    public PendingFile(string path, FileStreamOptions options, bool overwrite, string? folder = null, string prefix = DefaultPrefix)
    {
        if (Directory.Exists(path))
            throw new InvalidInputException("it is a folder");
        folder ??= Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new InvalidInputException("it is a folder");
        this.path = path;
        this.overwrite = overwrite;

        // A Guid would need /dev/urandom, which a minimal root file system lacks.
        temporary = Path.Combine(folder, prefix + RandomNumberGenerator.GetHexString(TemporaryNameLength, lowercase: true));
        options.Mode = FileMode.CreateNew;
        options.Access = FileAccess.Write;
        options.BufferSize = 0;
        Content = new FileStream(temporary, options);
    }

    /// <summary>The content so far.</summary>
    public FileStream Content { get; }

    /// <summary>Replaces or creates a file.</summary>
    /// <inheritdoc cref="PendingFile(string, FileStreamOptions, bool, string?, string)"/>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool durable, string? folder = null, string prefix = DefaultPrefix)
    {
        using var file = new PendingFile(path, new FileStreamOptions(), overwrite: true, folder, prefix);
        file.Content.Write(content);
        file.Commit(durable);
    }

    /// <summary>Gives the file its name, and the permissions of the file that it replaces.</summary>
    /// <param name="durable">Whether to wait until it is on the disk: after a power failure there is the old file or the new one, never an empty
    /// one.</param>
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
