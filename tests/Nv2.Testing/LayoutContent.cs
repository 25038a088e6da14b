using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Testing;

/// <summary>An OCI image layout made by hand, in memory, so that anything in it can be wrong.</summary>
public sealed class LayoutContent
{
    public const string Marker = "oci-layout";
    public const string IndexFile = "index.json";
    public const string ImageType = "application/vnd.oci.image.manifest.v1+json";
    public const string IndexType = "application/vnd.oci.image.index.v1+json";
    public const string ConfigType = "application/vnd.oci.image.config.v1+json";
    public const string LayerType = "application/vnd.oci.image.layer.v1.tar";
    public const string JwtType = "application/vnd.cncf.notary.config.v2+jwt";

    private readonly Dictionary<string, byte[]> blobs = [];

    /// <summary>The content of <c>oci-layout</c>.</summary>
    public byte[] MarkerContent { get; set; } = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    /// <summary>The manifests of <c>index.json</c>.</summary>
    public JsonArray Entries { get; } = [];

    /// <summary>The content of <c>index.json</c>.</summary>
    public byte[] Index => Bytes(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = Entries.DeepClone() });

    /// <summary>All files, the index last.</summary>
    public IEnumerable<(string Name, byte[] Content)> Files => [(Marker, MarkerContent), .. Blobs, (IndexFile, Index)];

    /// <summary>The blobs by the names of their files.</summary>
    public IEnumerable<(string Name, byte[] Content)> Blobs => blobs.Select(blob => (BlobName(blob.Key), blob.Value));

    /// <summary>The content of a blob.</summary>
    public byte[] this[string digest]
    {
        get => blobs[digest];
        set => blobs[digest] = value;
    }

    public static string DigestOf(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    public static string DigestIn(JsonNode descriptor) => descriptor["digest"]!.GetValue<string>();

    public static string BlobName(string digest) => $"blobs/{digest.Replace(':', '/')}";

    public static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    /// <summary>Stores a blob and gives its descriptor.</summary>
    public JsonObject AddBlob(string mediaType, byte[] content)
    {
        var digest = DigestOf(content);
        blobs[digest] = content;
        return new JsonObject
        {
            ["mediaType"] = mediaType,
            ["digest"] = digest,
            ["size"] = content.Length,
        };
    }

    public JsonObject AddManifest(string mediaType, JsonObject manifest) => AddBlob(mediaType, Bytes(manifest));

    /// <summary>Stores an image of a config and one layer, which both say its name, and gives its descriptor.</summary>
    public JsonObject AddImage(string name) => AddManifest(ImageType, Image(name));

    /// <summary>The manifest of an image whose config and layer are stored.</summary>
    public JsonObject Image(string name) =>
        new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ImageType,
            ["config"] = AddBlob(ConfigType, Encoding.UTF8.GetBytes($$"""{"architecture":"amd64","os":"linux","author":"{{name}}"}""")),
            ["layers"] = new JsonArray(AddBlob(LayerType, new TarArchive().File(name, Encoding.UTF8.GetBytes(name)).End())),
        };

    public JsonObject AddIndex(params IEnumerable<JsonObject> manifests) =>
        AddManifest(
            IndexType,
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = IndexType,
                ["manifests"] = new JsonArray([.. manifests.Select(manifest => manifest.DeepClone())]),
            }
        );

    /// <summary>Stores a signature and its manifest, lists the manifest, and gives its descriptor.</summary>
    public JsonObject AddSignature(JsonObject subject, byte[] signature, string mediaType = JwtType)
    {
        var manifest = AddManifest(
            ImageType,
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = ImageType,
                ["config"] = AddBlob(mediaType, signature),
                ["layers"] = new JsonArray(),
                ["subject"] = subject.DeepClone(),
            }
        );
        List(manifest);
        return manifest;
    }

    /// <summary>Adds an entry to the index.</summary>
    public LayoutContent List(JsonObject descriptor, string? tag = null, string? imageName = null)
    {
        var entry = (JsonObject)descriptor.DeepClone();
        var annotations = new JsonObject();
        if (imageName is not null)
            annotations["io.containerd.image.name"] = imageName;
        if (tag is not null)
            annotations["org.opencontainers.image.ref.name"] = tag;
        if (annotations.Count > 0)
            entry["annotations"] = annotations;
        Entries.Add((JsonNode)entry);
        return this;
    }

    public LayoutContent Remove(JsonNode descriptor)
    {
        blobs.Remove(DigestIn(descriptor));
        return this;
    }

    /// <summary>Changes one byte of a blob, which keeps its name.</summary>
    public LayoutContent Damage(JsonNode descriptor)
    {
        var content = (byte[])blobs[DigestIn(descriptor)].Clone();
        content[^1] ^= 1;
        blobs[DigestIn(descriptor)] = content;
        return this;
    }

    /// <summary>The layout as a tar that can be added to.</summary>
    public TarArchive ToTar()
    {
        var tar = new TarArchive();
        foreach (var (name, content) in Files)
            tar.File(name, content);
        return tar;
    }

    /// <summary>Writes the layout to a folder.</summary>
    public string WriteTo(string folder)
    {
        foreach (var (name, content) in Files)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!); // Never null: the name is below the folder.
            File.WriteAllBytes(path, content);
        }

        return folder;
    }
}
