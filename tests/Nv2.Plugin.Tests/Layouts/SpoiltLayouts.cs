using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>A layout whose files can be read, and that must be refused for what they say.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Layout">The layout.</param>
/// <param name="Location">What follows the name of the layout on the command line.</param>
/// <param name="SigningFails">Whether it cannot be signed in either: to sign a manifest, its parts need not be there.</param>
internal sealed record SpoiltLayout(string Name, LayoutContent Layout, string Location = "", bool SigningFails = true)
{
    /// <summary>The content of <c>index.json</c>, where it is not that of the layout.</summary>
    public byte[]? Index { get; init; }

    private const int TooDeep = 20;

    public static IEnumerable<SpoiltLayout> All => [.. Indexes, .. Blobs, .. Manifests, .. Names];

    private static IEnumerable<SpoiltLayout> Indexes =>
        [
            new("a later version", new LayoutContent { MarkerContent = """{"imageLayoutVersion":"2.0.0"}"""u8.ToArray() }),
            new("a version that is a number", new LayoutContent { MarkerContent = """{"imageLayoutVersion":1}"""u8.ToArray() }),
            new("no version", new LayoutContent { MarkerContent = "{}"u8.ToArray() }),
            new("a marker that is no JSON", new LayoutContent { MarkerContent = "1.0.0\n"u8.ToArray() }),
            WithIndex("an index that is no JSON", "manifests: []"),
            WithIndex("an index that is an array", "[]"),
            WithIndex("an index with a property twice", """{"manifests":[],"manifests":[]}"""),
            WithIndex("an index that is too deep", string.Concat(Enumerable.Repeat("""{"a":""", 40)) + "1" + new string('}', 40)),
            WithIndex("an index without manifests", """{"schemaVersion":2}"""),
            WithIndex("an index whose manifests are an object", """{"manifests":{}}"""),
            WithIndex("an index that says it is an image", """{"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}"""),
            WithIndex("an entry that is no object", """{"manifests":["sha256:00"]}"""),
            WithIndex("an entry without a digest", """{"manifests":[{"mediaType":"a/b","size":1}]}"""),
            WithIndex("an entry whose digest leads out", """{"manifests":[{"mediaType":"a/b","size":1,"digest":"sha256:../../../etc/passwd"}]}"""),
            WithIndex(
                "an entry with a negative size",
                $$"""{"manifests":[{"mediaType":"a/b","size":-1,"digest":"{{LayoutContent.DigestOf([])}}"}]}"""
            ),
            WithIndex(
                "an entry whose tag is a number",
                $$"""{"manifests":[{"mediaType":"a/b","size":1,"digest":"{{LayoutContent.DigestOf([])}}","annotations":"""
                    + """{"org.opencontainers.image.ref.name":1} }]}"""
            ),
            WithIndex("a byte order mark", "\uFEFF{}"),
            new("no entries", new LayoutContent()),
        ];

    private static IEnumerable<SpoiltLayout> Blobs =>
        [
            Spoil("another config", signed => signed.Layout.Damage(signed.Config)) with
            {
                SigningFails = false,
            },
            Spoil("another layer", signed => signed.Layout.Damage(signed.Layer)) with
            {
                SigningFails = false,
            },
            Spoil("another manifest", signed => signed.Layout.Damage(signed.Image)),
            Spoil("another manifest of a signature", signed => signed.Layout.Damage(signed.Signature)),
            Spoil("no config", signed => signed.Layout.Remove(signed.Config)) with
            {
                SigningFails = false,
            },
            Spoil("no layer", signed => signed.Layout.Remove(signed.Layer)) with
            {
                SigningFails = false,
            },
            Spoil("no manifest", signed => signed.Layout.Remove(signed.Image), ":v1"),
            Spoil("a longer config", signed => signed.Layout[LayoutContent.DigestIn(signed.Config)] = new byte[4000]) with
            {
                SigningFails = false,
            },
            Spoil("a shorter layer", signed => signed.Layout[LayoutContent.DigestIn(signed.Layer)] = [1]) with
            {
                SigningFails = false,
            },
            Spoil("an empty manifest", signed => signed.Layout[LayoutContent.DigestIn(signed.Image)] = []),
            Spoil("an entry with the wrong size", signed => signed.Layout.Entries[0]!["size"] = 3),
            Image("a layer with the wrong size", image => image["layers"]![0]!["size"] = 3) with
            {
                SigningFails = false,
            },
            Image("a config with the wrong size", image => image["config"]!["size"] = 30000) with
            {
                SigningFails = false,
            },
        ];

    private static IEnumerable<SpoiltLayout> Manifests
    {
        get
        {
            var layout = new LayoutContent();
            var platform = layout.AddImage("app");
            var empty = layout.AddIndex(platform, layout.AddImage("other"));
            yield return new("an index of which nothing is there", new LayoutContent().List(new LayoutContent().AddIndex()), SigningFails: true);

            layout.List(empty).Remove(platform).Remove(new LayoutContent().AddImage("other"));
            yield return new("an index without its platforms", layout, SigningFails: false);

            yield return Image("an index and an image in one", image => image["manifests"] = new JsonArray(new LayoutContent().AddImage("other")));
            yield return Image("an image that says it is an index", image => image["mediaType"] = LayoutContent.IndexType);
            yield return Image(
                "a manifest with a property twice",
                image => image["layers"] = new JsonArray(),
                text => text.Replace("\"layers\"", "\"config\"", StringComparison.Ordinal)
            );
            yield return Image("a layer without a digest", image => image["layers"]![0]!.AsObject().Remove("digest"));
            yield return Image("a config that is a string", image => image["config"] = "sha256:00");
            yield return Image("a subject that is a string", image => image["subject"] = "sha256:00");

            var listed = new LayoutContent();
            listed.List(listed.AddImage("app"));
            listed.Entries[0]!["mediaType"] = LayoutContent.IndexType;
            yield return new("an entry that calls an image an index", listed);

            // No test of a manifest that leads back to itself: it would have to hold its own digest.
            var deep = new LayoutContent();
            var inner = deep.AddImage("app");
            for (var depth = 0; depth < TooDeep; depth++)
                inner = deep.AddIndex(inner);
            yield return new("indexes in indexes in indexes", deep.List(inner), SigningFails: false);

            var large = new LayoutContent();
            large.List(large.AddBlob(LayoutContent.ImageType, [.. "{\"a\":\""u8, .. Enumerable.Repeat((byte)'x', 4 * 1024 * 1024), .. "\"}"u8]));
            yield return new("a manifest of more than four mebibytes", large);

            var noise = new LayoutContent();
            noise.List(noise.AddBlob(LayoutContent.ImageType, "not JSON"u8.ToArray()));
            yield return new("a manifest that is no JSON", noise);
        }
    }

    private static IEnumerable<SpoiltLayout> Names
    {
        get
        {
            var signed = new SignedImage();
            yield return new("an unknown tag", signed.Layout, ":v2");
            yield return new("an unknown digest", signed.Layout, "@" + LayoutContent.DigestOf([]));
            yield return new("the digest of a layer", signed.Layout, "@" + LayoutContent.DigestIn(signed.Layer));

            var two = new LayoutContent();
            two.List(two.AddImage("app"), "v1")
                .List(two.AddImage("other"), "v2")
                .List(two.AddImage("third"), imageName: "registry.example.com/app:v3");
            yield return new("two artifacts and no name", two);

            var same = new LayoutContent();
            yield return new("two artifacts of one name", same.List(same.AddImage("app"), "v1").List(same.AddImage("other"), "v1"), ":v1");

            var nameless = new LayoutContent();
            yield return new("two artifacts without names", nameless.List(nameless.AddImage("app")).List(nameless.AddImage("other")), "");

            var many = new LayoutContent();
            for (var number = 10; number < 30; number++)
                many.List(many.AddImage($"app{number}"), $"v{number}");
            yield return new("twenty artifacts and no name", many);

            var named = new SignedImage();
            yield return new("a name for another image", named.Layout.List(named.Layout.AddImage("evil"), "v2"), ":v1");

            var referring = new SignedImage();
            var evil = referring.Layout.Image("evil");
            evil["subject"] = referring.Image.DeepClone();
            yield return new(
                "a name for an image that refers to the artifact",
                referring.Layout.List(referring.Layout.AddManifest(LayoutContent.ImageType, evil), imageName: "registry.example.com/app:v1")
            );

            var tagged = new SignedImage();
            yield return new(
                "an image under the tag of referrers",
                tagged.Layout.List(tagged.Layout.AddImage("evil"), LayoutContent.DigestIn(tagged.Image).Replace(':', '-'))
            );

            var above = new LayoutContent();
            var platform = above.AddImage("app");
            above.List(above.AddIndex(platform, above.AddImage("evil")), "v1").AddSignature(platform, SignedImage.Sign(platform));
            yield return new(
                "a platform of an index with a name and no signature",
                above,
                "@" + LayoutContent.DigestIn(platform),
                SigningFails: false
            );

            var cased = new SignedImage();
            yield return new("manifests in two spellings", cased.Layout)
            {
                Index = Encoding.UTF8.GetBytes(
                    Encoding
                        .UTF8.GetString(cased.Layout.Index)
                        .Replace("{\"schemaVersion\":2,", "{\"schemaVersion\":2,\"Manifests\":[],", StringComparison.Ordinal)
                ),
            };

            var alone = new LayoutContent();
            alone.AddSignature(signed.Image, signed.SignatureBytes);
            yield return new("only a signature", alone);
        }
    }

    private static SpoiltLayout WithIndex(string name, string index) => new(name, new LayoutContent()) { Index = Encoding.UTF8.GetBytes(index) };

    private static SpoiltLayout Spoil(string name, Action<SignedImage> spoil, string location = "")
    {
        var signed = new SignedImage();
        spoil(signed);
        return new(name, signed.Layout, location);
    }

    // An image whose manifest is changed before it is stored, so that it has its digest.
    private static SpoiltLayout Image(string name, Action<JsonObject> change, Func<string, string>? rewrite = null)
    {
        var layout = new LayoutContent();
        var image = layout.Image("app");
        change(image);
        var text = image.ToJsonString();
        return new(name, layout.List(layout.AddBlob(LayoutContent.ImageType, Encoding.UTF8.GetBytes(rewrite?.Invoke(text) ?? text))));
    }
}
