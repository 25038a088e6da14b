using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Tar;

/// <summary>
/// An image layout in a tar, plain or compressed with gzip: also what <c>docker save</c> (Docker 25 and later) and <c>podman save --format oci-archive</c> write.
/// It is read once, from its beginning to its end, in constant memory: every blob is hashed as it goes by, and only what may be a manifest or a signature is kept.
/// </summary>
public sealed class LayoutTar : ImageLayout
{
    /// <summary>The most bytes of manifests and signatures that are kept.</summary>
    private const int MaxKeptBytes = 24 * 1024 * 1024;
    private const int MaxBlobs = 16 * 1024;
    private const int MaxMarkerBytes = 4096;
    private const int BufferBytes = 128 * 1024;

    /// <summary>The most that may follow the end of an archive, all of it zeros: programs fill the last record up, which tar makes 1 MiB long at most.</summary>
    private const int MaxTrailingBytes = 1024 * 1024;

    private readonly Dictionary<Digest, (Digest Digest, long Size, byte[]? Content)> blobs = [];
    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly Dictionary<string, byte[]> dockerFiles = [];
    private readonly Stream? copy;
    private long kept;
    private byte[]? marker;
    private byte[]? index;
    private string? lastName;

    private LayoutTar(Stream? copy) => this.copy = copy;

    /// <inheritdoc/>
    public override LayoutIndex Index => field ??= LayoutIndex.Parse(index);

    /// <summary>Reads a tar to its end.</summary>
    /// <param name="input">The tar.</param>
    /// <param name="output">
    /// Where to write the tar with what <see cref="Add(IReadOnlyList{SignatureArtifact})"/> adds, compressed if the input is; or <see langword="null"/>. All entries but the
    /// index go there as they come, byte for byte. Until the signatures are added there is no index in it: what was written before an exception is no layout.
    /// </param>
    /// <exception cref="InvalidInputException">It is not a tar of an image layout, or not a safe one: see the message.</exception>
    public static LayoutTar Read(Stream input, Stream? output = null)
    {
        var archive = new ArchiveInput(input);
        var layout = new LayoutTar(output is null || !archive.IsGzip ? output : new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true));
        try
        {
            layout.ReadEntries(archive);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or OverflowException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new InvalidInputException(layout.Explain(archive, exception), exception);
        }

        layout.RequireWhole();
        return layout;
    }

    /// <inheritdoc/>
    public override bool Contains(Digest digest) => blobs.ContainsKey(digest);

    /// <summary>Ends the output with signatures and an index that lists them.</summary>
    /// <exception cref="InvalidOperationException">There is no output.</exception>
    public override void Add(IReadOnlyList<SignatureArtifact> signatures)
    {
        using var writer = new TarWriter(copy ?? throw new InvalidOperationException("the tar was read without an output"), TarEntryFormat.Ustar, leaveOpen: copy is not GZipStream);
        var written = new HashSet<Digest>();
        foreach (var blob in signatures.SelectMany(signature => signature.Blobs.Append(signature.Manifest)))
        {
            if (!Contains(blob.Descriptor.Digest) && written.Add(blob.Descriptor.Digest))
                Write(writer, BlobPath(blob.Descriptor.Digest), blob.Content);
        }

        Write(writer, LayoutIndex.FileName, Index.With(signatures));
    }

    /// <inheritdoc/>
    protected internal override (Digest Digest, long Size) Measure(Digest digest) => (blobs[digest].Digest, blobs[digest].Size);

    /// <inheritdoc/>
    protected internal override byte[]? ReadDockerFile(string name) => dockerFiles.GetValueOrDefault(name);

    /// <inheritdoc/>
    protected override byte[] Read(Digest digest, int maxBytes)
    {
        var (_, size, content) = blobs[digest];
        if (size > maxBytes)
            throw new InvalidInputException($"{digest} has {size} bytes: expected {maxBytes} at most");
        return content ?? throw new InvalidInputException(
            $"{digest} was not kept: it does not look like a manifest or a signature, or the tar holds more than {MaxKeptBytes} bytes of those; as a folder the layout can be read");
    }

    private static void Write(TarWriter writer, string name, ReadOnlyMemory<byte> content) => writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(content.ToArray()),
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        ModificationTime = DateTimeOffset.UnixEpoch, // As docker and podman date the files of a layout.
    });

    // The platform's own words are for programmers, and differ from version to version.
    private string Explain(ArchiveInput archive, Exception exception)
    {
        var where = lastName is null ? "" : $", after its entry {Quoted.Text(lastName)}";
        return exception switch
        {
            _ when lastName is null => $"it is not a tar{(archive.IsGzip ? " in gzip" : "")}: expected a tar of an image layout, plain or compressed with gzip",
            EndOfStreamException => $"the tar ends in the middle{where}: it was cut off",
            InvalidDataException when archive.IsGzip => $"the gzip is damaged, or the tar in it is{where}",
            _ => $"the tar is damaged, or has an entry of an unknown kind{where}",
        };
    }

    private void ReadEntries(ArchiveInput archive)
    {
        var input = new TarInput(archive, copy);
        using var reader = new TarReader(input, leaveOpen: true);
        while (NextEntry(reader, input) is { } entry)
        {
            Read(entry, input);
            lastName = entry.Name;
        }

        if (!input.IsAtEndMarker)
            throw lastName is null ? new InvalidDataException() : new EndOfStreamException();
        RequireNothingMore(archive);
    }

    private static TarEntry? NextEntry(TarReader reader, TarInput input)
    {
        input.BeginHeader();
        return reader.GetNextEntry();
    }

    private void Read(TarEntry entry, TarInput input)
    {
        var name = NormalName(entry, input);
        input.BeginContent(entry.DataStream is null ? 0 : entry.Length, keep: name != LayoutIndex.FileName);
        switch (name)
        {
            case MarkerFileName:
                marker = ReadFile(entry, name, marker, MaxMarkerBytes);
                RequireVersion(marker);
                break;
            case LayoutIndex.FileName:
                index = ReadFile(entry, name, index, LayoutIndex.MaxBytes);
                break;
            case DockerManifestFileName or DockerRepositoriesFileName:
                dockerFiles[name] = ReadFile(entry, name, dockerFiles.GetValueOrDefault(name), Manifest.MaxBytes);
                break;
            default:
                if (IsFile(entry) && BlobName(name) is { } digest)
                    ReadBlob(entry, digest);
                else
                    Pass(entry);
                break;
        }
    }

    // Names as tar -C FOLDER . writes them begin with ./; every other name must be the only way to write it, since other programs take two ways for one name.
    private static string NormalName(TarEntry entry, TarInput input)
    {
        var shown = Quoted.Text(entry.Name);
        if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            throw new InvalidInputException($"its entry {shown} is a link to {Quoted.Text(entry.LinkName)}: expected files and folders only");
        if (!IsFile(entry) && entry.EntryType != TarEntryType.Directory)
            throw new InvalidInputException($"its entry {shown} is neither a file nor a folder: expected nothing else");
        var header = input.Header;
        if (header.Name != entry.Name || header.Size != entry.Length || header.Type != TypeOf(entry) || entry.Name.Contains('\0'))
            throw new InvalidInputException($"its entry {shown} has a header that other programs read in another way");
        if (IsFile(entry) ? entry.Name.EndsWith('/') : entry.Length > 0)
            throw new InvalidInputException($"its entry {shown} is a file to some programs and a folder to others");
        if (entry.Name.StartsWith('/'))
            throw new InvalidInputException($"its entry {shown} has an absolute name: expected one within the layout");

        var name = (entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name).TrimEnd('/');
        var parts = name.Split('/');
        if (parts.Contains(".."))
            throw new InvalidInputException($"its entry {shown} leads out of the layout");
        LayoutName.RequireSpelling(name);
        return name.Length == 0 || !parts.Any(part => part is "" or ".")
            ? name
            : throw new InvalidInputException($"its entry {shown} has a part that is empty or a dot: other programs take the name for another");
    }

    private static bool IsFile(TarEntry entry) => entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;

    private static char TypeOf(TarEntry entry) => entry.EntryType == TarEntryType.V7RegularFile ? '\0' : (char)entry.EntryType;

    private static Digest? BlobName(string name) =>
        name.Split('/') is [BlobsFolder, var algorithm, var hex] && Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : null;

    private static byte[] ReadFile(TarEntry entry, string name, byte[]? before, int maxBytes)
    {
        if (before is not null)
            throw new InvalidInputException($"it holds {name} twice");
        if (!IsFile(entry))
            throw new InvalidInputException($"its {name} is a folder");
        if (entry.DataStream is not { } stream)
            throw new InvalidInputException($"its {name} is empty");
        if (entry.Length > maxBytes)
            throw new InvalidInputException($"its {name} has {entry.Length} bytes: expected {maxBytes} at most");

        var content = new byte[entry.Length];
        stream.ReadExactly(content);
        return content;
    }

    private void ReadBlob(TarEntry entry, Digest digest)
    {
        if (blobs.Count == MaxBlobs)
            throw new InvalidInputException($"it holds more than {MaxBlobs} blobs");

        using var hash = IncrementalHash.CreateHash(digest.Algorithm.Hash);
        byte[]? content = null;
        var position = 0;
        foreach (var read in Chunks(entry))
        {
            var bytes = buffer.AsSpan(0, read);
            hash.AppendData(bytes);
            if (position == 0 && IsKept(entry.Length, bytes))
                content = new byte[entry.Length];
            if (content is not null)
                bytes.CopyTo(content.AsSpan(position));
            position = content is null ? 1 : position + read;
        }

        content ??= entry.Length == 0 ? [] : null;
        kept += content?.Length ?? 0;
        if (!blobs.TryAdd(digest, (Digest.Of(digest.Algorithm, hash), entry.Length, content)))
            throw new InvalidInputException($"it holds the blob {digest} twice");
    }

    // A layer that is small enough is told by its first bytes: gzip, zstd, or the magic of a tar.
    private bool IsKept(long size, ReadOnlySpan<byte> start)
    {
        const int TarMagic = 257;
        var isLayer = start is [0x1f, 0x8b, ..] or [0x28, 0xb5, 0x2f, 0xfd, ..] || (start.Length > TarMagic && start[TarMagic..].StartsWith("ustar"u8));
        return size <= Math.Max(Manifest.MaxBytes, SignatureFormats.MaxBytes) && kept + size <= MaxKeptBytes && !isLayer;
    }

    private void Pass(TarEntry entry)
    {
        foreach (var _ in Chunks(entry))
        {
            // Reading it is enough: what is kept goes to the output below this reader.
        }
    }

    private IEnumerable<int> Chunks(TarEntry entry)
    {
        var stream = entry.DataStream ?? Stream.Null; // As an empty file or a folder has it.
        var remaining = entry.Length;
        while (remaining > 0)
        {
            var read = stream.Read(buffer);
            if (read == 0)
                throw new EndOfStreamException();
            remaining -= read;
            yield return read;
        }
    }

    private void RequireNothingMore(ArchiveInput archive)
    {
        var trailing = 0;
        int read;
        while ((read = archive.Read(buffer)) > 0)
        {
            trailing += read;
            if (trailing > MaxTrailingBytes)
                throw new InvalidInputException($"more than {MaxTrailingBytes} bytes of zeros follow the end of the tar");
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
                throw new InvalidInputException("something follows the end of the tar: programs that read on would find another layout in it");
        }
    }

    private void RequireWhole()
    {
        if (index is null && dockerFiles.ContainsKey(DockerManifestFileName))
        {
            throw new InvalidInputException(
                "it is a docker archive without an image layout, as docker saved images before Docker 25: save it with a later one, or convert it with skopeo copy docker-archive:FILE oci-archive:FILE");
        }

        if (marker is null)
            throw new InvalidInputException($"it is not an image layout: it has no file {MarkerFileName}");
        if (index is null)
            throw new InvalidInputException($"it has no {LayoutIndex.FileName}");
    }
}
