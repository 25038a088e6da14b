using System.Text.Json.Nodes;
using Nv2.Signing.Storage.Tar;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>
/// A tar in which a file is given twice. Programs that unpack it take the last one, those that read on until they have what they look for the first:
/// what one of them verifies the other does not run. So it is refused, whatever the two are.
/// </summary>
public class RepeatedEntryTests
{
    private readonly LayoutContent layout = new();
    private readonly JsonObject image;

    public RepeatedEntryTests()
    {
        image = layout.AddImage("app");
        layout.List(image, "v1");
    }

    public static TheoryData<string, string> Again =>
        new()
        {
            { "", "the same content" },
            { "./", "the same content" },
            { "", "other content" },
            { "./", "other content" },
            { "", "no content" },
        };

    [Theory]
    [MemberData(nameof(Again))]
    public void A_blob_that_is_there_twice_is_refused(string prefix, string content)
    {
        foreach (var digest in Digests())
        {
            var name = LayoutContent.BlobName(digest);
            var again = content switch
            {
                "the same content" => layout[digest],
                "other content" => [.. layout[digest], 0],
                _ => [],
            };

            Refusal.Of(() => Stored.Tar(layout.ToTar().File(prefix + name, again).End()), $"it has the blob {digest} twice");
            Refusal.Of(() => Stored.Tar(Before(prefix + name, again)), $"it has the blob {digest} twice");
        }
    }

    [Fact]
    public void An_empty_blob_that_is_there_twice_is_refused()
    {
        var digest = LayoutContent.DigestIn(layout.AddBlob("text/plain", []));

        Refusal.Of(() => Stored.Tar(layout.ToTar().File(LayoutContent.BlobName(digest), []).End()), $"it has the blob {digest} twice");
    }

    [Theory]
    [InlineData(LayoutContent.Marker)]
    [InlineData(LayoutContent.IndexFile)]
    [InlineData("manifest.json")]
    [InlineData("repositories")]
    public void A_file_of_the_layout_itself_that_is_there_twice_is_refused(string name)
    {
        var content = name switch
        {
            "manifest.json" => "[]"u8.ToArray(),
            "repositories" => "{}"u8.ToArray(),
            _ => layout.Files.Single(file => file.Name == name).Content,
        };
        var tar = name is "manifest.json" or "repositories" ? layout.ToTar().File(name, content) : layout.ToTar();

        Refusal.Of(() => Stored.Tar(tar.File(name, content).End()), $"it has {name} twice");
        Refusal.Of(() => Stored.Tar(tar.File($"./{name}", content).End()), $"it has {name} twice");
    }

    [Fact]
    public void Files_that_are_no_part_of_a_layout_may_be_there_twice()
    {
        var tar = layout
            .ToTar()
            .File("VERSION", "1"u8.ToArray())
            .File("VERSION", "2"u8.ToArray())
            .File("blobs/sha256/readme", [1])
            .File("blobs/sha256/readme", [2])
            .End();

        Assert.Equal(LayoutContent.DigestIn(image), LayoutTar.Read(new MemoryStream(tar)).Resolve("v1").Digest.ToString());
    }

    // The manifest, the config and the layer.
    private List<string> Digests() => [.. layout.Blobs.Select(blob => blob.Name["blobs/".Length..].Replace('/', ':'))];

    private byte[] Before(string name, byte[] content)
    {
        var tar = new TarArchive().File(name, content);
        foreach (var (other, bytes) in layout.Files)
            tar.File(other, bytes);
        return tar.End();
    }
}
