using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Digests of algorithms that are not supported (OCI image-spec, descriptor.md, "Digests"): what need not be checked passes, and what must
/// be is refused.</summary>
public sealed class OtherDigestTests : IDisposable
{
    private const string Blake3 = "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
    private const string NotSupported = "cannot be checked: the digest algorithm blake3 is not supported: expected sha256, sha384 or sha512";

    private readonly LayoutContent layout = new();
    private readonly TemporaryFolder folder = new();
    private int opened;

    public static TheoryData<string> Others { get; } =
    [
        Blake3,
        "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
        "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
        "md5:900150983cd24fb0d6963f7d28e17f72",
        "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
        "a.b_c-d+e:=",
        "0:-_",
    ];

    [Theory]
    [MemberData(nameof(Others))]
    public void A_layer_with_another_digest_passes_where_layers_are_not_read(string digest)
    {
        var image = Image(manifest => manifest["layers"]![0]!["digest"] = digest);
        layout.List(image);

        foreach (var it in Opened())
        {
            Assert.Empty(ContentCheck.Make(it, it.Resolve(null), withLayers: false).Missing);
            var refusal = Assert.Throws<UncheckableContentException>(() => ContentCheck.Make(it, it.Resolve(null), withLayers: true));
            Assert.Equal(
                $"{digest} cannot be checked: the digest algorithm {digest.Split(':')[0]} is not supported: expected sha256, sha384 or sha512",
                refusal.Message
            );
        }
    }

    [Fact]
    public void Inline_data_with_another_digest_is_not_used()
    {
        layout.List(Image(manifest => (manifest["config"]!["digest"], manifest["config"]!["data"]) = (Blake3, "e30=")));

        foreach (var it in Opened())
        {
            Assert.Null(Manifest.Parse(it.ReadManifest(it.Resolve(null)), it.Resolve(null)).Inlined(Digest.ParseAny(Blake3)));
            Refusal.Of(() => ContentCheck.Make(it, it.Resolve(null), withLayers: false), NotSupported);
        }
    }

    [Fact]
    public void A_layer_with_another_digest_is_not_read_where_it_is_there_either()
    {
        layout.List(Image(manifest => manifest["layers"]![0]!["digest"] = Blake3));
        layout[Blake3] = "something else"u8.ToArray();

        foreach (var it in Opened())
        {
            _ = ContentCheck.Make(it, it.Resolve(null), withLayers: false);
            Refusal.Of(() => ContentCheck.Make(it, it.Resolve(null), withLayers: true), NotSupported);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_config_with_another_digest_is_refused(bool withLayers)
    {
        layout.List(Image(manifest => manifest["config"]!["digest"] = Blake3));
        layout[Blake3] = "{}"u8.ToArray();

        foreach (var it in Opened())
        {
            var refusal = Refusal.Of(() => ContentCheck.Make(it, it.Resolve(null), withLayers), NotSupported);
            Assert.IsNotType<UncheckableContentException>(refusal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_manifest_of_an_index_with_another_digest_passes_where_it_is_not_looked_at(bool isThere)
    {
        var image = layout.AddImage("amd64");
        var other = new JsonObject
        {
            ["mediaType"] = LayoutContent.ImageType,
            ["digest"] = Blake3,
            ["size"] = 5,
        };
        layout.List(layout.AddIndex(image, other));
        if (isThere)
            layout[Blake3] = "wrong"u8.ToArray();

        foreach (var it in Opened())
        {
            var index = it.Resolve(null);
            Assert.Empty(ContentCheck.Make(it, index, withLayers: false).Missing);
            Refusal.Of(() => ContentCheck.Make(it, index, withLayers: true), NotSupported);
            Assert.Equal(index, ManifestTree.Require(it, index));
        }

        // It cannot be signed, so neither can everything that the index lists.
        if (isThere)
            Refusal.Of(() => ManifestTree.List(Opened()[0], Opened()[0].Resolve(null)), NotSupported);
    }

    [Fact]
    public void An_entry_of_a_layout_with_another_digest_does_not_stand_in_the_way_of_others()
    {
        var image = layout.AddImage("app");
        layout.List(image, "app");
        layout[Blake3] = LayoutContent.Bytes(layout.Image("other"));
        layout.Entries.Add(
            new JsonObject
            {
                ["mediaType"] = LayoutContent.ImageType,
                ["digest"] = Blake3,
                ["size"] = layout[Blake3].Length,
            }
        );

        foreach (var it in Opened())
        {
            Assert.Equal(Stored.Descriptor(image), it.Resolve("app"));
            _ = ContentCheck.Make(it, it.Resolve("app"), withLayers: true);
            Assert.Empty(it.ListReferrers(Stored.Descriptor(image)));
            Refusal.Of(() => it.Resolve(null), "the layout has 2 artifacts");
        }
    }

    [Fact]
    public void An_artifact_with_another_digest_is_refused()
    {
        layout[Blake3] = LayoutContent.Bytes(layout.Image("other"));
        layout.Entries.Add(
            new JsonObject
            {
                ["mediaType"] = LayoutContent.ImageType,
                ["digest"] = Blake3,
                ["size"] = layout[Blake3].Length,
            }
        );

        foreach (var it in Opened())
        {
            var artifact = it.Resolve(null);
            Refusal.Of(() => ManifestTree.Require(it, artifact), NotSupported);
            Refusal.Of(() => ContentCheck.Make(it, artifact, withLayers: true), NotSupported);
            Refusal.Of(() => artifact.RequireContent(layout[Blake3]), NotSupported);
            Refusal.Of(() => Digest.Compute(artifact.Digest.Algorithm, layout[Blake3]), "the digest algorithm blake3 is not supported");
        }
    }

    [Fact]
    public void A_name_that_leads_to_another_digest_is_another_image()
    {
        layout.List(layout.AddImage("app"), "app");
        layout.Entries.Add(
            new JsonObject
            {
                ["mediaType"] = LayoutContent.ImageType,
                ["digest"] = Blake3,
                ["size"] = 5,
                ["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "other" },
            }
        );

        foreach (var it in Opened())
            Refusal.Of(
                () => ContentCheck.Make(it, it.Resolve("app"), withLayers: false),
                "gives the name \"other\" to blake3:",
                "other programs would load it"
            );
    }

    [Fact]
    public void A_subject_with_another_digest_is_of_another_artifact()
    {
        var image = layout.AddImage("app");
        layout.List(image, "app");
        layout.List(
            Image(manifest =>
                manifest["subject"] = new JsonObject
                {
                    ["mediaType"] = LayoutContent.ImageType,
                    ["digest"] = Blake3,
                    ["size"] = 5,
                }
            )
        );

        foreach (var it in Opened())
        {
            Assert.Equal(Stored.Descriptor(image), it.Resolve(null));
            Assert.Empty(it.ListReferrers(Stored.Descriptor(image)));
        }
    }

    [Theory]
    [InlineData("sha256:abc")]
    [InlineData("sha256:0848C7096F28F1DD2D4C5B5A07DB2D4D1B7D4C5B5A07DB2D4D1B7D4C5B5A07DB")]
    [InlineData("blake3")]
    [InlineData("blake3:")]
    [InlineData(":abc")]
    [InlineData("BLAKE3:abc")]
    [InlineData("blake3:a/b")]
    [InlineData("blake3:..")]
    [InlineData("../x:abc")]
    [InlineData("a..b:abc")]
    [InlineData(".a:abc")]
    [InlineData("a+:abc")]
    [InlineData("blake3:abc:def")]
    [InlineData("blake3:a b")]
    [InlineData("blake3:abc\n")]
    public void What_is_no_digest_is_refused_in_a_manifest_too(string digest)
    {
        layout.List(Image(manifest => manifest["layers"]![0]!["digest"] = digest));

        foreach (var it in Opened())
            Refusal.Of(() => ContentCheck.Make(it, it.Index.Entries[0].Descriptor, withLayers: false), "$.layers[0].digest", "is not a digest");
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Where_content_must_be_checked_the_algorithm_is_the_reason(string digest)
    {
        Refusal.Of(() => Digest.Parse(digest), $"\"{digest}\" cannot be used: the digest algorithm {digest.Split(':')[0]} is not supported");
        Assert.False(Digest.TryParse(digest, out _));
        Refusal.Of(
            () =>
                Descriptor.Parse(
                    LayoutContent.Bytes(
                        new JsonObject
                        {
                            ["mediaType"] = "a/b",
                            ["digest"] = digest,
                            ["size"] = 1,
                        }
                    )
                ),
            "is not supported: expected sha256, sha384 or sha512"
        );
    }

    private JsonObject Image(Action<JsonObject> change)
    {
        var manifest = layout.Image("app");
        change(manifest);
        return layout.AddManifest(LayoutContent.ImageType, manifest);
    }

    // A tar passes over what is in blobs and not there by a digest that it knows.
    private IReadOnlyList<ImageLayout> Opened()
    {
        return [LayoutFolder.Open(layout.WriteTo(folder[$"layout{opened++}"]), TimeSpan.Zero), Stored.Tar(layout)];
    }

    public void Dispose() => folder.Dispose();
}
