using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Containerd;

/// <summary>
/// A machine with containerd on it: an image whose signature is in a layout, a trust home whose policy trusts the signer, and the verifier's
/// settings. Each test spoils one thing of it.
/// </summary>
internal sealed class VerifierMachine : IDisposable
{
    public const string Name = "registry.wabbit-networks.io/net-monitor:v1";
    public const string DescriptorType = "application/vnd.oci.descriptor.v1+json";
    public const string ContextType = "application/vnd.containerd.image-verifier.input.v1+json";
    public const string Settings = "verifier.json";
    public const string Layout = "layout";
    public const string TrustHome = "trust";

    private static readonly string[] Reference = ["-r", Name];

    public VerifierMachine()
    {
        var layout = new LayoutContent();
        var image = layout.AddImage("net-monitor");
        layout.Entries.Add(image.DeepClone());
        Descriptor = (JsonObject)image.DeepClone();
        layout.WriteTo(Folder[Layout]);
        Folder.Run(["certificate", "generate-test", "registry.wabbit-networks.io"]).RequireSuccess();
        Folder
            .Run(["sign", "-k", "registry.wabbit-networks.io.key", "-c", "registry.wabbit-networks.io.crt", .. Reference, "--oci-layout", Layout])
            .RequireSuccess();
        Folder.Run("trust", "add", "wabbit-networks", "registry.wabbit-networks.io.crt", "--trust-home", TrustHome).RequireSuccess();
        Folder
            .Run("trust", "allow", "registry.wabbit-networks.io/net-monitor", "--store", "wabbit-networks", "--trust-home", TrustHome)
            .RequireSuccess();
        WriteSettings(new JsonObject { ["layout"] = Folder[Layout] });
    }

    public WorkingFolder Folder { get; } = new();

    /// <summary>The descriptor that containerd hands over.</summary>
    public JsonObject Descriptor { get; set; }

    public string Digest => LayoutContent.DigestIn(Descriptor);

    public string[] Arguments => ["-name", Name, "-digest", Digest, "-stdin-media-type", DescriptorType];

    /// <summary>The arguments that containerd gives where <c>verify_on_run</c> is set.</summary>
    public string[] ArgumentsFor(string operation) => ["-name", Name, "-digest", Digest, "-stdin-media-type", ContextType, "-operation", operation];

    /// <summary>What containerd writes to standard input there: annotations come with the operation <c>run</c> alone.</summary>
    public byte[] InputFor(string operation)
    {
        var input = new JsonObject { ["descriptor"] = Descriptor.DeepClone(), ["operation"] = operation };
        if (operation == "run")
            input["annotations"] = new JsonObject { ["io.kubernetes.cri.container-type"] = "container", ["io.kubernetes.cri.image-name"] = Name };
        return [.. LayoutContent.Bytes(input), (byte)'\n'];
    }

    public void WriteSettings(JsonObject signatures, int timeoutSeconds = 60) =>
        Folder.Write(
            Settings,
            new JsonObject
            {
                ["version"] = "1.0",
                ["trustHome"] = Folder[TrustHome],
                ["timeoutSeconds"] = timeoutSeconds,
                ["signatures"] = signatures,
            }.ToJsonString()
        );

    /// <summary>Calls the verifier as containerd does: in an environment that has next to nothing.</summary>
    public ProcessResult Call(string[]? arguments = null, byte[]? stdin = null, string? path = null) =>
        Tool.Run(
            "env",
            [
                "-i",
                $"NV2_VERIFIER_CONFIG={Folder[Settings]}",
                .. path is null ? Array.Empty<string>() : [$"PATH={path}"],
                Nv2Binary.Path,
                .. arguments ?? Arguments,
            ],
            stdin ?? [.. LayoutContent.Bytes(Descriptor), (byte)'\n'],
            "/"
        );

    /// <summary>The one line that the user sees, without what differs from run to run.</summary>
    public string Mask(string line) => line.Replace(Folder.Path, "FOLDER", StringComparison.Ordinal);

    public void Dispose() => Folder.Dispose();
}
