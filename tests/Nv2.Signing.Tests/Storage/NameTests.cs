using System.Text.Json.Nodes;
using CsCheck;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>What other programs load from a layout under a name is the artifact in question, or the layout is refused.</summary>
public class NameTests
{
    private const string Name = "registry.example.com/app:v1";

    private readonly LayoutContent layout = new();
    private readonly JsonObject image;
    private readonly JsonObject evil;

    public NameTests()
    {
        image = layout.AddImage("app");
        evil = layout.AddImage("evil");
        layout.List(image, "v1");
    }

    private string ReferrersTagOfImage => ReferrersTag.Of(Stored.Descriptor(image).Digest);

    [Fact]
    public void Several_names_of_the_artifact_are_fine()
    {
        layout.List(image, "v1", Name).List(image, "latest", "registry.example.com/app:latest").List(evil);
        Check(image);
    }

    [Theory]
    [InlineData("v1", null)]
    [InlineData(null, Name)]
    [InlineData("v1", Name)]
    [InlineData("v1", "")]
    [InlineData("not a reference", null)]
    [InlineData("sha256-0000000000000000000000000000000000000000000000000000000000000000", null)]
    public void A_name_of_something_else_is_refused(string? tag, string? imageName)
    {
        layout.List(evil, tag, imageName);
        Refusal.Of(() => Check(image), "$.manifests[1]", LayoutContent.DigestIn(evil), "save the images one by one");
    }

    [Fact]
    public void A_name_of_a_referrer_is_refused()
    {
        var referrer = layout.Image("evil");
        referrer["subject"] = image.DeepClone();
        layout.List(layout.AddManifest(LayoutContent.ImageType, referrer), imageName: Name);
        Refusal.Of(() => Check(image), Name);
    }

    [Fact]
    public void A_signature_without_a_name_is_fine_and_with_one_is_refused()
    {
        var signature = layout.AddSignature(image, "a.b.c"u8.ToArray());
        Check(image);
        layout.List(signature, "v1");
        Refusal.Of(() => Check(image), LayoutContent.DigestIn(signature));
    }

    [Fact]
    public void The_list_of_the_artifact_s_referrers_may_have_its_tag()
    {
        var signature = layout.AddSignature(image, "a.b.c"u8.ToArray());
        layout.List(layout.AddIndex(signature), ReferrersTagOfImage);
        Check(image);
    }

    [Fact]
    public void What_has_the_tag_of_a_list_of_referrers_and_is_none_is_refused()
    {
        var signature = layout.AddSignature(image, "a.b.c"u8.ToArray());
        var runnable = layout.Image("evil");
        runnable["subject"] = image.DeepClone();
        foreach (
            var list in new[]
            {
                evil,
                signature,
                layout.AddIndex(evil),
                layout.AddIndex(signature, evil),
                layout.AddIndex(layout.AddIndex(signature)),
                layout.AddIndex(layout.AddManifest(LayoutContent.ImageType, runnable)),
            }
        )
        {
            layout.List(list, ReferrersTagOfImage);
            Refusal.Of(() => Check(image), ReferrersTagOfImage);
            layout.Entries.RemoveAt(layout.Entries.Count - 1);
        }

        layout.List(layout.AddIndex(signature), ReferrersTagOfImage, Name);
        Refusal.Of(() => Check(image), Name);
    }

    [Theory]
    [InlineData("application/vnd.oci.image.index.v1+json")]
    [InlineData("application/vnd.docker.distribution.manifest.v2+json")]
    [InlineData("application/vnd.example.unknown")]
    public void The_artifact_s_bytes_as_something_else_are_something_else(string mediaType)
    {
        var other = (JsonObject)image.DeepClone();
        other["mediaType"] = mediaType;
        layout.List(other, imageName: Name);
        Assert.ThrowsAny<InvalidInputException>(() => Check(image));
    }

    [Fact]
    public void A_name_of_what_is_not_there_is_refused()
    {
        layout.List(evil, "v1").Remove(evil);
        Refusal.Of(() => Check(image), LayoutContent.DigestIn(evil));
    }

    [Fact]
    public void A_name_in_an_index_in_the_layout_is_refused()
    {
        var named = (JsonObject)evil.DeepClone();
        named["annotations"] = new JsonObject { ["io.containerd.image.name"] = Name };
        layout.List(layout.AddIndex(layout.AddIndex(named)));
        Refusal.Of(() => Check(image), Name, "the index sha256:");
    }

    [Fact]
    public void A_named_index_above_the_artifact_is_told_and_checked()
    {
        var index = layout.AddIndex(image, layout.AddImage("other"));
        layout.Entries.Clear();
        layout.List(index, "multi");

        Assert.Equal([LayoutContent.DigestIn(index)], Check(image).NamedIndexes.Select(above => above.Digest.ToString()));
        Assert.Empty(Check(index).NamedIndexes);
        layout.List(image, "amd64");
        Assert.Empty(Check(index).NamedIndexes);
    }

    [Fact]
    public void Whatever_is_listed_a_name_is_the_artifact_s_or_the_layout_is_refused()
    {
        string?[] names = [null, "", "v1", "latest", Name, ReferrersTagOfImage, "a b"];
        var name = Gen.Int[0, names.Length - 1];
        Gen.Select(Gen.Int[0, 5], name, name)
            .List[0, 4]
            .Sample(
                entries =>
                {
                    var content = new LayoutContent();
                    var good = content.AddImage("app");
                    var bad = content.AddImage("evil");
                    var referrer = content.Image("evil");
                    referrer["subject"] = good.DeepClone();
                    JsonObject[] kinds =
                    [
                        good,
                        bad,
                        content.AddManifest(LayoutContent.ImageType, referrer),
                        content.AddIndex(bad),
                        content.AddIndex(),
                        content.AddBlob("a/b", [1]),
                    ];
                    foreach (var (kind, tag, imageName) in entries)
                        content.List(kinds[kind], names[tag], names[imageName]);

                    // As the programs read it: any name that is not empty, of anything.
                    var isDeceiving = entries.Exists(one =>
                        one.Item1 != 0
                        && (!string.IsNullOrEmpty(names[one.Item2]) || !string.IsNullOrEmpty(names[one.Item3]))
                        && !(one.Item1 == 4 && names[one.Item2] == ReferrersTagOfImage && string.IsNullOrEmpty(names[one.Item3]))
                    );
                    Assert.Equal(isDeceiving, Record.Exception(() => Check(content, good)) is InvalidInputException);
                },
                iter: 2000,
                threads: 1
            );
    }

    [Theory]
    [InlineData("manifests", "Manifests")]
    [InlineData("manifests", "MANIFESTS")]
    [InlineData("manifests", "manife\u017fts")]
    [InlineData("mediaType", "mediatype")]
    public void A_property_that_readers_without_an_eye_for_case_take_for_another_is_refused(string name, string other)
    {
        var index = JsonNode.Parse(layout.Index)!.AsObject();
        index[other] = index[name]?.DeepClone() ?? new JsonArray();
        Refusal.Of(() => LayoutIndex.Parse(LayoutContent.Bytes(index)), $"is not the property {name}");
    }

    [Theory]
    [InlineData("Digest")]
    [InlineData("ANNOTATIONS")]
    [InlineData("annotation\u017f")]
    [InlineData("\u017fize")]
    public void The_same_in_an_entry_is_refused(string name)
    {
        layout.Entries[0]!.AsObject()[name] = new JsonObject { ["io.containerd.image.name"] = Name };
        Refusal.Of(() => LayoutIndex.Parse(layout.Index), "$.manifests[0]");
    }

    [Theory]
    [InlineData("Config")]
    [InlineData("LAYERS")]
    [InlineData("Manifests")]
    [InlineData("\u017fubject")]
    public void The_same_in_a_manifest_is_refused(string name)
    {
        var manifest = layout.Image("app");
        manifest[name] = new JsonArray();
        var changed = layout.AddManifest(LayoutContent.ImageType, manifest);
        layout.Entries.Clear();
        layout.List(changed);
        Refusal.Of(() => Check(changed), "other programs read it as that");
    }

    [Theory]
    [InlineData("""[{"Config":"CONFIG","config":"blobs/sha256/00","RepoTags":["app:v1"],"Layers":["LAYER"]}]""", null, "is not the property Config")]
    [InlineData("""[{"Config":"CONFIG","RepoTags":["app:v1"],"Layers":["LAYER"]}]""", """{"app":{"v1":"00","v2":"00"}}""", "app:v2")]
    [InlineData(null, """{"app":{"v1":"00"}}""", "app:v1")]
    public void Docker_s_own_files_name_nothing_else(string? manifest, string? repositories, string message) =>
        Refusal.Of(() => CheckDocker(manifest, repositories), message);

    [Theory]
    [InlineData("""[{"Config":"CONFIG","RepoTags":["app:v1"],"Layers":["LAYER"]}]""", """{"app":{"v1":"00"}}""")]
    [InlineData("""[{"Config":"CONFIG","RepoTags":["docker.io/library/app:v1"],"Layers":["LAYER"]}]""", """{"app":{"v1":"00"}}""")]
    [InlineData("""[{"Config":"CONFIG","RepoTags":null,"Layers":["LAYER"]}]""", "{}")]
    public void Docker_s_own_files_may_name_the_artifact(string manifest, string repositories) => CheckDocker(manifest, repositories);

    private static ContentCheck Check(LayoutContent content, JsonObject artifact) =>
        ContentCheck.Make(Stored.Tar(content), Stored.Descriptor(artifact), withLayers: true);

    private ContentCheck Check(JsonObject artifact) => Check(layout, artifact);

    private void CheckDocker(string? manifest, string? repositories)
    {
        var content = JsonNode.Parse(layout[LayoutContent.DigestIn(image)])!;
        var tar = layout.ToTar();
        if (manifest is not null)
        {
            tar.File(
                "manifest.json",
                System.Text.Encoding.UTF8.GetBytes(
                    manifest
                        .Replace("CONFIG", LayoutContent.BlobName(LayoutContent.DigestIn(content["config"]!)), StringComparison.Ordinal)
                        .Replace("LAYER", LayoutContent.BlobName(LayoutContent.DigestIn(content["layers"]![0]!)), StringComparison.Ordinal)
                )
            );
        }

        if (repositories is not null)
            tar.File("repositories", System.Text.Encoding.UTF8.GetBytes(repositories));
        ContentCheck.Make(Stored.Tar(tar.End()), Stored.Descriptor(image), withLayers: true);
    }
}
