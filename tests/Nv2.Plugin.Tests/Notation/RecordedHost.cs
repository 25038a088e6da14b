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

    private readonly TemporaryFolder folder = new();

    public RecordedHost()
    {
        Use("keys/leaf.key", "keys/leaf-full-chain.crt");
    }

    public string Path => folder.Path;

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

    public string Write(string name, byte[] content) => folder.Write(name, content);

    public ProcessResult Run(string command, JsonObject request, IReadOnlyDictionary<string, string?>? environment = null) =>
        Nv2Binary.Run([command], Encoding.UTF8.GetBytes(request.ToJsonString()), Path, environment);

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
