using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>An OCI image layout with a real image of one layer, made by umoci: no daemon, no registry.</summary>
internal sealed class ImageLayout
{
    public const string Tag = "v1";

    /// <summary>What umoci says in the index that its manifests are; the manifests do not say it themselves.</summary>
    public const string MediaType = "application/vnd.oci.image.manifest.v1+json";

    private const string TagAnnotation = "org.opencontainers.image.ref.name";

    private static readonly Lazy<TemporaryFolder> Made = new(MakeOnce);

    private readonly string _path;

    private ImageLayout(string path) => _path = path;

    /// <summary>The folder.</summary>
    public string Folder => _path;

    /// <summary>The manifest of the image, as skopeo reads it from the layout.</summary>
    public byte[] Manifest => InspectRaw(Tag);

    /// <summary>The image's entry in the index, byte for byte as it stands there but for white space.</summary>
    public string Descriptor => Index["manifests"]![0]!.ToJsonString();

    private string IndexPath => Path.Combine(_path, "index.json");

    private JsonNode Index => JsonNode.Parse(File.ReadAllBytes(IndexPath))!;

    /// <summary>Writes the layout to a folder. umoci makes it once for all tests.</summary>
    public static ImageLayout Create(TemporaryFolder folder)
    {
        foreach (var file in Directory.EnumerateFiles(Made.Value.Path, "*", SearchOption.AllDirectories))
            folder.Write(Path.GetRelativePath(Made.Value.Path, file), File.ReadAllBytes(file));
        return new ImageLayout(folder["layout"]);
    }

    /// <summary>Stores a blob and gives its digest.</summary>
    public string AddBlob(byte[] content)
    {
        var hex = Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(Path.Combine(_path, "blobs", "sha256", hex), content);
        return $"sha256:{hex}";
    }

    /// <summary>Stores a manifest under a tag and gives its digest.</summary>
    public string AddManifest(string tag, byte[] content)
    {
        var digest = AddBlob(content);
        var index = Index;
        index["manifests"]!
            .AsArray()
            .Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["mediaType"] = MediaType,
                        ["digest"] = digest,
                        ["size"] = content.Length,
                        ["annotations"] = new JsonObject { [TagAnnotation] = tag },
                    }
            );
        File.WriteAllText(IndexPath, index.ToJsonString());
        return digest;
    }

    public byte[] InspectRaw(string tag) => Tool.Run("skopeo", ["inspect", "--raw", $"oci:{_path}:{tag}"]).RequireSuccess().StdoutBytes;

    /// <summary>Copies an image to a folder with skopeo, which fetches every blob and checks its digest.</summary>
    public void CopyTo(string tag, string folder) =>
        Tool.Run("skopeo", ["--insecure-policy", "copy", $"oci:{_path}:{tag}", $"dir:{folder}"]).RequireSuccess();

    private static TemporaryFolder MakeOnce()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        var image = $"{folder["layout"]}:{Tag}";
        Umoci("init", "--layout", folder["layout"]);
        Umoci("new", "--image", image);
        Umoci("config", "--image", image, "--config.cmd", "/bin/net-monitor", "--author", "wabbit-networks");
        Umoci("insert", "--image", image, folder.Write("net-monitor", "#!/bin/sh\necho watching\n"), "/bin/net-monitor");
        return folder;
    }

    private static void Umoci(params string[] arguments) => Tool.Run("umoci", arguments).RequireSuccess();
}
