using System.Buffers;
using System.Text.Json;
using Nv2.Plugin.Platform;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Transfer;

/// <summary>An OCI image layout with one manifest, to push from, in a folder that is gone afterwards (OCI image-spec, image-layout.md).</summary>
internal sealed class TemporaryLayout : IDisposable
{
    private readonly ScratchFolder folder = new();

    /// <summary>Writes a layout.</summary>
    /// <param name="manifest">Its one entry.</param>
    /// <param name="blobs">What the manifest is made of.</param>
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
        using (var writer = new Utf8JsonWriter(content, ReferrersList.WriterOptions))
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

/// <summary>A folder for its owner alone, which is deleted with all that is in it; also when this program is told to end while a tool runs.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nv2-");
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

    private void Delete()
    {
        if (Interlocked.Exchange(ref deleted, true))
            return;
        if (Directory.Exists(Path)) // A cleaner of temporary folders may have been here.
            folder.Delete(recursive: true);
    }
}
