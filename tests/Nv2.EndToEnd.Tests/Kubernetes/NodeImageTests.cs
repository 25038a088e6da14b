using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Kubernetes;

/// <summary>deploy/kubernetes/image/Containerfile, built by podman on images that the test makes: nothing is pulled.</summary>
public sealed class NodeImageTests : IDisposable
{
    private const string Deploy = "deploy/kubernetes/image";

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_image_has_nv2_the_script_and_the_transfer_program_that_was_chosen()
    {
        var podman = new Podman(folder);
        var layout = ImageLayout.Create(folder);
        podman.Import(layout.Folder, ImageLayout.Tag, "localhost/transfer:v1");
        Tool.Run("mkdir", ["-p", folder[$"context/{Deploy}"], folder["context/artifacts/bin"], folder["out"]]).RequireSuccess();
        Tool.Run("cp", [KubernetesNode.Script, folder[$"context/{Deploy}"]]).RequireSuccess();
        Tool.Run("cp", [Nv2Binary.Path, folder["context/artifacts/bin/nv2"]]).RequireSuccess();

        podman
            .Run(
                "build",
                "--quiet",
                "--tag",
                "localhost/nv2:v1",
                "--file",
                Path.Combine(Repository.Root, Deploy, "Containerfile"),
                "--build-arg",
                "BASE=scratch",
                "--build-arg",
                "TRANSFER=localhost/transfer:v1",
                "--build-arg",
                "PROGRAM=/bin/net-monitor",
                folder["context"]
            )
            .RequireSuccess();

        var config = JsonNode.Parse(podman.Run("image", "inspect", "localhost/nv2:v1").RequireSuccess().StdoutBytes)![0]!["Config"]!;
        Assert.Equal("""["/usr/local/bin/node.sh"]""", config["Entrypoint"]!.ToJsonString());
        Assert.Equal("""["keep","install"]""", config["Cmd"]!.ToJsonString());
        Assert.Equal("0", config["User"]!.GetValue<string>());
        podman.Run("create", "--name", "nv2", "localhost/nv2:v1").RequireSuccess();
        podman.Run("cp", "nv2:/usr/local/bin/.", folder["out"]).RequireSuccess();
        var expected = new[] { "net-monitor", "node.sh", "nv2" };
        Assert.Equal(expected, Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(Nv2Binary.Path), File.ReadAllBytes(folder["out/nv2"]));
        Assert.Equal(File.ReadAllBytes(KubernetesNode.Script), File.ReadAllBytes(folder["out/node.sh"]));
    }

    public void Dispose() => folder.Dispose();
}
