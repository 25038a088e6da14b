using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>A trust home that Kubernetes mounts into a container, whose files are links; and links that must not be followed.</summary>
public sealed class KubernetesVolumeTests : IDisposable
{
    private const string Home = "volume";

    private readonly TrustUser user = new();

    private static string[] VerifyArguments(string signature) => ["verify", "--trust-home", Home, "-f", signature, "-r", TrustUser.Name, "app.json"];

    [Theory]
    [InlineData("ConfigMap", "755", "644")]
    [InlineData("Secret", "755", "644")]
    [InlineData("ConfigMap", "2755", "644")]
    [InlineData("Secret", "2755", "440")]
    public void A_volume_that_is_mounted_for_reading_is_a_trust_home(string kind, string folderMode, string fileMode)
    {
        var volume = Make(kind == "Secret" ? KubeletVolume.Secret : KubeletVolume.ConfigMap, Files("wabbit"));

        // What the kubelet does for an fsGroup: the set-group-ID bit for folders, and rights to read and to enter.
        Shell(
            $"chmod {folderMode} {volume.Current}; find {volume.Current} -type f -exec chmod {fileMode} {{}} +; [ {folderMode} = 755 ] || chmod "
                + $"g+s {volume.Path}"
        );

        AssertTrusts("wabbit", "acme");
    }

    [Fact]
    public void A_volume_has_other_files_after_an_update()
    {
        var volume = Make(KubeletVolume.Secret, Files("wabbit"));
        AssertTrusts("wabbit", "acme");

        volume.Write(Files("acme"));

        AssertTrusts("acme", "wabbit");
    }

    [Fact]
    public void A_store_can_be_a_volume_of_its_own()
    {
        user.Folder.Write($"{Home}/trustpolicy.json", Policy("wabbit"));
        Shell($"chmod 755 {Home}");
        new KubeletVolume(user.Folder[$"{Home}/truststore/x509/ca/store"]).Make(KubeletVolume.ConfigMap, ("one.pem", user.Folder.Read("wabbit.crt")));

        Assert.Equal(0, Run(user.SignFile("jws", "wabbit"), $"{Home}/truststore/x509/ca/store").ExitCode);
        Assert.Equal(1, Run(user.SignFile("jws", "acme"), $"{Home}/truststore/x509/ca/store").ExitCode);
        Assert.DoesNotContain(
            "warning",
            user.Folder.Run("trust", "show", "store", "--trust-home", Home).Stderr.Replace("users other than", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_volume_of_a_ConfigMap_that_others_can_write_to_is_none()
    {
        Make(KubeletVolume.ConfigMap, Files("wabbit"));

        var result = user.Folder.Run(VerifyArguments(user.SignFile("jws", "wabbit")));

        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"\"{user.Folder[Home]}\" can be changed by users other than its owner", result.Stderr, StringComparison.Ordinal);
    }

    // Without a mount: the sticky bit keeps others from changing what is there.
    [Theory]
    [InlineData("true", 0, "")]
    [InlineData(
        "cp nv2.json n; rm nv2.json; ln -s $PWD/..data/nv2.json nv2.json",
        1,
        "it is a symbolic link, which is not allowed unless it is relative, leads to a place in \""
    )]
    [InlineData(
        "mkdir ../aside; cp ..data/nv2.json ../aside; rm nv2.json; ln -s ../aside/nv2.json nv2.json",
        1,
        "it is a symbolic link, which is not allowed unless it is relative"
    )]
    [InlineData("mv $(readlink ..data) ../aside; rm ..data; ln -s ../aside ..data", 1, "which is not allowed unless it is relative")]
    [InlineData("rm nv2.json; ln -s ..data/../../volume/..data/nv2.json nv2.json", 1, "which is not allowed unless it is relative")]
    [InlineData("rm nv2.json; ln -s nv2.json nv2.json", 1, "its target does not exist")]
    [InlineData("rm ..data/nv2.json", 1, "it is a symbolic link, which is not allowed, and its target does not exist")]
    [InlineData("rm nv2.json", 1, "the volume does not show it at the moment: try again")]
    [InlineData("rm trustpolicy.json", 1, "the volume does not show it at the moment")]
    [InlineData("rm ..data/truststore/x509/ca/store/*; mkfifo ..data/truststore/x509/ca/store/a.pem", 1, "it is not a regular file")]
    [InlineData("chmod g+w ..data/nv2.json", 1, "can be changed by users other than its owner")]
    [InlineData("chmod o+w ..data/truststore/x509/ca/store", 1, "can be changed by users other than its owner")]
    [InlineData("chmod 1777 $(readlink ..data)", 1, "can be changed by users other than its owner")]
    [InlineData(
        "rm ..data/truststore/x509/ca/store/*; ln -s ../../../../nv2.json ..data/truststore/x509/ca/store/a.pem",
        1,
        "it contains no certificate"
    )]
    [InlineData("mv ..data/truststore/x509/ca/store/a.pem ..data/a.pem; ln -s ../../../../a.pem ..data/truststore/x509/ca/store/a.pem", 0, "")]
    [InlineData("chown -h 65534 ..data", 1, "belongs to the user 65534")]
    [InlineData("chown 65534 $(readlink ..data)", 1, "belongs to the user 65534")]
    [InlineData("chown -h 65534 nv2.json", 1, "belongs to the user 65534")]
    [InlineData("chown 65534 ..data/nv2.json", 1, "belongs to the user 65534")]
    public void A_link_is_followed_within_the_volume_of_one_user_alone(string change, int exitCode, string message)
    {
        if (change.StartsWith("chown", StringComparison.Ordinal) && !Environment.IsPrivilegedProcess)
            return; // Only root can change the owner of a file.
        Make(KubeletVolume.Secret, Files("wabbit"));
        var signature = user.SignFile("jws", "wabbit");
        user.Folder.Run(VerifyArguments(signature)).RequireSuccess();

        Shell($"cd {Home}; {change}");

        var result = user.Folder.Run(VerifyArguments(signature));
        Assert.True(exitCode == result.ExitCode, result.Stderr);
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_of_the_user_in_a_folder_of_root_is_not_followed()
    {
        if (!Environment.IsPrivilegedProcess)
            return; // Two users who are both trusted are needed.
        Make(KubeletVolume.Secret, Files("wabbit"));
        var signature = user.SignFile("jws", "wabbit");
        Shell($"chmod 755 . {Home}; chmod 644 {signature} app.json; chown -h 65534 {Home}/nv2.json");

        var result = Tool.Run(
            "setpriv",
            ["--reuid", "65534", "--clear-groups", Nv2Binary.Path, .. VerifyArguments(signature)],
            workingDirectory: user.Folder.Path
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "it is a symbolic link, which is not allowed unless it is relative, leads to a place in",
            result.Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_is_read_is_of_one_version_of_the_volume()
    {
        // The first version trusts wabbit's store. The second trusts everybody's, and narrows that to wabbit by its settings: neither trusts acme.
        (string, byte[])[] first = Files("wabbit");
        (string, byte[])[] second =
        [
            ("trustpolicy.json", Encoding.UTF8.GetBytes(Policy("all"))),
            ("nv2.json", """{"version":"1.0","statements":{"all":{"signerIdentities":["x509.subject:O=wabbit"]}}}"""u8.ToArray()),
            ("truststore/x509/ca/store/a.pem", user.Folder.Read("wabbit.crt")),
            ("truststore/x509/ca/store/b.pem", user.Folder.Read("acme-root.crt")),
        ];
        var volume = Make(KubeletVolume.Secret, first);
        var (wabbit, acme) = (user.SignFile("jws", "wabbit"), user.SignFile("jws", "acme"));
        using var stop = new CancellationTokenSource();
        var updates = Task.Run(() =>
        {
            for (var count = 0; !stop.IsCancellationRequested; count++)
                volume.Write(count % 2 == 0 ? second : first);
        });
        try
        {
            for (var run = 0; run < 30; run++)
            {
                Assert.Equal(1, user.Folder.Run(VerifyArguments(acme)).ExitCode);
                var result = user.Folder.Run(VerifyArguments(wabbit));
                Assert.True(
                    result.ExitCode == 0
                        || result.Stderr.Contains("try again", StringComparison.Ordinal)
                        || result.Stderr.Contains("its target does not exist", StringComparison.Ordinal),
                    result.Stderr
                );
            }
        }
        finally
        {
            await stop.CancelAsync();
            await updates;
        }
    }

    [Fact]
    public void Nothing_is_written_through_links()
    {
        var volume = Make(KubeletVolume.Secret, Files("wabbit"));
        Shell($"chmod 755 {Home}");
        var before = user.Folder.Fingerprint();

        foreach (
            var arguments in new[]
            {
                "trust add store acme-root.crt",
                "trust allow registry.example.com/other --store store",
                "trust required off",
                "trust remove store",
            }
        )
        {
            var result = user.Folder.Run([.. arguments.Split(' '), "--trust-home", Home]);
            Assert.True(result.ExitCode == 1, $"{arguments}: {result.Stderr}");
            Assert.Contains("is a symbolic link, which is not allowed", result.Stderr, StringComparison.Ordinal);
        }

        Assert.Equal(before, user.Folder.Fingerprint());
        Assert.NotEmpty(volume.Current);
    }

    public void Dispose() => user.Dispose();

    private KubeletVolume Make(UnixFileMode mode, (string, byte[])[] files) => new KubeletVolume(user.Folder[Home]).Make(mode, files);

    private (string, byte[])[] Files(string signer) =>
        [
            ("trustpolicy.json", Encoding.UTF8.GetBytes(Policy(signer))),
            ("nv2.json", """{"version":"1.0"}"""u8.ToArray()),
            ("truststore/x509/ca/store/a.pem", user.Folder.Read(signer == "acme" ? "acme-root.crt" : $"{signer}.crt")),
        ];

    private static string Policy(string name) =>
        new JsonObject
        {
            ["version"] = "1.0",
            ["trustPolicies"] = new JsonArray(TrustUser.Statement(name, "ca:store", TrustUser.Repository)),
        }.ToJsonString();

    private void AssertTrusts(string signer, string stranger)
    {
        Run(user.SignFile("jws", signer), Home).RequireSuccess();
        var refused = Run(user.SignFile("jws", stranger), Home);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains("\n  authenticity: ", refused.Stderr, StringComparison.Ordinal);
    }

    // As in a container: the kubelet has these volumes mounted for reading only.
    private ProcessResult Run(string signature, string volume)
    {
        string[] user = Environment.IsPrivilegedProcess ? ["--mount"] : ["--map-root-user", "--mount"];
        var script = $"mount --bind {volume} {volume}; mount -o remount,bind,ro {volume}; exec \"$@\"";
        return Tool.Run(
            "unshare",
            [.. user, "sh", "-ec", script, "sh", Nv2Binary.Path, .. VerifyArguments(signature)],
            workingDirectory: this.user.Folder.Path
        );
    }

    private void Shell(string script) => Tool.Run("sh", ["-ec", script], workingDirectory: user.Folder.Path).RequireSuccess();
}
