using System.Text.Json;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary><c>nv2 doctor</c>: what is installed, what is wrong with it, and what to do.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DoctorTests() => Directory.CreateDirectory(folder["bin"]);

    [Fact]
    public void A_machine_in_order_has_no_errors()
    {
        Install("skopeo", "echo skopeo version 1.9.3");
        folder.Write("home/.keep", "");
        Nv2("trust", "add", "acme", Vectors.PathOf("keys/root.crt")).RequireSuccess();
        Nv2("trust", "allow", "registry.example.com/app", "--store", "acme").RequireSuccess();

        var result = Nv2("doctor").RequireSuccess();

        Assert.Contains($"ok      nv2        nv2 {Version()}, OpenSSL ", result.Stdout, StringComparison.Ordinal);
        Assert.Contains($"ok      transfer   skopeo 1.9.3: {folder["bin/skopeo"]}, used by default\n", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("ok      trust      the trust policy has 1 statement: ", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("ok      trust      the trust store ca:acme has 1 certificate\n", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("0 errors, 0 warnings\n", result.Stdout, StringComparison.Ordinal);
        Assert.Empty(result.Stderr);
    }

    [Fact]
    public void A_machine_without_anything_is_told_what_to_install()
    {
        var result = Nv2("doctor").RequireSuccess();

        Assert.Contains(
            "warning transfer   no transfer program that can transfer signatures is installed: registries cannot be used\n",
            result.Stdout,
            StringComparison.Ordinal
        );
        Assert.Contains("                   hint: install oras (https://oras.land), skopeo", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("note    trust      there is no trust home yet: ", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("0 errors, 1 warning\n", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trustpolicy.json", "{", "error   trust      the trust policy ")]
    [InlineData("nv2.json", """{"version": "9.9"}""", "error   trust      the settings ")]
    [InlineData("signingkeys.json", "[]", "error   keys       ")]
    public void A_damaged_file_is_an_error(string file, string content, string expected)
    {
        Secure(folder.Write($"home/{file}", content));

        var result = Nv2("doctor");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_others_can_change_is_an_error()
    {
        folder.Write("home/trustpolicy.json", "{}");
        File.SetUnixFileMode(folder["home/trustpolicy.json"], (UnixFileMode)0b110_110_110);

        var result = Nv2("doctor");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error   trust      cannot read the trust policy ", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void An_old_plug_in_and_a_program_that_fails_are_warned_of()
    {
        Install("oras", "exit 3");
        Install("docker", "echo Docker version 28.2.2, build e6534b4");
        folder.Write("home/.docker/cli-plugins/docker-nv2", "#!/bin/sh\necho 0.9.0\n");
        Executable(folder["home/.docker/cli-plugins/docker-nv2"]);

        var result = Nv2("doctor").RequireSuccess();

        Assert.Contains($"warning transfer   cannot get the version of oras: {folder["bin/oras"]}\n", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("ok      transfer   docker 28.2.2: ", result.Stdout, StringComparison.Ordinal);
        Assert.Contains($" has version 0.9.0, and this program has {Version()}\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plug_in_of_this_version_is_found()
    {
        Directory.CreateDirectory(folder["home/.config/notation/plugins/nv2"]);
        File.CreateSymbolicLink(folder["home/.config/notation/plugins/nv2/notation-nv2"], Nv2Binary.Path);

        Assert.Contains(
            $"ok      notation   the plug-in notation-nv2 {Version()} is installed: ",
            Nv2("doctor").RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void JSON_has_the_same_findings()
    {
        Secure(folder.Write("home/trustpolicy.json", "{"));

        var text = Nv2("doctor");
        var json = Nv2("doctor", "--json");

        Assert.Equal((1, 1), (text.ExitCode, json.ExitCode));
        using var report = JsonDocument.Parse(json.Stdout);
        Assert.Equal(1, report.RootElement.GetProperty("errors").GetInt32());
        var findings = report
            .RootElement.GetProperty("findings")
            .EnumerateArray()
            .Where(finding => finding.GetProperty("area").GetString() != "clock");
        foreach (var finding in findings)
            Assert.Contains(finding.GetProperty("text").GetString()!, text.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_secret_is_in_it()
    {
        const string Secret = "s3cr3t-passphrase";
        Secure(
            folder.Write(
                "home/signingkeys.json",
                """{"keys": [{"name": "app", "reference": "exec:sign --pin s3cr3t-passphrase", "passphraseFrom": "env:PIN"}]}"""
            )
        );

        var result = Nv2("doctor");

        Assert.Contains("1 named key", result.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, result.Stdout + result.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static string Version() => Nv2Binary.Run("--version").RequireSuccess().Stdout.Trim();

    private ProcessResult Nv2(params string[] arguments) =>
        Nv2Binary.Run(
            arguments,
            environment: new Dictionary<string, string?>
            {
                ["PATH"] = folder["bin"],
                ["HOME"] = folder["home"],
                ["NV2_HOME"] = folder["home"],
                ["PIN"] = "s3cr3t-passphrase",
            }
        );

    private void Install(string program, string script) => Executable(folder.Write($"bin/{program}", $"#!/bin/sh\n{script}\n"));

    private static void Executable(string file) =>
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static void Secure(string file) => File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
}
