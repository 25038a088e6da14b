using System.Text.Json.Nodes;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Links and other things in place of the files and folders of a layout.</summary>
public sealed class LayoutPathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LayoutContent content = new();
    private readonly JsonObject image;

    public LayoutPathTests()
    {
        image = content.AddImage("app");
        content.List(image, "v1").WriteTo(folder["layout"]);
    }

    public static TheoryData<string> Parts() => new("oci-layout", "index.json", "blobs", "blobs/sha256", "IMAGE", "LAYER");

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_link_that_leads_out_is_refused(string part)
    {
        Link(part, folder["elsewhere"], folder["elsewhere"]);
        Refusal.Of(Use, "a symbolic link that leads out of the layout");
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_relative_link_that_leads_out_is_refused(string part)
    {
        Link(
            part,
            folder["elsewhere"],
            string.Concat(Enumerable.Repeat("../", part.Split('/').Length + (part is "IMAGE" or "LAYER" ? 2 : 0))) + "elsewhere"
        );
        Refusal.Of(Use, "a symbolic link that leads out of the layout");
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_link_that_stays_in_the_layout_is_followed(string part)
    {
        Link(part, folder["layout/moved"], folder["layout/moved"]);
        Use();
    }

    [Fact]
    public void A_circle_of_links_is_refused()
    {
        Link("blobs", folder["elsewhere"], "blobs");
        Refusal.Of(Use, "symbolic links");
    }

    [Fact]
    public void The_layout_itself_may_be_named_by_a_link()
    {
        Directory.CreateSymbolicLink(folder["link"], "layout");
        _ = ContentCheck.Make(LayoutFolder.Open(folder["link"], TimeSpan.Zero), Stored.Descriptor(image), withLayers: true);
    }

    [Theory]
    [InlineData("blobs")]
    [InlineData("blobs/sha256")]
    public void Nothing_is_written_through_a_link_that_leads_out(string part)
    {
        var layout = LayoutFolder.Open(folder["layout"], TimeSpan.Zero);
        Link(part, folder["elsewhere"], folder["elsewhere"]);
        var before = Directory.EnumerateFiles(folder["elsewhere"], "*", SearchOption.AllDirectories).Order().ToList();

        Refusal.Of(() => layout.Add([Stored.Artifact(image, "a.b.c")]), "leads out of the layout");

        Assert.Equal(before, Directory.EnumerateFiles(folder["elsewhere"], "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public void A_blob_takes_the_place_of_a_link_and_is_not_written_through_it()
    {
        var signature = Stored.Artifact(image, "a.b.c");
        var outside = folder.Write("outside", "not to be touched");
        var path = Path.Combine(folder["layout"], LayoutContent.BlobName(signature.Manifest.Descriptor.Digest.ToString()));
        File.CreateSymbolicLink(path, outside);

        LayoutFolder.Open(folder["layout"], TimeSpan.Zero).Add([signature]);

        Assert.Equal("not to be touched", File.ReadAllText(outside));
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal(signature.Manifest.Content.ToArray(), File.ReadAllBytes(path));
    }

    [Fact]
    public void An_empty_layer_is_a_file_and_not_a_pipe()
    {
        var manifest = content.Image("app");
        manifest["layers"]!.AsArray().Add((JsonNode)content.AddBlob(LayoutContent.LayerType, []));
        var withEmpty = content.AddManifest(LayoutContent.ImageType, manifest);
        content.Entries.Clear();
        content.List(withEmpty).WriteTo(folder["layout"]);
        _ = ContentCheck.Make(LayoutFolder.Open(folder["layout"], TimeSpan.Zero), Stored.Descriptor(withEmpty), withLayers: true);

        var path = Path.Combine(folder["layout"], LayoutContent.BlobName(LayoutContent.DigestOf([])));
        File.Delete(path);
        Tool.Run("mkfifo", [path]).RequireSuccess();
        Refusal.Of(
            () => ContentCheck.Make(LayoutFolder.Open(folder["layout"], TimeSpan.Zero), Stored.Descriptor(withEmpty), withLayers: true),
            "is not a file"
        );
    }

    [Theory]
    [InlineData("Index.json")]
    [InlineData("MANIFEST.JSON")]
    [InlineData("Blobs")]
    [InlineData("index.json.")]
    public void A_file_with_a_name_that_is_another_s_elsewhere_is_refused(string name)
    {
        folder.Write($"layout/{name}", "{}");
        Refusal.Of(Use, name);
    }

    public void Dispose() => folder.Dispose();

    private void Use() => _ = ContentCheck.Make(LayoutFolder.Open(folder["layout"], TimeSpan.Zero), Stored.Descriptor(image), withLayers: true);

    // Moves a part, and puts a link in its place.
    private void Link(string part, string to, string target)
    {
        var layer = JsonNode.Parse(content[LayoutContent.DigestIn(image)])!["layers"]![0]!;
        var name = part switch
        {
            "IMAGE" => LayoutContent.BlobName(LayoutContent.DigestIn(image)),
            "LAYER" => LayoutContent.BlobName(LayoutContent.DigestIn(layer)),
            _ => part,
        };
        var path = Path.Combine(folder["layout"], name);
        Directory.Move(path, to);
        File.CreateSymbolicLink(path, target);
    }
}
