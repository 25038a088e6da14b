namespace Nv2.Plugin.Tests.Containerd;

/// <summary>No call of containerd's is taken for another one, whatever its arguments are: it could succeed, and let an image through.</summary>
public sealed class ContainerdCallTests
{
    private static readonly string[] Beginnings =
    [
        "",
        "--help",
        "-h",
        "-?",
        "--version",
        "describe",
        "plugin",
        "verify",
        "trust list",
        "trust check",
        "docker-cli-plugin-metadata",
        "-operation run",
        "--future=1",
    ];
    private static readonly string[] Flags =
    [
        "-name x",
        "-name=x",
        "--digest sha256:0",
        "--digest=sha256:0",
        "-digest",
        "-stdin-media-type x",
        "--stdin-media-type=x",
        "-Name x",
        "-operation run",
        "--operation=run",
    ];

    public static TheoryData<string> Calls()
    {
        var calls = new TheoryData<string>();
        foreach (var beginning in Beginnings)
        {
            foreach (var flag in Flags)
            {
                calls.Add($"{beginning} {flag}".Trim());
                if (beginning.Length > 0)
                    calls.Add($"{flag} {beginning}");
            }
        }

        calls.Add("--name x");
        calls.Add("--help --name=x");
        return calls;
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_call_that_is_not_understood_blocks_with_one_line(string arguments) => AssertBlocks(Nv2Binary.Run(Words(arguments), stdin: []));

    [Theory]
    [InlineData("nv2-verifier", "")]
    [InlineData("nv2-verifier", "--help")]
    [InlineData("Image-Verifier.nv2", "--version")]
    [InlineData("nv2-verifier", "describe")]
    [InlineData("nv2-verifier", "trust list")]
    [InlineData("image-verifier/bin/nv2", "")]
    [InlineData("image-verifier/bin/nv2", "-h")]
    [InlineData("image-verifier/bin/nv2", "docker-cli-plugin-metadata")]
    [InlineData("image-verifier/bin/docker-nv2", "--help")]
    public void A_program_with_a_verifiers_name_or_place_does_nothing_else(string name, string arguments)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        File.CreateSymbolicLink(folder[name], Nv2Binary.Path);

        AssertBlocks(Tool.Run(folder[name], Words(arguments), []));
    }

    [Theory]
    [InlineData("team/net-monitor:v1")]
    [InlineData("net-monitor:v1")]
    [InlineData("docker.io/net-monitor:v1")]
    [InlineData("index.docker.io/library/net-monitor:v1")]
    [InlineData("registry.wabbit-networks.io/net-monitor")]
    [InlineData("registry.wabbit-networks.io/%6eet-monitor:v1")]
    [InlineData("registry.wabbit-networks.io/x/../net-monitor:v1")]
    [InlineData("registry.wabbit-networks.io/net-monitor?x:v1")]
    [InlineData("evil@registry.wabbit-networks.io/net-monitor:v1")]
    [InlineData("registry.wabbit-networks.io//net-monitor:v1")]
    public void A_name_is_read_as_containerd_reads_it(string name)
    {
        using var machine = new VerifierMachine();
        machine
            .Folder.Run(
                "trust",
                "allow",
                "docker.io/team/net-monitor",
                "--store",
                "wabbit-networks",
                "--allow-relocated",
                "--trust-home",
                VerifierMachine.TrustHome
            )
            .RequireSuccess();
        machine
            .Folder.Run(
                "trust",
                "allow",
                "docker.io/library/net-monitor",
                "--store",
                "wabbit-networks",
                "--allow-relocated",
                "--trust-home",
                VerifierMachine.TrustHome
            )
            .RequireSuccess();

        AssertBlocks(machine.Call(["-name", name, "-digest", machine.Digest, "-stdin-media-type", VerifierMachine.DescriptorType]));
    }

    [Fact]
    public void A_transfer_program_is_not_asked_about_a_name_that_it_would_read_otherwise()
    {
        using var machine = new VerifierMachine();
        Directory.CreateDirectory(machine.Folder["bin"]);
        machine.Folder.Write("bin/skopeo", "#!/bin/sh\ntouch \"$0.called\"\n");
        Tool.Run("chmod", ["+x", machine.Folder["bin/skopeo"]]).RequireSuccess();
        machine.WriteSettings(new System.Text.Json.Nodes.JsonObject { ["transfer"] = "skopeo" });
        var policy = machine.Folder["trust/trustpolicy.json"];
        File.WriteAllText(
            policy,
            File.ReadAllText(policy).Replace("registry.wabbit-networks.io/net-monitor", "team/net-monitor", StringComparison.Ordinal)
        );

        var result = machine.Call(
            ["-name", "team/net-monitor:v1", "-digest", machine.Digest, "-stdin-media-type", VerifierMachine.DescriptorType],
            path: machine.Folder["bin"]
        );

        AssertBlocks(result);
        Assert.Contains("would read \"team/net-monitor\" as docker.io/team/net-monitor", result.Stdout, StringComparison.Ordinal);
        Assert.False(File.Exists(machine.Folder["bin/skopeo.called"]));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertBlocks(ProcessResult result)
    {
        Assert.Equal((1, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(1, result.Stdout.Count(character => character == '\n'));
        Assert.Contains("not verified", result.Stdout, StringComparison.Ordinal);
    }
}
