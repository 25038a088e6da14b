using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// A user's machine with the real docker client and the plug-in in it, as scripts/install-local.sh puts it there. What would need a daemon is
/// recorded in its place, or given to podman. The user trusts one signer, for one repository of a registry on this machine that has a real registry's
/// name.
/// </summary>
internal sealed class DockerMachine : IDisposable
{
    public const string Registry = "registry.wabbit-networks.io";
    public const string Image = Registry + "/team/net-monitor";

    private readonly DockerRegistry registry = new();
    private readonly PodmanService? daemon;
    private readonly Dictionary<string, string?> environment;

    public DockerMachine(bool withDaemon = false)
    {
        Digest = LayoutContent.DigestOf(withDaemon ? PushImage() : registry.PutImage("team/net-monitor", "v1"));
        var client = Tool.Run("sh", ["-c", "command -v docker"]).RequireSuccess().Stdout.Trim();
        var recorder =
            $"case $1 in\n    --context | run | pull | tag) [[ $* == *' nv2 '* ]] || {{ printf '%s\\n' \"$@\" end >> \"$RECORD\"; "
            + $"exit \"${{STATUS:-0}}\"; }} ;;\nesac\n";
        Write("bin/docker", $"#!/bin/bash\n{(withDaemon ? "" : recorder)}exec -a docker {client} \"$@\"\n");
        Tool.Run("chmod", ["+x", Folder["bin/docker"]]).RequireSuccess();
        Write(
            "home/.config/containers/registries.conf",
            $"[[registry]]\nprefix = \"{Registry}\"\nlocation = \"{registry.Address}\"\ninsecure = true\n"
        );
        if (withDaemon)
            daemon = new PodmanService(Folder, Folder["home"]);
        environment = new Dictionary<string, string?>
        {
            ["DOCKER_HOST"] = daemon?.Host,
            ["HOME"] = Folder["home"],
            ["DOCKER_CONFIG"] = Folder["home/.docker"],
            ["XDG_CONFIG_HOME"] = null,
            ["NV2_HOME"] = null,
            ["NV2_TRANSFER"] = "skopeo",
            ["NV2_BINARY"] = Nv2Binary.Path,
            ["RECORD"] = Folder["record"],
            ["PATH"] = $"{Folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        Tool.Run(Path.Combine(Repository.Root, "scripts", "install-local.sh"), ["docker"], environment: environment).RequireSuccess();
        Run(Nv2Binary.Path, "certificate", "generate-test", Registry).RequireSuccess();
    }

    public TemporaryFolder Folder { get; } = new();

    public string Digest { get; }

    /// <summary>What docker was asked to do, an argument vector each, joined by spaces.</summary>
    public IReadOnlyList<string> Asked =>
        File.Exists(Folder["record"])
            ?
            [
                .. File.ReadAllText(Folder["record"])
                    .Split("end\n", StringSplitOptions.RemoveEmptyEntries)
                    .Select(call => string.Join(' ', call.Split('\n', StringSplitOptions.RemoveEmptyEntries))),
            ]
            : [];

    public void Sign() =>
        Succeed(
            Run(
                Nv2Binary.Path,
                "sign",
                "-k",
                $"{Registry}.key",
                "-c",
                $"{Registry}.crt",
                "-r",
                $"{Image}:v1",
                "--plain-http",
                $"{registry.Address}/team/net-monitor:v1"
            )
        );

    public void Trust()
    {
        Docker("nv2", "trust", "add", "wabbit-networks", $"{Registry}.crt").RequireSuccess();
        Docker("nv2", "trust", "allow", Image, "--store", "wabbit-networks").RequireSuccess();
    }

    /// <summary>Gives the image's tag to another image.</summary>
    public void MoveTag() => registry.PutImage("team/net-monitor", "v1", "another layer");

    public ProcessResult Docker(params string[] arguments) => Run("docker", arguments);

    /// <summary>The same where what docker is asked to do ends so.</summary>
    public ProcessResult DockerThatEnds(string status, params string[] arguments) =>
        Tool.Run(
            Folder["bin/docker"],
            arguments,
            workingDirectory: Folder.Path,
            environment: new Dictionary<string, string?>(environment) { ["STATUS"] = status }
        );

    /// <summary>Fails with the registry's log when a run did not succeed.</summary>
    public ProcessResult Succeed(ProcessResult result)
    {
        Assert.True(
            result.ExitCode == 0,
            $"{result.Command}: exit code {result.ExitCode}\n{result.Stdout}\n{result.Stderr}\nthe registry said:\n{registry.Log}\nthe daemon "
                + $"said:\n{daemon?.Log}"
        );
        return result;
    }

    public void Dispose()
    {
        daemon?.Dispose();
        registry.Dispose();
        Folder.Dispose();
    }

    private ProcessResult Run(string program, params string[] arguments) =>
        Tool.Run(program == "docker" ? Folder["bin/docker"] : program, arguments, workingDirectory: Folder.Path, environment: environment);

    // An image that a daemon can store, unlike those that are made of nothing.
    private byte[] PushImage()
    {
        var layout = ImageLayout.Create(Folder);
        Tool.Run(
                "skopeo",
                [
                    "--insecure-policy",
                    "copy",
                    "--quiet",
                    "--dest-tls-verify=false",
                    $"oci:{layout.Folder}:{ImageLayout.Tag}",
                    $"docker://{registry.Address}/team/net-monitor:v1",
                ]
            )
            .RequireSuccess();
        return layout.Manifest;
    }

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder[name])!);
        Folder.Write(name, content);
    }
}
