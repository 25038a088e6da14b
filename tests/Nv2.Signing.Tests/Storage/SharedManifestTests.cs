using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Small layouts in which many indexes lead to the same manifests: checking them takes no more than reading each.</summary>
public class SharedManifestTests
{
    private const int Indexes = 40;
    private const int Listed = 8192;

    private readonly LayoutContent content = new();
    private readonly JsonObject image;
    private readonly JsonObject shared;

    public SharedManifestTests()
    {
        image = content.AddImage("app");
        shared = content.AddIndex([image, .. Enumerable.Range(0, Listed).Select(Absent)]);
    }

    [Fact]
    public void However_many_named_indexes_are_above_an_artifact_what_they_share_is_read_once_for_all()
    {
        content.List(image, "v1");
        for (var number = 0; number < Indexes; number++)
            content.List(content.AddIndex(shared, Absent(Listed + number)), $"index{number}");
        var layout = new CountingLayout(content);

        var check = ContentCheck.Make(layout, layout.Resolve("v1"), withLayers: true);

        Assert.Equal(Indexes, check.NamedIndexes.Count);
        Assert.Empty(check.Missing);
        Assert.InRange(layout.Reads[LayoutContent.DigestIn(shared)], 1, 2); // Once to find what is there, and once to check it.
    }

    [Fact]
    public void What_is_missing_of_an_index_is_told_once_for_each_index_that_lists_it()
    {
        var index = content.AddIndex(image, Absent(0));
        content.List(index, "v1").List(content.AddIndex(index, Absent(1)), "above");
        var layout = new CountingLayout(content);

        var check = ContentCheck.Make(layout, layout.Resolve("v1"), withLayers: true);

        Assert.Equal([LayoutContent.DigestIn(Absent(0))], check.Missing.Select(missing => missing.Digest.ToString()));
    }

    [Fact]
    public void Images_that_share_manifests_are_bounded_together()
    {
        for (var number = 0; number < Indexes; number++)
            content.List(content.AddIndex(shared, Absent(Listed + number)), $"index{number}");
        var layout = new CountingLayout(content);
        var bundle = ImageBundle.Open(layout);
        Assert.Equal(Indexes, bundle.Images.Count);

        var good = CheckedImages.MaxParts / (Listed + 10);
        foreach (var (artifact, _) in bundle.Images.Take(good))
            Assert.Equal(Listed + 1, bundle.Check(artifact, withLayers: true).Missing.Count);
        Refusal.Of(() => bundle.Check(bundle.Images[good].Artifact, withLayers: true), "262144 manifests and layers together");
    }

    private static JsonObject Absent(int number) =>
        new()
        {
            ["mediaType"] = LayoutContent.ImageType,
            ["digest"] = $"sha256:{number:x64}",
            ["size"] = 1,
        };

    private sealed class CountingLayout(LayoutContent content) : ImageLayout
    {
        private readonly Dictionary<string, byte[]> blobs = content.Blobs.ToDictionary(
            blob => blob.Name.Replace("blobs/", "", StringComparison.Ordinal).Replace('/', ':'),
            blob => blob.Content
        );

        public Dictionary<string, int> Reads { get; } = [];

        internal override LayoutIndex Index { get; } = LayoutIndex.Parse(content.Index);

        internal override bool IsReadToMeasure => false;

        public override bool Contains(Digest digest) => blobs.ContainsKey(digest.ToString());

        public override void Add(IReadOnlyList<SignatureArtifact> signatures) => throw new NotSupportedException();

        internal override (Digest Digest, long Size) Measure(Digest digest) =>
            (Digest.Compute(digest.Algorithm, blobs[digest.ToString()]), blobs[digest.ToString()].Length);

        internal override byte[]? ReadDockerFile(string name) => null;

        private protected override byte[] Read(Digest digest, int maxBytes)
        {
            Reads[digest.ToString()] = Reads.GetValueOrDefault(digest.ToString()) + 1;
            return blobs[digest.ToString()];
        }
    }
}
