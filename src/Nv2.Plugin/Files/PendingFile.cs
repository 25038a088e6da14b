using System.Security.Cryptography;
using Nv2.Plugin.Platform;
using Nv2.Signing;

namespace Nv2.Plugin.Files;

/// <summary>A file that gets its name when all of it is written. Disposed without that, it is gone.</summary>
internal sealed class PendingFile : IDisposable
{
    private const int TemporaryNameLength = 32;

    private readonly string path;
    private readonly string temporary;
    private readonly bool overwrite;
    private bool isCommitted;

    public PendingFile(string path, FileStreamOptions options, bool overwrite)
    {
        if (Directory.Exists(path))
            throw new InvalidInputException("it is a folder");

        // In the same folder, so that the rename is one within a file system. (A Guid would need /dev/urandom, which a bare root folder has not.)
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new InvalidInputException("it is a folder");
        this.path = path;
        this.overwrite = overwrite;
        temporary = Path.Combine(folder, $".nv2-{RandomNumberGenerator.GetHexString(TemporaryNameLength, lowercase: true)}");
        options.Mode = FileMode.CreateNew;
        options.Access = FileAccess.Write;
        options.BufferSize = 0;
        Content = new FileStream(temporary, options);
    }

    /// <summary>What is written so far.</summary>
    public FileStream Content { get; }

    /// <summary>Gives the file its name.</summary>
    /// <param name="durable">Whether to wait until it is on the disk: a power failure then leaves the old file or the new one, and not a name with nothing in it.</param>
    public void Commit(bool durable)
    {
        if (durable)
            Content.Flush(flushToDisk: true);
        Content.Dispose();
        FileModes.Copy(path, temporary);
        File.Move(temporary, path, overwrite);
        isCommitted = true;
    }

    public void Dispose()
    {
        Content.Dispose();
        if (!isCommitted)
            File.Delete(temporary);
    }
}
