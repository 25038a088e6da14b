using System.Security.Cryptography;
using System.Text;

namespace Nv2.Plugin.Tests;

/// <summary>A folder with what the tests give to nv2, named by short relative names, so that no message holds a path of this machine.</summary>
internal sealed class WorkingFolder : IDisposable
{
    public const string RsaKey = "rsa.key";
    public const string RsaCertificate = "rsa.crt";
    public const string P256Key = "p256.key";
    public const string P256Certificate = "p256.crt";
    public const string Manifest = "manifest.json";

    /// <summary>A signature by the key of <see cref="P256Certificate"/> of <see cref="Manifest"/>.</summary>
    public const string Signature = "app.nv2";

    private readonly TemporaryFolder folder = new();

    public WorkingFolder()
    {
        WriteKey(RsaKey, Vectors.Read("keys/rsa2048.key"));
        WriteKey(P256Key, Vectors.Read("keys/p256.key"));
        folder.Write(RsaCertificate, Vectors.Read("keys/rsa2048.crt"));
        folder.Write(P256Certificate, Vectors.Read("keys/p256.crt"));
        folder.Write(Manifest, Vectors.Read("manifests/oci-image.json"));
        folder.Write(Signature, Vectors.Read("nv2-jwt/p256-x5c.jwt"));
    }

    public string Path => folder.Path;

    /// <summary>The names of the files, hidden ones too, in order.</summary>
    public IReadOnlyList<string> Names =>
        [.. Directory.EnumerateFileSystemEntries(Path).Select(entry => System.IO.Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    /// <summary>The path of a file in the folder.</summary>
    public string this[string name] => folder[name];

    public static string DigestOf(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    public string Write(string name, byte[] content) => folder.Write(name, content);

    public string Write(string name, string content) => folder.Write(name, content);

    /// <summary>Writes a file that only its owner may read.</summary>
    public void WriteKey(string name, byte[] content)
    {
        folder.Write(name, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public byte[] Read(string name) => File.ReadAllBytes(folder[name]);

    public ProcessResult Run(params string[] arguments) => Nv2Binary.Run(arguments, workingDirectory: Path);

    public ProcessResult RunWithInput(byte[] stdin, params string[] arguments) => Nv2Binary.Run(arguments, stdin, Path);

    public ProcessResult Request(string command, string json) => Nv2Binary.Request(command, json, Path);

    /// <summary>Every file with the hash of its content: equal before and after means that nothing was written.</summary>
    public string Fingerprint()
    {
        var listing = new StringBuilder();
        foreach (var name in Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            listing.Append(name).Append(' ').AppendLine(File.Exists(name) ? DigestOf(File.ReadAllBytes(name)) : "folder");
        return listing.ToString();
    }

    public void Dispose() => folder.Dispose();
}
