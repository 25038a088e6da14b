using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>An OCI image layout (image-spec, image-layout.md), in a folder or a tar. Everything is compared with its digest when it is
/// read.</summary>
public abstract class ImageLayout : IArtifactStore
{
    /// <summary>The name of the file that marks an image layout.</summary>
    internal const string MarkerFileName = "oci-layout";

    /// <summary>The name of the file by which docker loads an archive if it does not support image layouts; docker and podman write it in addition to
    /// the layout's files.</summary>
    internal const string DockerManifestFileName = "manifest.json";

    /// <summary>The name of the file by which old versions of docker load archives.</summary>
    internal const string DockerRepositoriesFileName = "repositories";

    /// <summary>The folder of the blobs.</summary>
    internal const string BlobsFolder = "blobs";

    private const string SupportedVersion = "1.0.0";
    private const int ShownNames = 8;

    private static readonly Spelling MarkerNames = new("imageLayoutVersion");

    // The referrers of each manifest, once they are listed.
    private ILookup<Digest, Descriptor>? referrers;
    private LayoutNodes? nodes;

    private protected ImageLayout() { }

    /// <summary>The entry points.</summary>
    internal abstract LayoutIndex Index { get; }

    /// <summary>
    /// Finds an artifact. Without a name it is the only one in the layout that is not a signature or another referrer.
    /// </summary>
    /// <param name="name">A tag, a whole reference as docker and podman write it, or a digest; or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">The artifact does not exist, or there are several.</exception>
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
            [] => throw new InvalidInputException($"the layout has no artifact with the name {Quoted.Text(name)}: {ListNames()}"),
            _ => throw new InvalidInputException(
                $"the layout has {named.Count} artifacts with the name {Quoted.Text(name)}: " + $"expected a digest or a whole name ({ListNames()})"
            ),
        };
    }

    /// <inheritdoc/>
    public bool Holds(Descriptor manifest) => Contains(manifest.Digest);

    /// <inheritdoc/>
    public byte[] ReadManifest(Descriptor manifest) => ReadContent(manifest, Manifest.MaxBytes);

    /// <inheritdoc/>
    public byte[] ReadBlob(Descriptor blob, Descriptor owner) => ReadContent(blob, SignatureFormats.MaxBytes);

    /// <summary>Lists the manifests with <paramref name="subject"/> as their subject, at any depth below the index.</summary>
    public IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) =>
        [.. (referrers ??= Nodes().Where(node => node.Subject is not null).ToLookup(node => node.Subject!, node => node.Manifest))[subject.Digest]];

    /// <summary>Whether the layout contains the content.</summary>
    public abstract bool Contains(Digest digest);

    /// <summary>The actual digest and size of content. Thread-safe.</summary>
    internal abstract (Digest Digest, long Size) Measure(Digest digest);

    /// <summary>Whether <see cref="Measure"/> reads the content, which takes time.</summary>
    internal abstract bool IsReadToMeasure { get; }

    /// <summary>The content of a file in addition to the layout's own, or <see langword="null"/>: <see
    /// cref="DockerManifestFileName"/> or
    /// <c>repositories</c>.</summary>
    /// <exception cref="InvalidInputException">It is larger than <see cref="Manifest.MaxBytes"/>.</exception>
    internal abstract byte[]? ReadDockerFile(string name);

    /// <summary>Stores signatures, all or none.</summary>
    public abstract void Add(IReadOnlyList<SignatureArtifact> signatures);

    /// <inheritdoc/>
    public void Add(SignatureArtifact signature) => Add([signature]);

    /// <summary>Reads the whole content; the layout <see cref="Contains"/> it.</summary>
    /// <exception cref="InvalidInputException">It is larger than <paramref name="maxBytes"/>.</exception>
    private protected abstract byte[] Read(Digest digest, int maxBytes);

    /// <summary>Makes sure that a layout has the supported version.</summary>
    /// <exception cref="InvalidInputException">It does not.</exception>
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
            throw new InvalidInputException($"the layout does not contain {descriptor.Digest} ({descriptor.MediaType})");

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
            [] => throw new InvalidInputException("the layout has no artifact: its index lists none, or only referrers"),
            _ => throw new InvalidInputException($"the layout has {artifacts.Count} artifacts: select one with :TAG or @DIGEST ({ListNames()})"),
        };
    }

    /// <summary>All manifests below the index, the nearest first, each once.</summary>
    // What a layout lists may be elsewhere (image-layout.md: "the blobs directory MAY be missing referenced blobs"); present content must match.
    internal IEnumerable<LayoutNode> Nodes() => (nodes ??= new LayoutNodes(this)).All();

    private string ListNames()
    {
        var names = Index.Entries.Where(entry => !ReferrersTag.IsOne(entry.RefName)).Select(entry => entry.Name).OfType<string>().Distinct().ToList();
        return names.Count == 0
            ? "no artifact has a name"
            : $"its names: {string.Join(", ", names.Take(ShownNames).Select(Quoted.Text))}{(names.Count > ShownNames ? ", …" : "")}";
    }
}
