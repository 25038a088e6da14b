using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Archives in the two shapes in which Docker saves images since version 25: a layout, and beside it the <c>manifest.json</c> of older
/// versions.</summary>
internal static class DockerArchive
{
    public const string Name = "docker.io/library/app:v1";

    /// <summary>As the containerd image store saves: an index whose other platforms are not there, with the name that containerd gives.</summary>
    public static (byte[] Tar, JsonObject Index, JsonObject Platform) OfContainerd()
    {
        var layout = new LayoutContent();
        var amd64 = layout.AddImage("amd64");
        var arm64 = layout.AddImage("arm64");
        var attestation = layout.AddImage("attestation");
        var index = layout.AddIndex(amd64, arm64, attestation);
        foreach (var away in new[] { arm64, attestation })
            layout
                .Remove(JsonNode.Parse(layout[LayoutContent.DigestIn(away)])!["config"]!)
                .Remove(JsonNode.Parse(layout[LayoutContent.DigestIn(away)])!["layers"]![0]!)
                .Remove(away);
        layout.List(index, "v1", Name);
        return (Pack(layout, amd64), index, amd64);
    }

    /// <summary>As the older image store saves: one image, its layers not compressed.</summary>
    public static (byte[] Tar, JsonObject Image) OfGraphDriver()
    {
        var (layout, image) = Content();
        return (Pack(layout, image, withRepositories: true), image);
    }

    /// <summary>An archive whose <c>manifest.json</c> is of another image than its index.</summary>
    public static byte[] OfTwoMinds(Func<LayoutContent, JsonObject, LayoutContent> sign)
    {
        var (layout, image) = Content();
        return Pack(sign(layout, image), layout.AddImage("evil"), withRepositories: true);
    }

    private static (LayoutContent, JsonObject) Content()
    {
        var layout = new LayoutContent();
        var tar = new TarArchive().File("bin/app", "#!/bin/sh\n"u8.ToArray()).End();
        var layer = layout.AddBlob(LayoutContent.LayerType, tar);
        var image = layout.AddManifest(
            LayoutContent.ImageType,
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = LayoutContent.ImageType,
                ["config"] = layout.AddBlob(
                    LayoutContent.ConfigType,
                    LayoutContent.Bytes(
                        new JsonObject
                        {
                            ["architecture"] = "amd64",
                            ["os"] = "linux",
                            ["config"] = new JsonObject(),
                            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(LayoutContent.DigestIn(layer)) },
                            ["history"] = new JsonArray(new JsonObject { ["created"] = "2026-01-01T00:00:00Z" }),
                        }
                    )
                ),
                ["layers"] = new JsonArray(layer),
            }
        );
        layout.List(image, "v1", Name);
        return (layout, image);
    }

    private static byte[] Pack(LayoutContent layout, JsonObject loaded, bool withRepositories = false)
    {
        var manifest = JsonNode.Parse(layout[LayoutContent.DigestIn(loaded)])!;
        var layers = manifest["layers"]!.AsArray().Select(layer => LayoutContent.BlobName(LayoutContent.DigestIn(layer!))).ToList();
        var tar = new TarArchive().Entry('5', "blobs/").Entry('5', "blobs/sha256/");
        foreach (var (name, content) in layout.Blobs)
            tar.File(name, content);
        tar.File(LayoutContent.IndexFile, layout.Index);
        tar.File(
            "manifest.json",
            LayoutContent.Bytes(
                new JsonArray(
                    new JsonObject
                    {
                        ["Config"] = LayoutContent.BlobName(LayoutContent.DigestIn(manifest["config"]!)),
                        ["RepoTags"] = new JsonArray("app:v1"),
                        ["Layers"] = new JsonArray([.. layers.Select(layer => JsonValue.Create(layer))]),
                    }
                )
            )
        );
        tar.File(LayoutContent.Marker, layout.MarkerContent);
        if (withRepositories)
            tar.File("repositories", LayoutContent.Bytes(new JsonObject { ["app"] = new JsonObject { ["v1"] = layers[0].Split('/')[^1] } }));
        return tar.End();
    }
}
