using System.Buffers;
using System.IO.Enumeration;
using System.Text.Json;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Transfer;

/// <summary>An OCI image layout with one manifest, to push from, in a temporary folder (OCI image-spec, image-layout.md).</summary>
internal sealed class TemporaryLayout : IDisposable
{
    private readonly ScratchFolder folder = new();

    /// <summary>Writes a layout.</summary>
    /// <param name="manifest">Its one entry.</param>
    /// <param name="blobs">The blobs of the manifest.</param>
    public TemporaryLayout(Blob manifest, params IEnumerable<Blob> blobs)
    {
        try
        {
            Write(manifest);
            foreach (var blob in blobs)
                Write(blob);
            WriteFile("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8);
            WriteFile("index.json", Index(manifest.Descriptor));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The folder.</summary>
    public string Path => folder.Path;

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();

    private static ReadOnlySpan<byte> Index(Descriptor manifest)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(content, JsonBytes.Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.OciIndex.ToString());
            writer.WriteStartArray("manifests");
            manifest.Write(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return content.WrittenSpan;
    }

    private void Write(Blob blob)
    {
        var digest = blob.Descriptor.Digest;
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "blobs", digest.Algorithm.Name));
        WriteFile(System.IO.Path.Combine("blobs", digest.Algorithm.Name, digest.Hex), blob.Content.Span);
    }

    private void WriteFile(string name, ReadOnlySpan<byte> content) => File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
}

/// <summary>A folder only for its owner, which is deleted with its content, also if a signal ends this program while a tool runs.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Create();
    private readonly Termination termination;
    private bool deleted;

    public ScratchFolder() => termination = new Termination(Delete);

    /// <summary>The folder's absolute path.</summary>
    public string Path => folder.FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        termination.Dispose();
        Delete();
    }

    private static DirectoryInfo Create()
    {
        try
        {
            return Directory.CreateTempSubdirectory("nv2-");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var place = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetTempPath());
            var reason =
                exception is UnauthorizedAccessException ? "permission denied"
                : Directory.Exists(place) ? Quoted.Printable(exception.Message)
                : "there is no such folder";
            var advice = Environment.GetEnvironmentVariable(ToolRunner.TemporaryVariable) is { Length: > 0 }
                ? $", set by {ToolRunner.TemporaryVariable}: expected a writable folder"
                : "";
            throw new InvalidInputException($"cannot make a temporary folder in {Quoted.Text(place)}: {reason}{advice}", exception);
        }
    }

    private void Delete()
    {
        if (Interlocked.Exchange(ref deleted, true))
            return;
        if (Directory.Exists(Path)) // A cleaner of temporary folders may have removed it.
            folder.Delete(recursive: true);
    }
}

/// <summary>The folders that a running program writes to, with limits for their content.</summary>
/// <param name="folders">Their paths.</param>
/// <param name="maxBytes">The limit for the bytes of all files together.</param>
/// <param name="maxEntries">The limit for the number of files and folders.</param>
internal sealed class WatchedFolders(IReadOnlyList<string> folders, long maxBytes, int maxEntries)
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = true,
    };

    /// <summary>The exceeded limit, or <see langword="null"/>.</summary>
    public string? FindExcess()
    {
        long bytes = 0;
        var entries = 0;
        foreach (var folder in folders.Where(Directory.Exists)) // A cleaner of temporary folders may have removed it.
        {
            foreach (var length in Lengths(folder))
            {
                bytes += length;
                if (bytes > maxBytes)
                    return $"wrote more than {maxBytes} bytes to {Quoted.Text(folder)}";
                if (++entries > maxEntries)
                    return $"made more than {maxEntries} files in {Quoted.Text(folder)}";
            }
        }

        return null;
    }

    // Files come and go meanwhile; a removed file counts as empty.
    private static FileSystemEnumerable<long> Lengths(string folder) =>
        new FileSystemEnumerable<long>(folder, (ref FileSystemEntry entry) => entry.IsDirectory ? 0 : entry.Length, Everything)
        {
            // A link has no content and is not followed.
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
}
