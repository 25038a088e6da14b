using System.Text;
using System.Text.Json.Nodes;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>All images of a layout: which they are, which names they have, and that no name is of two of them or of something else.</summary>
public class ImageBundleTests
{
    private const string One = "registry.example.com/one:v1";
    private const string Two = "registry.example.com/two:v1";

    private readonly LayoutContent layout = new();
    private readonly JsonObject one;
    private readonly JsonObject two;

    public ImageBundleTests()
    {
        one = layout.AddImage("one");
        two = layout.AddImage("two");
    }

    [Fact]
    public void Each_entry_is_an_image_with_all_its_names()
    {
        layout.List(one, "v1", One).List(two, "v1", Two).List(one, "latest", "registry.example.com/one:latest");

        var images = Open().Images;

        Assert.Equal([LayoutContent.DigestIn(one), LayoutContent.DigestIn(two)], images.Select(image => image.Artifact.Digest.ToString()));
        Assert.Equal([One, "v1", "registry.example.com/one:latest", "latest"], images[0].Names);
        Assert.Equal([Two, "v1"], images[1].Names);
    }

    [Fact]
    public void Signatures_lists_of_referrers_and_parts_of_an_image_without_a_name_are_no_images()
    {
        var index = layout.AddIndex(one, two);
        var signature = layout.AddSignature(index, "a.b.c"u8.ToArray());
        layout.List(index, "v1", One).List(two).List(layout.AddIndex(signature), ReferrersTag.Of(Stored.Descriptor(index).Digest));

        Assert.Equal([LayoutContent.DigestIn(index)], Open().Images.Select(image => image.Artifact.Digest.ToString()));
    }

    [Fact]
    public void An_entry_without_a_name_a_part_with_a_name_and_a_named_referrer_are_images()
    {
        var index = layout.AddIndex(one);
        var signature = layout.AddSignature(index, "a.b.c"u8.ToArray());
        layout.List(index, imageName: One).List(one, imageName: "registry.example.com/one:amd64").List(two).List(signature, "signature");

        Assert.Equal(
            new[] { signature, index, one, two }.Select(LayoutContent.DigestIn),
            Open().Images.Select(image => image.Artifact.Digest.ToString())
        );
    }

    [Theory]
    [InlineData(null, One, null, One)]
    [InlineData(One, null, null, One)]
    [InlineData("v1", null, "v1", null)]
    [InlineData(null, "docker.io/library/app:v1", "app:v1", null)]
    [InlineData("v1", One, One, Two)]
    public void A_name_of_two_images_is_refused(string? tag, string? name, string? otherTag, string? otherName)
    {
        layout.List(one, tag, name).List(two, otherTag, otherName);
        Refusal.Of(() => Open(), "expected each name for one image", LayoutContent.DigestIn(one), LayoutContent.DigestIn(two));
    }

    [Fact]
    public void Images_of_different_names_may_have_the_same_tag()
    {
        layout.List(one, "v1", One).List(two, "v1", Two);
        Assert.Equal(2, Open().Images.Count);
    }

    [Fact]
    public void A_list_of_referrers_of_something_else_and_a_name_in_it_are_refused()
    {
        layout.List(one, imageName: One).List(layout.AddIndex(two), ReferrersTag.Of(Stored.Descriptor(one).Digest));
        Refusal.Of(() => Open(), "is not an image of the layout");
    }

    [Fact]
    public void A_layout_without_an_image_is_refused() => Refusal.Of(() => Open(), "no image");

    [Fact]
    public void A_damaged_layer_is_found_in_every_image_that_has_it()
    {
        var (shared, again) = (layout.Image("shared"), layout.Image("shared"));
        again["annotations"] = new JsonObject { ["a"] = "b" };
        var (first, second) = (layout.AddManifest(LayoutContent.ImageType, shared), layout.AddManifest(LayoutContent.ImageType, again));
        layout.List(first, imageName: One).List(second, imageName: Two).Damage(shared["layers"]![0]!);
        var bundle = Open();

        foreach (var image in bundle.Images)
            Refusal.Of(() => bundle.Check(image.Artifact, withLayers: true), LayoutContent.DigestIn(shared["layers"]![0]!));
    }

    [Theory]
    [InlineData(One, Two, null)]
    [InlineData("registry.example.com/new:v1", Two, null)]
    [InlineData(Two, One, "registry.example.com/two:v1")]
    [InlineData("registry.example.com/new:v1", "registry.example.com/new:v1", "registry.example.com/new:v1")]
    public void Names_of_docker_s_own_file_are_names_of_the_same_image(string ofOne, string ofTwo, string? refused)
    {
        layout.List(one, imageName: One).List(two, imageName: Two);
        var bundle = Open(Docker((one, ofOne), (two, ofTwo)));
        foreach (var image in bundle.Images)
            bundle.Check(image.Artifact, withLayers: true);

        if (refused is not null)
        {
            Refusal.Of(bundle.RequireDockerNames, refused, "manifest.json");
            return;
        }

        bundle.RequireDockerNames();
        Assert.Equal(new[] { One, ofOne }.Distinct(), bundle.Images[0].Names);
    }

    [Fact]
    public void An_image_of_docker_s_own_file_that_is_none_of_the_bundle_is_refused()
    {
        layout.List(one, imageName: One);
        var bundle = Open(Docker((one, One), (two, Two)));
        bundle.Check(bundle.Images[0].Artifact, withLayers: true);
        Refusal.Of(bundle.RequireDockerNames, "manifest.json");
    }

    private ImageBundle Open() => ImageBundle.Open(Stored.Tar(layout));

    private static ImageBundle Open(byte[] tar) => ImageBundle.Open(Stored.Tar(tar));

    private byte[] Docker(params (JsonObject Image, string Name)[] images)
    {
        var entries = images.Select(image =>
        {
            var manifest = JsonNode.Parse(layout[LayoutContent.DigestIn(image.Image)])!;
            return $$"""{"Config":"{{Path(manifest["config"]!)}}","RepoTags":["{{image.Name}}"],"Layers":["{{Path(manifest["layers"]![0]!)}}"]}""";
        });
        return layout.ToTar().File("manifest.json", Encoding.UTF8.GetBytes($"[{string.Join(',', entries)}]")).End();

        static string Path(JsonNode descriptor) => LayoutContent.BlobName(LayoutContent.DigestIn(descriptor));
    }
}
