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
/// An image layout in a tar, plain or compressed with gzip, also from <c>docker save</c> (Docker 25 and later) and <c>podman save --format
/// oci-archive</c>. It is read once from beginning to end, in constant memory: every blob is hashed, and only possible manifests and signatures are
/// kept.
/// </summary>
public sealed class LayoutTar : ImageLayout
{
    /// <summary>The most bytes of manifests and signatures that are kept.</summary>
    private const int MaxKeptBytes = 24 * 1024 * 1024;

    /// <summary>The most bytes of other files that are kept, because a blob may be a link to them.</summary>
    private const int MaxKeptAsideBytes = 8 * 1024 * 1024;
    private const int MaxBlobs = 16 * 1024;
    private const int MaxFiles = 2 * MaxBlobs;

    /// <summary>The most characters of a name: no system makes a file of a longer path (PATH_MAX).</summary>
    private const int MaxNameLength = 4096;

    /// <summary>The most characters of the names of all files.</summary>
    private const int MaxNamesLength = 4 * 1024 * 1024;

    private const int MaxMarkerBytes = 4096;
    private const int BufferBytes = 128 * 1024;

    /// <summary>The most bytes after the end of an archive, all zeros: programs fill up the last record, which tar makes up to 1 MiB long.</summary>
    private const int MaxTrailingBytes = 1024 * 1024;

    private readonly Dictionary<Digest, FileContent> blobs = [];
    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly Dictionary<string, byte[]> dockerFiles = [];
    private readonly Dictionary<string, FileContent?> files = new(StringComparer.Ordinal);

    // Names that share one file with another name.
    private readonly HashSet<string> linked = new(StringComparer.Ordinal);

    // Where hard links lead to from the folders that they are in.
    private readonly Dictionary<string, (string Name, string Target)> elsewhere = new(StringComparer.Ordinal);
    private readonly Stream? copy;
    private InvalidInputException? refusedLink;
    private long kept;
    private long keptAside;
    private long namesLength;
    private byte[]? marker;
    private byte[]? index;
    private string? lastName;

    private LayoutTar(Stream? copy) => this.copy = copy;

    /// <inheritdoc/>
    internal override LayoutIndex Index => field ??= LayoutIndex.Parse(index);

    /// <summary>Reads a tar to its end.</summary>
    /// <param name="input">The tar.</param>
    /// <param name="output">
    /// The output for the tar with the signatures of <see cref="Add(IReadOnlyList{SignatureArtifact})"/>, compressed if the input is; or <see
    /// langword="null"/>. All entries except the index are copied byte for byte. Until the signatures are added, the output has no index: after an
    /// exception it is not a layout.
    /// </param>
    /// <exception cref="InvalidInputException">It is not a tar of an image layout, or not a safe one.</exception>
    public static LayoutTar Read(Stream input, Stream? output = null)
    {
        var archive = new ArchiveInput(input);
        var layout = new LayoutTar(output is null || !archive.IsGzip ? output : new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true));
        try
        {
            layout.ReadEntries(archive);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
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
        using var writer = new TarWriter(
            copy ?? throw new InvalidOperationException("the tar was read without an output"),
            TarEntryFormat.Ustar,
            leaveOpen: copy is not GZipStream
        );
        var written = new HashSet<Digest>();
        foreach (var blob in signatures.SelectMany(signature => signature.Blobs.Append(signature.Manifest)))
        {
            if (!Contains(blob.Descriptor.Digest) && written.Add(blob.Descriptor.Digest))
                Write(writer, BlobPath(blob.Descriptor.Digest), blob.Content);
        }

        Write(writer, LayoutIndex.FileName, Index.With(signatures));
    }

    /// <inheritdoc/>
    internal override bool IsReadToMeasure => false; // All content was hashed while reading.

    /// <inheritdoc/>
    internal override (Digest Digest, long Size) Measure(Digest digest) => (blobs[digest].Digest, blobs[digest].Size);

    /// <inheritdoc/>
    internal override byte[]? ReadDockerFile(string name) => dockerFiles.GetValueOrDefault(name);

    /// <inheritdoc/>
    private protected override byte[] Read(Digest digest, int maxBytes)
    {
        var (size, content) = (blobs[digest].Size, blobs[digest].Content);
        if (size > maxBytes)
            throw new InvalidInputException($"{digest} has {size} bytes: expected {maxBytes} at most");
        return content
            ?? throw new InvalidInputException(
                $"{digest} was not kept: it does not look like a manifest or a signature, or the tar has more than {MaxKeptBytes} bytes of those; "
                    + "extract the layout to a folder to read it"
            );
    }

    private static void Write(TarWriter writer, string name, ReadOnlyMemory<byte> content) =>
        writer.WriteEntry(
            new UstarTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(content.ToArray()),
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
                ModificationTime = DateTimeOffset.UnixEpoch, // Like docker and podman.
            }
        );

    // The platform's messages are for programmers, and differ between versions.
    private string Explain(ArchiveInput archive, Exception exception)
    {
        var where = lastName is null ? "" : $", after its entry {Quoted.Text(lastName)}";
        return exception switch
        {
            _ when lastName is null => NotATar(archive),
            EndOfStreamException => $"the tar is truncated{where}",
            _ => $"the gzip or the tar in it is damaged{where}",
        };
    }

    private static string NotATar(ArchiveInput archive) =>
        $"it is not a tar{(archive.IsGzip ? " in gzip" : "")}: expected a tar of an image layout, plain or compressed with gzip";

    private void ReadEntries(ArchiveInput archive)
    {
        var input = new TarInput(archive, copy);
        while (ReadHeader(input, archive) is { } entry)
        {
            Read(entry, input);
            lastName = entry.Name;
        }

        RequireNothingMore(archive);
    }

    private TarHeader? ReadHeader(TarInput input, ArchiveInput archive)
    {
        try
        {
            return input.ReadHeader();
        }
        catch (InvalidInputException) when (lastName is null && !input.HasHeader)
        {
            throw new InvalidInputException(NotATar(archive));
        }
    }

    private void Read(TarHeader entry, TarInput input)
    {
        var name = NormalName(entry);
        input.BeginContent(entry.Size, keep: name != LayoutIndex.FileName);
        switch (name)
        {
            case MarkerFileName:
                marker = ReadFile(entry, input, name, marker, MaxMarkerBytes);
                RequireVersion(marker);
                break;
            case LayoutIndex.FileName:
                index = ReadFile(entry, input, name, index, LayoutIndex.MaxBytes);
                break;
            case DockerManifestFileName or DockerRepositoriesFileName:
                dockerFiles[name] = ReadFile(entry, input, name, dockerFiles.GetValueOrDefault(name), Manifest.MaxBytes);
                break;
            default:
                if (entry.Type is TarHeader.HardLink)
                    ReadLink(entry, name);
                else if (IsFile(entry))
                    ReadContent(entry, input, name);
                else
                    Pass(input);
                break;
        }
    }

    // Names from tar -C FOLDER . begin with ./; every other name must be in its only form, because other programs accept several forms of one name.
    private string NormalName(TarHeader entry)
    {
        if (entry.Name.Length > MaxNameLength)
            throw new InvalidInputException($"the name of an entry has {entry.Name.Length} characters: expected {MaxNameLength} at most");
        var shown = Quoted.Text(entry.Name);
        RequireKind(entry, shown);
        if (entry.Name.Contains('\0'))
            throw new InvalidInputException($"its entry {shown} has a header that programs read in different ways");
        if (IsFolder(entry) ? entry.Size > 0 && entry.Type != TarHeader.ListedFolder : entry.Name.EndsWith('/'))
            throw new InvalidInputException($"its entry {shown} is a file to some programs and a folder to others");
        if (!entry.Name.StartsWith(entry.ShortName, StringComparison.Ordinal) && IsOfLayout(PlaceOf(entry.ShortName)))
            throw new InvalidInputException($"its entry {shown} is {Quoted.Text(entry.ShortName)} to programs that know no extended headers");
        if (entry.Name.StartsWith('/') && !IsAside(entry))
            throw new InvalidInputException($"its entry {shown} has an absolute name: expected one within the layout");

        var name = (entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name).TrimEnd('/');
        if (IsAside(entry))
        {
            // Programs that do not support such an entry take it for a file of that name, and find the file that the name leads to.
            var place = PlaceOf(name);
            LayoutName.RequireSpelling(place);
            return IsOfLayout(place)
                ? throw new InvalidInputException($"its entry {shown} is a file of the layout to some programs, and not to others")
                : name;
        }

        var parts = name.Split('/');
        if (parts.Contains(".."))
            throw new InvalidInputException($"its entry {shown} leads out of the layout");
        LayoutName.RequireSpelling(name);
        if (IsFolder(entry) && BlobName(name) is not null)
            throw new InvalidInputException($"its entry {shown} is a folder in the place of a blob: some programs take it for a file");
        return name.Length == 0 || !parts.Any(part => part is "" or ".")
            ? name
            : throw new InvalidInputException($"its entry {shown} has an empty part or a dot in its name: other programs read it as another name");
    }

    private void RequireKind(TarHeader entry, string shown)
    {
        switch (entry.Type)
        {
            case TarHeader.SymbolicLink:
                RefuseLink(entry, "expected files and folders only");
                break;
            case TarHeader.HardLink when entry.Size > 0:
                throw new InvalidInputException($"its entry {shown} is a hard link with content: expected no content");
            case TarHeader.Label when entry.Size > 0:
                throw new InvalidInputException($"its entry {shown} is a label with content: expected no content");
            case TarHeader.File
            or TarHeader.OldFile
            or TarHeader.Folder
            or TarHeader.HardLink
            or TarHeader.Global
            or TarHeader.Label
            or TarHeader.ListedFolder:
                break;
            default:
                throw new InvalidInputException($"its entry {shown} is {TarHeader.NameOf(entry.Type)}: expected files and folders only");
        }
    }

    // A docker archive has links, and is recognized by what follows them.
    private void RefuseLink(TarHeader entry, string expected) =>
        refusedLink ??= new InvalidInputException(
            $"its entry {Quoted.Text(entry.Name)} is {TarHeader.NameOf(entry.Type)} to {Quoted.Text(entry.LinkName)}: {expected}"
        );

    // tar writes a file once, and every other name of it as a link.
    private void ReadLink(TarHeader entry, string name)
    {
        var target = entry.LinkName.StartsWith("./", StringComparison.Ordinal) ? entry.LinkName[2..] : entry.LinkName;
        if (IsOfLayout(name) && BlobName(name) is null)
            RefuseLink(entry, "expected a file");
        else if (files.GetValueOrDefault(target) is not { } content)
            RefuseLink(entry, "expected exactly one such file before it in the tar");
        else
        {
            Register(name, content);
            linked.UnionWith([name, target]);
            elsewhere[PlaceOf($"{name}/../{target}")] = (name, target);
        }
    }

    // A hard link leads from the top of the archive. Programs on go-containerregistry, such as crane, follow it from the folder that it is in.
    private void RequireOneTarget()
    {
        foreach (var (place, (name, target)) in elsewhere)
        {
            if (place != target && files.ContainsKey(place))
            {
                throw new InvalidInputException(
                    $"its entry {Quoted.Text(name)} is a hard link to {Quoted.Text(target)}, and {Quoted.Text(place)} is there too, "
                        + "which some programs take for its target"
                );
            }
        }
    }

    private void Register(string name, FileContent content)
    {
        if (files.Count == MaxFiles)
            throw new InvalidInputException($"it has more than {MaxFiles} files");
        if ((namesLength += name.Length) > MaxNamesLength)
            throw new InvalidInputException($"the names of its files have more than {MaxNamesLength} characters in total");
        if (linked.Contains(name))
        {
            throw new InvalidInputException(
                $"it has {Quoted.Text(name)} twice, and a hard link makes that one file with another entry: "
                    + "programs that write into a file that is there would change both"
            );
        }

        var isNew = files.TryAdd(name, content);
        if (!isNew)
            files[name] = null; // The target of a link would depend on the program.
        if (BlobName(name) is not { } digest)
            return;
        if (!isNew)
            throw new InvalidInputException($"it has the blob {digest} twice");
        if (blobs.Count == MaxBlobs)
            throw new InvalidInputException($"it has more than {MaxBlobs} blobs");

        if (content.Digest.Algorithm != digest.Algorithm)
        {
            if (content.Content is null)
                return; // A large file with another hash. A reader of the blob will not find it.

            content = content with { Digest = Digest.Compute(digest.Algorithm, content.Content) };
        }

        blobs.Add(digest, content);
    }

    private static bool IsFile(TarHeader entry) => entry.Type is TarHeader.File or TarHeader.OldFile;

    private static bool IsFolder(TarHeader entry) => entry.Type is TarHeader.Folder or TarHeader.ListedFolder;

    // Metadata of the archive, not a file of it.
    private static bool IsAside(TarHeader entry) => entry.Type is TarHeader.Global or TarHeader.Label;

    // Where a path leads to in the folder that a tar is unpacked in.
    private static string PlaceOf(string path)
    {
        var place = new List<string>();
        foreach (var part in path.Split('/').Where(part => part is not ("" or ".")))
        {
            if (part != "..")
                place.Add(part);
            else if (place.Count > 0)
                place.RemoveAt(place.Count - 1);
        }

        return string.Join('/', place);
    }

    private static bool IsOfLayout(string name) =>
        name is MarkerFileName or LayoutIndex.FileName or DockerManifestFileName or DockerRepositoriesFileName
        || name.StartsWith($"{BlobsFolder}/", StringComparison.Ordinal);

    private static Digest? BlobName(string name) =>
        name.Split('/') is [BlobsFolder, var algorithm, var hex] && Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : null;

    private static byte[] ReadFile(TarHeader entry, TarInput input, string name, byte[]? before, int maxBytes)
    {
        if (before is not null)
            throw new InvalidInputException($"it has {name} twice");
        if (!IsFile(entry))
            throw new InvalidInputException($"its {name} is {(IsFolder(entry) ? "a folder" : TarHeader.NameOf(entry.Type))}: expected a file");
        if (entry.Size == 0)
            throw new InvalidInputException($"its {name} is empty");
        if (entry.Size > maxBytes)
            throw new InvalidInputException($"its {name} has {entry.Size} bytes: expected {maxBytes} at most");

        var content = new byte[entry.Size];
        for (var position = 0; position < content.Length; )
            position += input.Read(content.AsSpan(position));
        return content;
    }

    // Files that are not blobs are hashed too: a blob may be a link to them.
    private void ReadContent(TarHeader entry, TarInput input, string name)
    {
        var blob = BlobName(name);
        var isBlob = blob is not null;
        var algorithm = blob?.Algorithm ?? DigestAlgorithm.Sha256;
        using var hash = IncrementalHash.CreateHash(algorithm.Hash);
        byte[]? content = null;
        var position = 0;
        int read;
        while ((read = input.Read(buffer)) > 0)
        {
            var bytes = buffer.AsSpan(0, read);
            hash.AppendData(bytes);
            if (position == 0 && IsKept(entry.Size, bytes, isBlob ? kept : keptAside, isBlob ? MaxKeptBytes : MaxKeptAsideBytes))
                content = new byte[entry.Size];
            if (content is not null)
                bytes.CopyTo(content.AsSpan(position));
            position = content is null ? 1 : position + read;
        }

        content ??= entry.Size == 0 ? [] : null;
        (isBlob ? ref kept : ref keptAside) += content?.Length ?? 0;
        Register(name, new(Digest.Of(algorithm, hash), entry.Size, content));
    }

    // A small layer is recognized by its first bytes: gzip, zstd, or the magic of a tar.
    private static bool IsKept(long size, ReadOnlySpan<byte> start, long kept, long maxKept)
    {
        const int TarMagic = 257;
        var isLayer =
            start is [0x1f, 0x8b, ..] or [0x28, 0xb5, 0x2f, 0xfd, ..] || (start.Length > TarMagic && start[TarMagic..].StartsWith("ustar"u8));
        return size <= Math.Max(Manifest.MaxBytes, SignatureFormats.MaxBytes) && kept + size <= maxKept && !isLayer;
    }

    private void Pass(TarInput input)
    {
        while (input.Read(buffer) > 0)
        {
            // Reading it is enough: kept bytes go to the output.
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
                throw new InvalidInputException("data follows the end of the tar: programs that continue to read would find another layout");
        }
    }

    private void RequireWhole()
    {
        if (index is null && dockerFiles.ContainsKey(DockerManifestFileName))
        {
            throw new InvalidInputException(
                "it is a docker archive without an image layout, from podman save or from docker before Docker 25: "
                    + "save it with a later docker or with podman save --format oci-archive, "
                    + "or convert it with skopeo copy docker-archive:FILE oci-archive:FILE"
            );
        }

        if (refusedLink is not null)
            throw refusedLink;
        RequireOneTarget();
        if (marker is null)
            throw new InvalidInputException($"it is not an image layout: it has no file {MarkerFileName}");
        if (index is null)
            throw new InvalidInputException($"it has no {LayoutIndex.FileName}");
    }

    private sealed record FileContent(Digest Digest, long Size, byte[]? Content);
}
