using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>What notation 1.3.2 sent to a plug-in, and a folder in which its requests find the key and the certificates that they name.</summary>
internal sealed class RecordedHost : IDisposable
{
    /// <summary>The name of the key in the recordings.</summary>
    public const string KeyId = "my-key-id";

    /// <summary>The name of the bundle in those recordings that have one.</summary>
    public const string Bundle = "chain.crt";

    /// <summary>The name by which notation calls the binary.</summary>
    private const string Executable = "notation-nv2";

    private readonly TemporaryFolder folder = new();

    public RecordedHost()
    {
        // A link and no copy: while another test starts a process, that one holds the copy open for writing, and nothing can run it.
        File.CreateSymbolicLink(folder[Executable], Nv2Binary.Path);
        Use("keys/leaf.key", "keys/leaf-full-chain.crt");
    }

    /// <summary>Keys of every kind: the name in the vectors, and the names of the contract for its kind, hash and algorithm.</summary>
    public static IReadOnlyList<(string Key, string KeySpec, string Hash, string Algorithm)> Keys { get; } =
    [
        ("rsa2048", "RSA-2048", "SHA-256", "RSASSA-PSS-SHA-256"),
        ("rsa3072", "RSA-3072", "SHA-384", "RSASSA-PSS-SHA-384"),
        ("rsa4096", "RSA-4096", "SHA-512", "RSASSA-PSS-SHA-512"),
        ("p256", "EC-256", "SHA-256", "ECDSA-SHA-256"),
        ("p384", "EC-384", "SHA-384", "ECDSA-SHA-384"),
        ("p521", "EC-521", "SHA-512", "ECDSA-SHA-512"),
    ];

    /// <summary>A request as it was recorded: <c>raw/02-describe-key</c>.</summary>
    public static JsonObject Request(string name) => JsonNode.Parse(Vectors.Read($"notation-host/{name}.request.json"))!.AsObject();

    /// <summary>The answer that notation accepted.</summary>
    public static JsonObject Response(string name) => JsonNode.Parse(Vectors.Read($"notation-host/{name}.response.json"))!.AsObject();

    /// <summary>Puts another key and its certificates in the place of those of the recordings.</summary>
    public void Use(string key, string bundle)
    {
        folder.Write(KeyId, Vectors.Read(key));
        folder.Write(Bundle, Vectors.Read(bundle));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder[KeyId], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public ProcessResult Run(string command, JsonObject request, IReadOnlyDictionary<string, string?>? environment = null) =>
        Tool.Run(folder[Executable], [command], Encoding.UTF8.GetBytes(request.ToJsonString()), folder.Path, environment);

    /// <summary>The answer to a request that must succeed.</summary>
    public JsonObject Answer(string command, JsonObject request, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var result = Run(command, request, environment).RequireSuccess();
        Assert.Empty(result.Stderr);
        Assert.EndsWith("}\n", result.Stdout, StringComparison.Ordinal);
        return JsonNode.Parse(result.Stdout)!.AsObject();
    }

    public void Dispose() => folder.Dispose();
}
