using System.Text.Json.Nodes;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Large blobs are measured on several cores, and the failure is that of the first one in the order of the manifest.</summary>
public sealed class BlobMeasurementTests : IDisposable
{
    private const int Large = 24 * 1024 * 1024;
    private const int Small = 1000;

    private readonly TemporaryFolder folder = new();
    private readonly LayoutContent layout = new();

    [Fact]
    public void Good_blobs_pass() => Assert.Empty(Check(Image(Large, Small, Small, Large)).Missing);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    public void The_first_wrong_blob_in_the_order_of_the_manifest_is_reported_whichever_is_measured_first(int first, int second)
    {
        var image = Image(Large, Small, Large, Small); // A small one is measured long before the large one that comes before it.
        layout.Damage(Layers(image)[first]!);
        if (second != first)
            layout.Damage(Layers(image)[second]!);

        Refusal.Of(() => Check(image), "the content stored as", LayoutContent.DigestIn(Layers(image)[first]!));
    }

    [Fact]
    public void A_wrong_blob_comes_before_what_is_wrong_further_down()
    {
        var image = Image(Large, Small, Large);
        layout.Damage(Layers(image)[1]!).Remove(Layers(image)[2]!);

        Refusal.Of(() => Check(image), "the content stored as", LayoutContent.DigestIn(Layers(image)[1]!));
    }

    [Fact]
    public void What_is_missing_comes_before_a_wrong_blob_further_down()
    {
        var image = Image(Large, Small, Large);
        layout.Remove(Layers(image)[1]!).Damage(Layers(image)[2]!);

        Refusal.Of(() => Check(image), "the layout does not contain", LayoutContent.DigestIn(Layers(image)[1]!));
    }

    public void Dispose() => folder.Dispose();

    private JsonArray Layers(JsonObject image) => JsonNode.Parse(layout[LayoutContent.DigestIn(image)])!["layers"]!.AsArray();

    private JsonObject Image(params int[] sizes)
    {
        var manifest = layout.Image("app");
        var layers = sizes.Select((size, number) => (JsonNode)layout.AddBlob(LayoutContent.LayerType, [(byte)number, .. new byte[size]]));
        manifest["layers"] = new JsonArray([.. layers]);
        var image = layout.AddManifest(LayoutContent.ImageType, manifest);
        layout.List(image);
        return image;
    }

    private ContentCheck Check(JsonObject image) => ContentCheck.Make(Stored.Folder(layout, folder), Stored.Descriptor(image), withLayers: true);
}
