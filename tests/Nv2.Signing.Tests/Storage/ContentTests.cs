using System.Text.Json.Nodes;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>What is below an artifact in a layout: which manifests there are, and whether all that they name is what they say.</summary>
public class ContentTests
{
    private readonly LayoutContent layout = new();

    [Fact]
    public void The_manifests_of_an_index_are_listed_once_each_and_the_index_first()
    {
        var amd64 = layout.AddImage("amd64");
        var arm64 = layout.AddImage("arm64");
        var inner = layout.AddIndex(arm64, amd64);
        var outer = layout.AddIndex(amd64, inner, arm64, inner);
        var opened = Stored.Tar(layout.List(outer));

        Assert.Equal(
            [Digest(outer), Digest(amd64), Digest(inner), Digest(arm64)],
            ManifestTree.List(opened, Stored.Descriptor(outer)).Select(found => found.Digest.ToString())
        );
        Assert.Equal([Digest(amd64)], ManifestTree.List(opened, Stored.Descriptor(amd64)).Select(found => found.Digest.ToString()));
        Assert.Equal(
            [(0, false), (1, false), (1, false), (2, false), (2, true), (1, true)],
            ManifestTree.Walk(opened, Stored.Descriptor(outer)).Select(node => (node.Depth, node.IsRepeated))
        );
    }

    [Fact]
    public void Platforms_that_are_not_there_are_left_out_and_counted()
    {
        var there = layout.AddImage("amd64");
        var away = layout.AddImage("arm64");
        var index = layout.AddIndex(away, there);
        var opened = Stored.Tar(layout.List(index).Remove(away));

        Assert.Equal([Digest(index), Digest(there)], ManifestTree.List(opened, Stored.Descriptor(index)).Select(found => found.Digest.ToString()));
        Assert.Single(Check(index).Missing);
    }

    [Fact]
    public void An_index_without_any_of_its_manifests_is_not_whole()
    {
        var image = layout.AddImage("app");
        var index = layout.AddIndex(image);
        layout.List(index).Remove(image);

        Refusal.Of(() => Check(index), "no manifest of the index");
    }

    [Fact]
    public void An_empty_index_is_whole() => Assert.Empty(Check(layout.AddIndex()).Missing);

    [Fact]
    public void A_platform_that_was_changed_is_found()
    {
        var good = layout.AddImage("amd64");
        var bad = layout.AddImage("arm64");
        var index = layout.AddIndex(good, layout.AddIndex(bad));
        layout.Damage(Part(bad, "layers")[0]!);

        Refusal.Of(() => Check(index), "digest mismatch: the content stored as");
        Refusal.Of(
            () => ManifestTree.List(Stored.Tar(layout.Damage(bad).List(index)), Stored.Descriptor(index)),
            "the content stored as",
            Digest(bad)
        );
    }

    [Fact]
    public void Layers_are_not_read_when_that_is_asked_for_and_configs_are()
    {
        var image = layout.AddImage("app");
        layout.Damage(Part(image, "layers")[0]!);

        Refusal.Of(() => Check(image), "the content stored as");
        Assert.Empty(Check(image, withLayers: false).Missing);
        layout.Damage(Part(image, "config"));
        Refusal.Of(() => Check(image, withLayers: false), "the content stored as", Digest(Part(image, "config")));
    }

    [Fact]
    public void Layers_that_may_be_had_elsewhere_may_be_missing_and_are_read_when_they_are_there()
    {
        var manifest = layout.Image("app");
        var layer = (JsonObject)manifest["layers"]![0]!;
        layer["urls"] = new JsonArray("https://example.com/layer");
        var image = layout.AddManifest(LayoutContent.ImageType, manifest);
        Assert.Empty(Check(image).Missing);

        layout.Damage(layer);
        Refusal.Of(() => Check(image), "the content stored as");
        layout.Remove(layer);
        Assert.Empty(Check(image).Missing);
    }

    [Fact]
    public void A_layer_that_names_no_place_to_have_it_from_must_be_there()
    {
        var manifest = layout.Image("app");
        var layer = (JsonObject)manifest["layers"]![0]!;
        layer["urls"] = new JsonArray();
        var image = layout.AddManifest(LayoutContent.ImageType, manifest);
        layout.Remove(layer);

        Refusal.Of(() => Check(image), "the layout does not contain", Digest(layer));
    }

    [Fact]
    public void Of_a_manifest_of_an_unknown_kind_its_own_bytes_are_checked_where_that_is_enough()
    {
        var unknown = layout.AddBlob("application/vnd.example+json", "{\"what\":1}"u8.ToArray());
        Refusal.Of(() => Check(unknown), "has the unknown media type");
        Assert.Empty(Check(unknown, withLayers: false).Missing);

        layout.Damage(unknown);
        Refusal.Of(() => Check(unknown, withLayers: false), "the content stored as");
    }

    private static string Digest(JsonNode descriptor) => LayoutContent.DigestIn(descriptor);

    private JsonNode Part(JsonNode manifest, string name) => JsonNode.Parse(layout[Digest(manifest)])![name]!;

    // In a folder and in a tar: both must say the same.
    private ContentCheck Check(JsonObject artifact, bool withLayers = true)
    {
        using var folder = new TemporaryFolder();
        ContentCheck? inFolder = null;
        InvalidInputException? refusal = null;
        try
        {
            inFolder = ContentCheck.Make(Stored.Folder(layout, folder), Stored.Descriptor(artifact), withLayers);
        }
        catch (InvalidInputException exception)
        {
            refusal = exception;
        }

        if (refusal is not null)
        {
            var inTar = Assert.ThrowsAny<InvalidInputException>(() => ContentCheck.Make(Stored.Tar(layout), Stored.Descriptor(artifact), withLayers));
            Assert.Equal(refusal.Message, inTar.Message);
            throw inTar;
        }

        // Set where nothing was refused.
        Assert.Equal(inFolder!.Missing, ContentCheck.Make(Stored.Tar(layout), Stored.Descriptor(artifact), withLayers).Missing);
        return inFolder;
    }
}
