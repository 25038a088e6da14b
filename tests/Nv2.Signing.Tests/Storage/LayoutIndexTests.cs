using System.Text;
using System.Text.Json;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>What other programs wrote into <c>index.json</c> stays as they wrote it.</summary>
public class LayoutIndexTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Written = """
        { "x-first" : { "b": 1.0, "a": [ 1E400, -0, 0.10, 12345678901234567890123 ] },
          "schemaVersion": 2,
          "annotations": { "z": "\u00e9\ud800 <&>", "a": "é" },
          "manifests": [
            { "size": 0, "unknown": [ null, true, { "n": 1.50 } ], "digest": "DIGEST", "mediaType": "a/b",
              "annotations": { "org.opencontainers.image.ref.name": "v1", "x": "\/" }, "platform": { "os": "linux", "os.version": "10.0.1" } },
            {"mediaType":"a/b","digest":"DIGEST","size":0,"urls":["https://example.com/"],"data":"AA=="}
          ],
          "mediaType": "application/vnd.oci.image.index.v1+json",
          "x-last": "", "é": 1 }
        """;

    private static readonly byte[] Content = Encoding.UTF8.GetBytes(Written.Replace("DIGEST", Digest, StringComparison.Ordinal));

    [Fact]
    public void What_is_in_an_index_stays_as_it_was_and_in_its_order()
    {
        var signature = Stored.Artifact(Subject(), "a.b.c");

        var before = JsonElement.Parse(Content);
        var after = JsonElement.Parse(LayoutIndex.Parse(Content).With([signature]));

        Assert.Equal(before.EnumerateObject().Select(property => property.Name), after.EnumerateObject().Select(property => property.Name));
        foreach (var property in before.EnumerateObject().Where(property => property.Name != "manifests"))
            Assert.Equal(property.Value.GetRawText(), after.GetProperty(property.Name).GetRawText());
        var entries = after.GetProperty("manifests").EnumerateArray().Select(entry => entry.GetRawText()).ToList();
        Assert.Equal(before.GetProperty("manifests").EnumerateArray().Select(entry => entry.GetRawText()), entries[..^1]);
        var descriptor = signature.Manifest.Descriptor;
        Assert.Equal(
            $$"""{"mediaType":"{{LayoutContent.ImageType}}","digest":"{{descriptor.Digest}}","size":"""
                + $$"""{{descriptor.Size}},"artifactType":"{{LayoutContent.JwtType}}"}""",
            entries[^1]
        );
    }

    [Fact]
    public void A_signature_is_listed_once()
    {
        var signature = Stored.Artifact(Subject(), "a.b.c");

        var once = LayoutIndex.Parse(Content).With([signature, signature]);

        Assert.Equal(3, LayoutIndex.Parse(once).Entries.Count);
        Assert.Equal(once, LayoutIndex.Parse(once).With([signature]));
    }

    [Fact]
    public void Nothing_added_changes_no_value()
    {
        // With half a character nothing can be compared.
        var content = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Content).Replace("\\ud800", "", StringComparison.Ordinal));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(content), JsonElement.Parse(LayoutIndex.Parse(content).With([]))));
    }

    [Fact]
    public void Entries_are_read_in_their_order_with_their_names()
    {
        var entries = LayoutIndex.Parse(Content).Entries;

        Assert.Equal(["v1", null], entries.Select(entry => entry.Name));
        Assert.All(entries, entry => Assert.Equal(Digest, entry.Descriptor.Digest.ToString()));
    }

    private static System.Text.Json.Nodes.JsonObject Subject() => new LayoutContent().AddImage("app");
}
