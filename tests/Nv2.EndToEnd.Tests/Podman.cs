using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>podman with a store of its own, in a folder that is gone after the test.</summary>
internal sealed class Podman(TemporaryFolder folder)
{
    /// <summary>What to write before a command of podman in a shell.</summary>
    public string[] Command { get; } = ["podman", "--root", folder["podman-root"], "--runroot", folder["podman-run"], "--storage-driver", "vfs"];

    public ProcessResult Run(params string[] arguments) => Tool.Run(Command[0], [.. Command[1..], .. arguments]);

    /// <summary>Puts an image of a layout into the store under a name.</summary>
    public void Import(string layout, string tag, string name)
    {
        var archive = folder["import.tar"];
        Tool.Run("skopeo", ["--insecure-policy", "copy", $"oci:{layout}:{tag}", $"docker-archive:{archive}:{name}"]).RequireSuccess();
        Run("load", "--quiet", "--input", archive).RequireSuccess();
        File.Delete(archive);
    }

    /// <summary>The digest of the config of an image in the store.</summary>
    public string Id(string name) => Run("image", "inspect", "--format", "{{.Id}}", name).RequireSuccess().Stdout.Trim();
}
