using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>An OCI image layout (image-spec, image-layout.md), wherever its files are. All that is read is held against its digest.</summary>
public abstract class ImageLayout : IArtifactStore
{
    /// <summary>The name of the file that says that this is a layout.</summary>
    internal const string MarkerFileName = "oci-layout";

    /// <summary>The name of the file by which docker loads an archive when it does not know image layouts; docker and podman write it beside the
    /// layout's own.</summary>
    internal const string DockerManifestFileName = "manifest.json";

    /// <summary>The name of the file by which docker loaded archives before it wrote the other one.</summary>
    internal const string DockerRepositoriesFileName = "repositories";

    /// <summary>The folder of the blobs.</summary>
    internal const string BlobsFolder = "blobs";

    private const string SupportedVersion = "1.0.0";
    private const int ShownNames = 8;

    private static readonly Spelling MarkerNames = new("imageLayoutVersion");

    // Which manifests refer to what, once it was asked for.
    private ILookup<Digest, Descriptor>? referrers;
    private LayoutNodes? nodes;

    private protected ImageLayout() { }

    /// <summary>The entry points.</summary>
    internal abstract LayoutIndex Index { get; }

    /// <summary>
    /// Finds an artifact. Without a name it is the only one in the layout that is no signature and refers to nothing else.
    /// </summary>
    /// <param name="name">A tag, a whole reference as docker and podman write it beside an image, or a digest; or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">There is no such artifact, or there are several.</exception>
    public Descriptor Resolve(string? name)
    {
        if (name is null)
            return ResolveOnly();
        if (Digest.TryParse(name, out var digest))
        {
            return Nodes().FirstOrDefault(node => node.Manifest.Digest == digest)?.Manifest
                ?? throw new InvalidInputException($"no manifest of the layout has the digest {digest}: {ListNames()}");
        }

        var named = Index.Entries.Where(entry => entry.IsNamed(name)).Select(entry => entry.Descriptor).Distinct().ToList();
        return named switch
        {
            [var one] => one,
            [] => throw new InvalidInputException($"nothing in the layout is called {Quoted.Text(name)}: {ListNames()}"),
            _ => throw new InvalidInputException(
                $"{named.Count} entries of the layout are called {Quoted.Text(name)}: give the digest of the one that is meant, or a whole name ({ListNames()})"
            ),
        };
    }

    /// <inheritdoc/>
    public bool Holds(Descriptor manifest) => Contains(manifest.Digest);

    /// <inheritdoc/>
    public byte[] ReadManifest(Descriptor manifest) => ReadContent(manifest, Manifest.MaxBytes);

    /// <inheritdoc/>
    public byte[] ReadBlob(Descriptor blob, Descriptor owner) => ReadContent(blob, SignatureFormats.MaxBytes);

    /// <summary>Lists what names <paramref name="subject"/> as its subject, among all manifests that the index leads to, at any depth.</summary>
    public IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) =>
        [.. (referrers ??= Nodes().Where(node => node.Subject is not null).ToLookup(node => node.Subject!, node => node.Manifest))[subject.Digest]];

    /// <summary>Whether the layout holds the content.</summary>
    public abstract bool Contains(Digest digest);

    /// <summary>The digest and size of content as they really are. Several threads may ask at once.</summary>
    internal abstract (Digest Digest, long Size) Measure(Digest digest);

    /// <summary>Whether <see cref="Measure"/> reads the content, which takes time.</summary>
    internal abstract bool IsReadToMeasure { get; }

    /// <summary>The content of a file beside the layout's own, or <see langword="null"/> when there is none: <see cref="DockerManifestFileName"/> or
    /// <c>repositories</c>.</summary>
    /// <exception cref="InvalidInputException">It is larger than <see cref="Manifest.MaxBytes"/>.</exception>
    internal abstract byte[]? ReadDockerFile(string name);

    /// <summary>Stores signatures, all or none.</summary>
    public abstract void Add(IReadOnlyList<SignatureArtifact> signatures);

    /// <inheritdoc/>
    public void Add(SignatureArtifact signature) => Add([signature]);

    /// <summary>Reads content whole; the layout <see cref="Contains"/> it.</summary>
    /// <exception cref="InvalidInputException">It is larger than <paramref name="maxBytes"/>.</exception>
    private protected abstract byte[] Read(Digest digest, int maxBytes);

    /// <summary>Makes sure that a layout is of the version that there is.</summary>
    /// <exception cref="InvalidInputException">It is not.</exception>
    private protected static void RequireVersion(ReadOnlySpan<byte> marker)
    {
        var json = StrictJson.Parse(marker, MarkerFileName);
        MarkerNames.Require(json);
        var version = json.Required("imageLayoutVersion");
        if (version.Text() != SupportedVersion)
            throw version.Invalid($"is {Quoted.Text(version.Text())}: expected {SupportedVersion}");
    }

    /// <summary>The path of a blob within a layout.</summary>
    internal static string BlobPath(Digest digest) => $"{BlobsFolder}/{digest.Algorithm.Name}/{digest.Hex}";

    private byte[] ReadContent(Descriptor descriptor, int maxBytes)
    {
        descriptor.Digest.RequireSupported();
        if (!Contains(descriptor.Digest))
            throw new InvalidInputException($"the layout does not hold {descriptor.Digest} ({descriptor.MediaType})");

        var content = Read(descriptor.Digest, maxBytes);
        descriptor.RequireContent(content);
        return content;
    }

    private Descriptor ResolveOnly()
    {
        var names = Index.Entries.ToLookup(entry => entry.Descriptor, entry => entry.RefName);
        var artifacts = Nodes()
            .Where(node => node is { Depth: 0, Subject: null } && !ReferrersTag.IsOne(names[node.Manifest].First()))
            .Select(node => node.Manifest)
            .ToList();
        return artifacts switch
        {
            [var one] => one,
            [] => throw new InvalidInputException("the layout holds no artifact: its index lists none, or only what refers to others"),
            _ => throw new InvalidInputException(
                $"the layout holds {artifacts.Count} artifacts: name the one that is meant, with :TAG or @DIGEST ({ListNames()})"
            ),
        };
    }

    /// <summary>All manifests that the index leads to, those nearest first, each once.</summary>
    // What a layout lists may be elsewhere (image-layout.md: "the blobs directory MAY be missing referenced blobs"); what is there must be right.
    internal IEnumerable<LayoutNode> Nodes() => (nodes ??= new LayoutNodes(this)).All();

    private string ListNames()
    {
        var names = Index.Entries.Where(entry => !ReferrersTag.IsOne(entry.RefName)).Select(entry => entry.Name).OfType<string>().Distinct().ToList();
        return names.Count == 0
            ? "nothing in it has a name"
            : $"its names: {string.Join(", ", names.Take(ShownNames).Select(Quoted.Text))}{(names.Count > ShownNames ? ", …" : "")}";
    }
}
