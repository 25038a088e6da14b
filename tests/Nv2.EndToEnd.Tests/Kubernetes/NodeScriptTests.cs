using System.Text;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Kubernetes;

/// <summary>deploy/kubernetes/image/node.sh, which a container of the DaemonSet runs, against a folder in the place of a node's root.</summary>
public sealed class NodeScriptTests : IDisposable
{
    // How sed changes the settings of a containerd that asks, and what is wrong then.
    private static readonly (string Settings, string Reason)[] WithoutQuestion =
    [
        ("s/use_local_image_pull = false/use_local_image_pull = true/", "use_local_image_pull is true"),
        ("/use_local_image_pull/d", "expected containerd 2.1 or later"),
        ("/image-verifier/,/per_verifier_timeout/d", "expected containerd 2.1 or later"),
        ("s/discard_unpacked_layers = false/discard_unpacked_layers = true/", "discard_unpacked_layers is true"),
        ("s/image_pull_with_sync_fs = false/image_pull_with_sync_fs = true/", "image_pull_with_sync_fs is true"),
        ("s/snapshot_annotations = true/snapshot_annotations = false/", "disable_snapshot_annotations is false"),
        ("s/max_concurrent_downloads = 3/max_concurrent_downloads = 10/", "max_concurrent_downloads is not 3"),
        ("s/config_path = ''/[plugins.'io.containerd.cri.v1.images'.registry.mirrors.'docker.io']/", "registry.mirrors.docker.io is"),
        ("s#bin_dir = '.*'#bin_dir = '/usr/verifiers'#", "bin_dir is /usr/verifiers: expected /opt/containerd/image-verifier/bin"),
        ("s/disabled_plugins = ../disabled_plugins = ['io.containerd.image-verifier.v1.bindir']/", "disabled_plugins names the image v"),
        ("s/^version/broken/", "'containerd config dump' fails on this node"),
    ];

    private readonly KubernetesNode node = new();

    [Fact]
    public void Shellcheck_finds_nothing() => Tool.Run("shellcheck", ["--shell=sh", "--severity=style", KubernetesNode.Script]).RequireSuccess();

    [Fact]
    public void An_installed_verifier_lets_what_is_trusted_through_and_nothing_else()
    {
        Assert.Equal(1, node.Run("check", "install").ExitCode);

        node.Run("install").RequireSuccess();

        node.Run("check", "install").RequireSuccess();
        node.Ask(node.Descriptor).RequireSuccess();
        var refused = node.Ask(node.Unsigned);
        Assert.Equal((1, true), (refused.ExitCode, refused.Stdout.Contains("it has no signature", StringComparison.Ordinal)));
        // containerd runs every file in that folder.
        Assert.Equal(["nv2"], Below(KubernetesNode.VerifierFolder));
    }

    [Fact]
    public void What_is_installed_already_is_left_as_it_is()
    {
        node.Run("install").RequireSuccess();
        var before = node.State();

        Assert.Equal("", node.Run("install").RequireSuccess().Stdout);

        Assert.Equal(before, node.State());
    }

    [Fact]
    public async Task An_upgrade_leaves_no_moment_without_a_verifier_its_settings_and_its_trust()
    {
        node.Run("install").RequireSuccess();
        // Another process looks, as fast as it can: the verifier alone is in its folder, and the link leads to a whole version.
        const string Watch = """
            while [ ! -e "$1/stop" ]; do
                [ "$(echo "$1"/opt/containerd/image-verifier/bin/*)" = "$1/opt/containerd/image-verifier/bin/nv2" ] || echo verifier
                [ -x "$1/opt/containerd/image-verifier/bin/nv2" ] || echo program
                for file in verifier.json trust/trustpolicy.json trust/truststore/x509/ca/wabbit/signer.crt; do
                    [ -e "$1/etc/nv2/current/$file" ] || echo "$file"
                done
                [ -e "$1/etc/nv2/verifier.json" ] || echo settings
                looks=$((looks + 1))
            done
            echo "looks $looks"
            """;
        var watching = Task.Run(() => Tool.Run("sh", ["-c", Watch, "sh", node.Folder["root"]]));
        for (var version = 1; version <= 5; version++)
        {
            File.AppendAllText(node.Folder["programs/nv2"], $"version {version}");
            node.WriteTrust(($"truststore/x509/ca/version{version}/signer.crt", File.ReadAllBytes(KeyCase.Named("p384").CertificatePath)));
            node.Run("install").RequireSuccess();
            node.Run("check", "install").RequireSuccess();
            node.Ask(node.Descriptor).RequireSuccess();
        }

        node.Folder.Write("root/stop", "");
        var seen = (await watching).RequireSuccess();
        Assert.Matches("^looks [1-9][0-9]+\n$", seen.Stdout);
        Assert.Equal("", seen.Stderr);
        Assert.Equal(File.ReadAllBytes(node.Folder["programs/nv2"]), File.ReadAllBytes(node.Folder[KubernetesNode.Verifier]));
        // The version in use, and the one before, which a call may still be reading.
        Assert.Equal(2, Directory.GetDirectories(node.Folder[KubernetesNode.Settings], "version-*").Length);
    }

    [Fact]
    public void Trust_that_is_taken_away_is_gone_from_the_node()
    {
        node.Run("install").RequireSuccess();
        node.Mount(
            "trust",
            ("trustpolicy.json", File.ReadAllBytes(node.Folder["config/trust/trustpolicy.json"])),
            ("truststore/x509/ca/wabbit/other.crt", File.ReadAllBytes(KeyCase.Named("p384").CertificatePath))
        );
        Assert.Equal(1, node.Run("check", "install").ExitCode);

        node.Run("install").RequireSuccess();

        node.Run("check", "install").RequireSuccess();
        Assert.Equal(1, node.Ask(node.Descriptor).ExitCode);
    }

    [Fact]
    public void Credentials_are_where_the_transfer_program_looks_and_for_nobody_else_to_read()
    {
        node.WriteSettings(Registry("oras"));
        node.Mount("credentials", ("config.json", "{\"auths\":{}}"u8.ToArray()));

        node.Run("install").RequireSuccess();

        var file = node.Folder[$"{KubernetesNode.Settings}/current/home/.docker/config.json"];
        Assert.Equal("{\"auths\":{}}", File.ReadAllText(file));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        node.Run("check", "install").RequireSuccess();
        node.Mount("credentials", ("config.json", "{\"auths\":{\"registry.example.com\":{}}}"u8.ToArray()));
        Assert.Equal(1, node.Run("check", "install").ExitCode);
        node.Run("install").RequireSuccess();
        Assert.Contains("registry.example.com", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void The_transfer_program_of_the_settings_is_the_one_that_the_verifier_runs()
    {
        node.WriteSettings(Registry("oras"));
        node.WriteProgram("programs/oras", "#!/bin/sh\necho \"oras was asked: $*\" >&2\nexit \"$([ \"$1\" = --help ]; echo $?)\"\n");

        node.Run("install").RequireSuccess();

        var asked = node.Ask(node.Descriptor);
        Assert.Equal((1, true), (asked.ExitCode, asked.Stdout.Contains("oras was asked: ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("echo 'not a program' >programs/nv2", "nv2 cannot verify on this node")]
    [InlineData("printf '#!/bin/bash\\necho yes' >programs/nv2", "nv2 cannot verify on this node")]
    [InlineData("rm config/trust/..data/trustpolicy.json", "the trust has no trustpolicy.json")]
    [InlineData("echo '{' >config/trust/..data/trustpolicy.json", "the trust cannot be used: nv2: the trust policy")]
    [InlineData("echo x >config/trust/..data/truststore/x509/ca/wabbit/signer.crt", "the trust cannot be used: nv2: ")]
    [InlineData("echo '{\"version\":\"2.0\"}' >config/trust/..data/nv2.json", "the trust cannot be used: nv2: the settings")]
    [InlineData("cd config/trust/..data/truststore/x509/ca; mv wabbit other", "the trust policy names ca:wabbit, but the trust has no truststore")]
    [InlineData("rm -r config/trust/..data/*", "trust")]
    [InlineData("sed -i s/trustHome/trusthome/ config/settings/..data/verifier.json", "nv2 cannot verify on this node: not verified: the settings")]
    [InlineData("sed -i 's#\"layout\":\"/signatures\"#\"transfer\":\"oras\"#' config/settings/..data/verifier.json; rm programs/oras", "oras")]
    [InlineData(
        "sed -i 's#\"layout\":\"/signatures\"#\"transfer\":\"oras\"#' config/settings/..data/verifier.json; printf '#!/bin/bash\\n' >programs/oras",
        "oras does not run on this node"
    )]
    public void What_cannot_work_leaves_the_node_as_it_was(string spoil, string reason)
    {
        node.Run("install").RequireSuccess();
        var before = node.State();
        Tool.Run("sh", ["-ec", spoil], workingDirectory: node.Folder.Path).RequireSuccess();

        var failed = node.Run("install");

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains(reason, failed.Stderr, StringComparison.Ordinal);
        Assert.Equal(before, node.State());
        Assert.Equal(1, node.Run("check", "install").ExitCode);
        node.Ask(node.Descriptor).RequireSuccess();
    }

    [Fact]
    public void What_cannot_work_at_first_blocks_no_pull()
    {
        node.Mount("trust", ("trustpolicy.json", "{"u8.ToArray()));

        Assert.Equal(1, node.Run("install").ExitCode);

        Assert.Empty(Below(KubernetesNode.VerifierFolder));
        Assert.Empty(Below(KubernetesNode.Settings));
    }

    [Fact]
    public void A_node_whose_containerd_does_not_ask_is_not_in_order()
    {
        node.Run("install").RequireSuccess();
        foreach (var (settings, reason) in WithoutQuestion)
        {
            node.Folder.Write(KubernetesNode.ContainerdSettings, KubernetesNode.AsksForPods);
            node.Run("check", "install").RequireSuccess();
            Tool.Run("sed", ["-i", settings, node.Folder[KubernetesNode.ContainerdSettings]]).RequireSuccess();

            var result = node.Run("check", "install");

            Assert.Equal(1, result.ExitCode);
            Assert.Contains(reason, result.Stderr, StringComparison.Ordinal);
        }

        foreach (var action in new[] { new[] { "install" }, ["keep", "install"] })
            Assert.Equal(1, node.Run(action).ExitCode);
    }

    [Fact]
    public void A_removed_verifier_leaves_nothing_but_what_is_others()
    {
        node.Folder.Write("root/opt/containerd/image-verifier/bin/other", "");
        node.Folder.Write($"{KubernetesNode.Settings}/other", "");
        node.WriteSettings(Registry("oras"));
        node.Run("install").RequireSuccess();
        Assert.Equal(1, node.Run("check", "remove").ExitCode);

        node.Run("remove").RequireSuccess();

        node.Run("check", "remove").RequireSuccess();
        Assert.Equal("", node.Run("remove").RequireSuccess().Stdout);
        Assert.Equal(["bin", "bin/other"], Below("root/opt/containerd/image-verifier"));
        Assert.Equal(["other"], Below(KubernetesNode.Settings));
    }

    [Fact]
    public void A_drop_in_is_followed_by_one_restart_and_taken_away_before_the_verifier()
    {
        node.Mount("drop-in", ("nv2.toml", DropIn("30s")));
        // Notes what is there when containerd is restarted.
        node.WriteProgram(
            "restart",
            $$"""
            #!/bin/sh
            cd '{{node.Folder["root"]}}'
            [ ! -e etc/containerd/conf.d/nv2.toml ] || echo drop-in >>../log
            [ ! -e opt/containerd/image-verifier/bin/nv2 ] || echo nv2 >>../log
            echo restart >>../log

            """
        );
        var restart = node.Folder["restart"];

        node.RunWith(restart, "install").RequireSuccess();
        node.RunWith(restart, "install").RequireSuccess();
        Assert.Equal("drop-in\nnv2\nrestart\n", Log());
        node.Run("check", "install").RequireSuccess();
        Assert.Equal(["nv2.toml"], Below("root/etc/containerd/conf.d"));

        node.Mount("drop-in", ("nv2.toml", DropIn("20s")));
        Assert.Equal(1, node.Run("check", "install").ExitCode);
        node.RunWith(restart, "install").RequireSuccess();
        Assert.Equal("drop-in\nnv2\nrestart\n", Log());

        node.RunWith(restart, "remove").RequireSuccess();
        Assert.Equal("nv2\nrestart\n", Log());
        node.RunWith(restart, "remove").RequireSuccess();
        Assert.False(File.Exists(node.Folder["log"]));
        Assert.Empty(Below("root/etc/containerd/conf.d"));

        string Log()
        {
            var log = File.ReadAllText(node.Folder["log"]);
            File.Delete(node.Folder["log"]);
            return log;
        }
    }

    [Theory]
    [InlineData("sed -i s/conf.d/other/ root/etc/containerd/config.toml", "containerd does not read /etc/containerd/conf.d/nv2.toml", false)]
    [InlineData("sed -i 's/version = 3/version = 2/' root/etc/containerd/config.toml", "the drop-in has version = 3: expected 2", false)]
    [InlineData("echo broken >>config/drop-in/..data/nv2.toml", "containerd cannot read the drop-in: toml: broken", false)]
    [InlineData("echo '! grep -q 20s root/etc/containerd/conf.d/nv2.toml' >>restart", "with the drop-in, which is removed again", true)]
    [InlineData("echo exit 1 >>restart", "containerd does not restart, with the drop-in or without it", true)]
    public void A_drop_in_that_containerd_cannot_have_is_not_left_there(string spoil, string reason, bool isRestarted)
    {
        node.WriteProgram("restart", $"#!/bin/sh\ncd '{node.Folder.Path}'\necho restart >>log\n");
        node.Mount("drop-in", ("nv2.toml", DropIn("30s")));
        node.RunWith(node.Folder["restart"], "install").RequireSuccess();
        File.Delete(node.Folder["log"]);
        node.Mount("drop-in", ("nv2.toml", DropIn("20s")));
        Tool.Run("sh", ["-ec", spoil], workingDirectory: node.Folder.Path).RequireSuccess();

        var failed = node.RunWith(node.Folder["restart"], "install");

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains(reason, failed.Stderr, StringComparison.Ordinal);
        Assert.Equal(DropIn("30s"), File.ReadAllBytes(node.Folder[KubernetesNode.DropIn]));
        Assert.Equal(isRestarted, File.Exists(node.Folder["log"]));

        // It is not tried again and again: each time would be another restart.
        File.Delete(node.Folder["log"]);
        Assert.Equal(1, node.RunWith(node.Folder["restart"], "install").ExitCode);
        Assert.False(File.Exists(node.Folder["log"]));
    }

    [Theory]
    [InlineData("install")]
    [InlineData("remove")]
    public void A_restart_that_was_interrupted_is_made_up_for(string action)
    {
        node.WriteProgram("restart", $"#!/bin/sh\necho restart >>'{node.Folder["log"]}'\n");
        node.WriteProgram("interrupted", "#!/bin/sh\nkill -KILL $PPID\n");
        node.Mount("drop-in", ("nv2.toml", DropIn("30s")));
        if (action == "remove")
            node.RunWith(node.Folder["restart"], "install").RequireSuccess();
        Assert.NotEqual(0, node.RunWith(node.Folder["interrupted"], action).ExitCode);
        File.Delete(node.Folder["log"]);

        node.RunWith(node.Folder["restart"], action).RequireSuccess();

        Assert.Equal("restart\n", File.ReadAllText(node.Folder["log"]));
        node.Run("check", action).RequireSuccess();
    }

    [Fact]
    public void A_container_that_keeps_the_node_in_order_ends_at_once_when_it_is_told_to()
    {
        const string Keep = """
            "$1" keep install &
            kept=$!
            until [ -e "$NODE_ROOT/opt/containerd/image-verifier/bin/nv2" ]; do sleep 0.1; done
            kill $kept
            wait $kept
            """;

        node.InContainer(["sh", "-c", Keep, "sh", KubernetesNode.Script]).RequireSuccess();
    }

    [Fact]
    public void What_is_not_understood_changes_nothing()
    {
        var before = node.State();
        foreach (var arguments in new string[][] { [], ["upgrade"], ["check"], ["keep", "check"], ["install", "remove"] })
        {
            var result = node.Run(arguments);

            Assert.Equal(2, result.ExitCode);
            Assert.Contains("node.sh install", result.Stderr, StringComparison.Ordinal);
        }

        Assert.Equal(before, node.State());
    }

    public void Dispose() => node.Dispose();

    private static JsonObject Registry(string program) =>
        new()
        {
            ["transfer"] = program,
            ["programs"] = "/opt/containerd/image-verifier/programs",
            ["home"] = "/etc/nv2/current/home",
        };

    private static byte[] DropIn(string timeout) =>
        Encoding.UTF8.GetBytes(
            $"""
            version = 3

            [plugins."io.containerd.image-verifier.v1.bindir"]
              per_verifier_timeout = "{timeout}"

            """
        );

    private IEnumerable<string> Below(string folder) =>
        Directory
            .EnumerateFileSystemEntries(node.Folder[folder], "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(node.Folder[folder], path))
            .Order(StringComparer.Ordinal);
}
