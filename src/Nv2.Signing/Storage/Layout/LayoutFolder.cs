using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// An image layout in a folder. It can be read while others change it: blobs appear whole, then the index that lists them is replaced in one step. An
/// interrupted process leaves the old state or the new one.
/// </summary>
public sealed class LayoutFolder : ImageLayout
{
    private const string TemporaryPrefix = ".nv2-layout-";
    private const string Changed = "the layout";
    private const int MaxMarkerBytes = 4096;

    private readonly string folder;
    private readonly LayoutPath paths;
    private readonly TimeSpan lockPatience;

    private LayoutFolder(string folder, LayoutPath paths, TimeSpan lockPatience, LayoutIndex index)
    {
        this.folder = folder;
        this.paths = paths;
        this.lockPatience = lockPatience;
        Index = index;
    }

    /// <inheritdoc/>
    internal override LayoutIndex Index { get; }

    /// <summary>Opens a layout.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="lockPatience">How long to wait for other processes that change it.</param>
    /// <exception cref="InvalidInputException">There is no layout, or one whose index cannot be read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static LayoutFolder Open(string folder, TimeSpan lockPatience)
    {
        SharedFolders.RequireOwnLinks(folder);
        var paths = new LayoutPath(folder);
        var marker = paths.Resolve(MarkerFileName);
        if (!HasFile(marker))
            throw new InvalidInputException($"it is not an image layout: it has no file {MarkerFileName}");
        RequireContent(marker, MarkerFileName);
        RequireSpelling(folder);
        using (var file = FileLock.OpenRead(marker, lockPatience, Changed))
            RequireVersion(ReadAll(file, MaxMarkerBytes, MarkerFileName));
        return new LayoutFolder(folder, paths, lockPatience, ReadIndex(paths));
    }

    /// <inheritdoc/>
    public override bool Contains(Digest digest) => HasFile(FileOf(digest));

    /// <inheritdoc/>
    public override void Add(IReadOnlyList<SignatureArtifact> signatures)
    {
        using var held = FileLock.Take(paths.Resolve(MarkerFileName), lockPatience, Changed);
        RemoveLeftovers();

        SharedFolders.RequireOwnTarget(Path.Combine(folder, LayoutIndex.FileName));

        // The current index: other processes may have added to it since this object was created.
        var index = ReadIndex(paths);
        foreach (var blob in signatures.SelectMany(signature => signature.Blobs.Append(signature.Manifest)))
            Store(blob);
        Replace(Path.Combine(folder, LayoutIndex.FileName), index.With(signatures));
    }

    /// <inheritdoc/>
    internal override bool IsReadToMeasure => true;

    /// <inheritdoc/>
    internal override (Digest Digest, long Size) Measure(Digest digest)
    {
        var path = FileOf(digest);
        if (IsEmpty(path))
        {
            return LayoutPath.IsEmptyFile(path)
                ? (Digest.Compute(digest.Algorithm, []), 0)
                : throw new InvalidInputException($"its {Path.GetFileName(path)} is not a file");
        }

        using var file = OpenFile(path);
        return Digest.Compute(digest.Algorithm, [], file);
    }

    /// <inheritdoc/>
    internal override byte[]? ReadDockerFile(string name) => HasFile(paths.Resolve(name)) ? ReadFile(paths, name, Manifest.MaxBytes) : null;

    /// <inheritdoc/>
    private protected override byte[] Read(Digest digest, int maxBytes) => ReadFile(paths, BlobPath(digest), maxBytes);

    private static LayoutIndex ReadIndex(LayoutPath paths) =>
        HasFile(paths.Resolve(LayoutIndex.FileName))
            ? LayoutIndex.Parse(ReadFile(paths, LayoutIndex.FileName, LayoutIndex.MaxBytes))
            : throw new InvalidInputException($"it has no {LayoutIndex.FileName}");

    private static byte[] ReadFile(LayoutPath paths, string name, int maxBytes)
    {
        var path = paths.Resolve(name);
        RequireContent(path, name);
        using var file = OpenFile(path);
        return ReadAll(file, maxBytes, name);
    }

    private static byte[] ReadAll(FileStream file, int maxBytes, string name)
    {
        if (file.Length > maxBytes)
            throw new InvalidInputException($"its {name} has {file.Length} bytes: expected {maxBytes} at most");

        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    // Also checks that it can be read: otherwise File.Exists reports that it does not exist.
    private static bool HasFile(string path)
    {
        try
        {
            return (File.GetAttributes(path) & FileAttributes.Directory) == 0;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    // Reading a pipe in place of a file would block. The system reports it as empty, which no file of a layout is.
    private static void RequireContent(string path, string name)
    {
        if (IsEmpty(path))
            throw new InvalidInputException($"its {Path.GetFileName(name)} is empty, or not a file");
    }

    // On case-insensitive systems, and in shared folders of other systems, these are one file.
    private static void RequireSpelling(string folder)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
            LayoutName.RequireSpelling(Path.GetFileName(entry));
    }

    private static bool IsEmpty(string path) => new FileInfo(path).Length == 0;

    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private string FileOf(Digest digest) => paths.Resolve(BlobPath(digest));

    private void Store(Blob blob)
    {
        // The folder of the blob must be in the layout, not behind a link that leads out. The blob replaces a link, and is not written through it.
        var name = BlobPath(blob.Descriptor.Digest);
        var path = Path.Combine(paths.Resolve(Path.GetDirectoryName(name)!), Path.GetFileName(name)); // Not null: the name has three parts.
        if (
            new FileInfo(path).LinkTarget is null
            && HasFile(path)
            && !IsEmpty(path)
            && File.ReadAllBytes(path).AsSpan().SequenceEqual(blob.Content.Span)
        )
            return;

        var blobs = Path.GetDirectoryName(path)!; // Not null: the path is below the folder.
        RequireWritable(Path.GetDirectoryName(blobs)!, () => Directory.CreateDirectory(blobs)); // The same.
        Replace(path, blob.Content.Span);
    }

    // Written to the layout's own folder first, not to that of the blobs, where names are digests.
    private void Replace(string path, ReadOnlySpan<byte> content)
    {
        using var file = RequireWritable(folder, () => new PendingFile(path, new FileStreamOptions(), overwrite: true, folder, TemporaryPrefix));
        file.Content.Write(content);
        RequireWritable(
            Path.GetDirectoryName(path)!,
            () => // Not null: the path is below the folder.
            {
                file.Commit(durable: true);
                return path;
            }
        );
    }

    // The system does not name the denied operation: creating or replacing a file is writing to its folder.
    private T RequireWritable<T>(string place, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (UnauthorizedAccessException exception)
        {
            var name = Path.GetRelativePath(folder, place);
            throw new AccessDeniedException(
                $"permission denied to write to {(name == "." ? "its folder" : $"its folder {Quoted.Text(name)}")}",
                exception
            );
        }
    }

    // Only the holder of the lock writes, so a file with such a name is from an interrupted process.
    private void RemoveLeftovers()
    {
        foreach (var leftover in Directory.EnumerateFiles(folder, TemporaryPrefix + "*"))
            File.Delete(leftover);
    }
}
