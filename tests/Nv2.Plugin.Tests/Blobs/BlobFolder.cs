using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Tests.Blobs;

/// <summary>A folder with a blob and the keys of the vectors.</summary>
internal sealed class BlobFolder : IDisposable
{
    public const string Blob = "app.bin";
    public const string Key = "p384.key";
    public const string Certificate = "p384.crt";

    /// <summary>What the key of <see cref="Certificate"/> asks for.</summary>
    public const string Hash = "sha384";

    public BlobFolder()
    {
        foreach (var name in new[] { "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521", "leaf", "cn-only" })
            Folder.WriteKey($"{name}.key", Vectors.Read($"keys/{name}.key"));
        foreach (var name in new[] { "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521", "leaf-full-chain", "leaf-chain", "root" })
            Folder.Write($"{name}.crt", Vectors.Read($"keys/{name}.crt"));
        Folder.Write(Blob, "what is released\n");
    }

    public WorkingFolder Folder { get; } = new();

    /// <summary>The digest of a file as openssl computes it: <c>sha384:…</c>.</summary>
    public string DigestByOpenSsl(string hash, string file) =>
        $"{hash}:{Tool.Run("openssl", ["dgst", $"-{hash}", "-r", Folder[file]]).RequireSuccess().Stdout.Split(' ')[0]}";

    public ProcessResult Sign(params string[] more) => Folder.Run(["sign", "--blob", Blob, "--format", "jws", "-k", Key, "-c", Certificate, .. more]);

    public ProcessResult Verify(params string[] more) => Folder.Run(["verify", "--blob", Blob, "--ca-cert", Certificate, .. more]);

    public JsonNode Inspect(string signature) => JsonNode.Parse(Folder.Run("inspect", "--json", signature).RequireSuccess().Stdout)!;

    /// <summary>Writes a signature by the library, whatever its claims.</summary>
    public void WriteSignature(string file, string format, Claims claims)
    {
        using var key = PemPrivateKey.Parse(Folder.Read(Key));
        Folder.Write(file, SignatureFormats.ByName(format).Sign(claims, key, CertificateFile.Parse(Folder.Read(Certificate))));
    }

    /// <summary>Claims about the blob, which are right but for what is given.</summary>
    public Claims Claims(DigestAlgorithm? algorithm = null, string mediaType = "application/octet-stream")
    {
        var content = Folder.Read(Blob);
        return new Claims(
            MediaType.Parse(mediaType),
            Digest.Compute(algorithm ?? DigestAlgorithm.Sha384, content),
            content.Length,
            [],
            DateTimeOffset.FromUnixTimeSeconds(1_795_000_000),
            null,
            null
        );
    }

    public void Dispose() => Folder.Dispose();
}
