namespace Nv2.Plugin.Tests;

/// <summary>Command lines that are wrong.</summary>
public sealed class BadArgumentTests
{
    private const int Usage = 2;

    [Fact]
    public void A_wrong_command_line_is_refused_in_one_line_that_points_to_the_help()
    {
        using var folder = new WorkingFolder();
        var inputs = new List<BadInput>
        {
            new("nothing", Usage),
            new("unknown command", Usage, "notarize"),
            new("unknown option", Usage, "--notary"),
            new("a protocol command with an argument", Usage, "describe", "everything"),
            new("plugin with an argument", Usage, "plugin", "describe"),
            Sign("unknown option", "--push"),
            Sign("other signing method", "-m", "gpg"),
            Sign("unknown format", "--format", "pgp"),
            Sign("format by its media type", "--format", "application/vnd.cncf.notary.config.v2+jwt"),
            Sign("bad media type", "--media-type", "text"),
            Sign("two keys", "-k", WorkingFolder.RsaKey),
            Sign("two artifacts", "other.json"),
            Sign("option without value", "-e"),
            Sign("--media-type with --descriptor", "--descriptor", "--media-type", "a/b"),
            new("sign: no key", Usage, "sign", WorkingFolder.Manifest),
            new("sign: docker:// and no reference", Usage, "sign", "-k", WorkingFolder.P256Key, "docker://$(reboot)"),
            new("sign: a reference with odd characters", Usage, "sign", "-k", WorkingFolder.P256Key, "registry.example.com/app;reboot"),
            new("sign: a repository in upper case", Usage, "sign", "-k", WorkingFolder.P256Key, "registry.example.com/App:v1"),
            new("sign: a registry that begins with a hyphen", Usage, "sign", "-k", WorkingFolder.P256Key, "--", "-registry.example.com/app:v1"),
            new("sign: a signature file for a registry", Usage, "sign", "-k", WorkingFolder.P256Key, "-o", "app.nv2", "registry.example.com/app:v1"),
            Sign("--recursive of a manifest in a file", "--recursive"),
            Sign("a layout and a manifest", "--oci-layout", "."),
            Sign("--transfer of a manifest in a file", "--transfer", "oras"),
            Sign("--plain-http of a manifest in a file", "--plain-http"),
            new("sign: --timeout of a layout", Usage, "sign", "-k", WorkingFolder.P256Key, "--oci-layout", ".", "--timeout", "1m"),
            new("sign: a layout on standard input, and nowhere to write it", Usage, "sign", "-k", WorkingFolder.P256Key, "--oci-layout", "-"),
            new("sign: a layout without its tag", Usage, "sign", "-k", WorkingFolder.P256Key, "--oci-layout", ".:"),
            new("sign: a layout with a bad digest", Usage, "sign", "-k", WorkingFolder.P256Key, "--oci-layout", ".@sha256:abc"),
            new("sign: --media-type in a layout", Usage, "sign", "-k", WorkingFolder.P256Key, "--oci-layout", ".", "--media-type", "a/b"),
            new("verify: a signature file for a layout", Usage, "verify", "-f", WorkingFolder.Signature, "--oci-layout", "."),
            new("verify: --shallow in a registry", Usage, "verify", "--shallow", "registry.example.com/app:v1"),
            new("verify: --all of a manifest in a file", Usage, "verify", "--all", "-f", WorkingFolder.Signature, WorkingFolder.Manifest),
            new("verify: --require 0", Usage, "verify", "--require", "0", "--oci-layout", "."),
            new("verify: --require with a word", Usage, "verify", "--require", "two", "--oci-layout", "."),
            new("verify: a bad timeout", Usage, "verify", "--timeout", "soon", "registry.example.com/app:v1"),
            new("list: nothing", Usage, "list"),
            new("list: a short name", Usage, "list", "alpine"),
            new("verify: no signature", Usage, "verify", "-c", WorkingFolder.P256Certificate, WorkingFolder.Manifest),
            new(
                "verify: bad reference",
                Usage,
                "verify",
                "-f",
                WorkingFolder.Signature,
                "-c",
                WorkingFolder.P256Certificate,
                "-r",
                "app:",
                WorkingFolder.Manifest
            ),
            new("verify: bad media type", Usage, "verify", "-f", WorkingFolder.Signature, "--media-type", "a/b/c", WorkingFolder.Manifest),
            new(
                "verify: --media-type with --descriptor",
                Usage,
                "verify",
                "-f",
                WorkingFolder.Signature,
                "--media-type",
                "a/b",
                "--descriptor",
                WorkingFolder.Manifest
            ),
            new("timestamp: no command", Usage, "timestamp"),
            new("timestamp: unknown command", Usage, "timestamp", "verify"),
            new("timestamp request: no signature", Usage, "timestamp", "request"),
            new("timestamp request: two signatures", Usage, "timestamp", "request", "a.sig", "b.sig"),
            new("timestamp request: --tsa-cert", Usage, "timestamp", "request", "--tsa-cert", WorkingFolder.RsaCertificate, "a.sig"),
            new("timestamp attach: no signature", Usage, "timestamp", "attach"),
            new("timestamp attach: no reply", Usage, "timestamp", "attach", "a.sig"),
            new("timestamp attach: --tsa-cert without a file", Usage, "timestamp", "attach", "a.sig", "a.tsr", "--tsa-cert"),
            new("attach: nothing", Usage, "attach"),
            new("attach: no artifact", Usage, "attach", WorkingFolder.Signature),
            new("attach: an artifact that is a file", Usage, "attach", WorkingFolder.Signature, WorkingFolder.Manifest),
            new("attach: a layout and a reference", Usage, "attach", WorkingFolder.Signature, "--oci-layout", ".", "registry.example.com/app:v1"),
            new("attach: -o for a registry", Usage, "attach", "-o", "x.tar", WorkingFolder.Signature, "registry.example.com/app:v1"),
            new("attach: a layout on standard input, and nowhere to write it", Usage, "attach", WorkingFolder.Signature, "--oci-layout", "-"),
            new("verify: --tsa-cert without a file", Usage, "verify", "-f", WorkingFolder.Signature, WorkingFolder.Manifest, "--tsa-cert"),
            new("certificate: no command", Usage, "certificate"),
            new("certificate: unknown command", Usage, "certificate", "generate"),
            new("generate-test: no host", Usage, "certificate", "generate-test"),
            new("generate-test: a host with a port", Usage, "certificate", "generate-test", "registry.example.com:5000"),
            new("generate-test: a host that leaves the folder", Usage, "certificate", "generate-test", "../registry"),
            new("generate-test: an empty host", Usage, "certificate", "generate-test", ""),
            new("generate-test: a URL", Usage, "certificate", "generate-test", "https://registry.example.com"),
        };

        BadInput.AssertRefused("bad-arguments", folder, inputs);
        foreach (var input in inputs)
            Assert.Matches(@" \(see: nv2( [a-z-]+)* --help\)\n$", folder.Run(input.Arguments).Stderr);
    }

    [Theory]
    [InlineData("notarize")]
    [InlineData("--notary")]
    [InlineData("certificate", "create")]
    public void What_is_no_command_is_named_in_the_refusal(params string[] arguments) =>
        Assert.Contains(arguments[^1], Nv2Binary.Run(arguments).Stderr, StringComparison.Ordinal);

    [Fact]
    public void A_wrong_duration_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();

        BadInput.AssertRefused(
            "bad-durations",
            folder,
            new[]
            {
                "",
                "0s",
                "0",
                "365",
                "-5h",
                "1y",
                "h",
                "1.2.3h",
                "1h ",
                " 1h",
                "1h 30m",
                "1,5h",
                "1e3s",
                "0.1ns",
                "9999999999h",
                "99999999999999999999999999999999999h",
                "٣h",
                "forever",
            }.Select(duration => Sign($"--expiry '{duration}'", duration.Length == 0 ? ["-e", ""] : [$"--expiry={duration}"]))
        );
    }

    [Fact]
    public void A_duration_that_a_signature_cannot_have_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();

        BadInput.AssertRefused(
            "bad-expiries",
            folder,
            new[] { "500ms", "80000000h", "3650000d" }.Select(duration => Sign($"--expiry {duration}", "-e", duration))
        );
    }

    [Fact]
    public void A_wrong_reference_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();

        BadInput.AssertRefused(
            "bad-references",
            folder,
            new[]
            {
                "",
                "App",
                "app:",
                "app:v 1",
                "app:-v1",
                $"app:{new string('v', 129)}",
                "app@sha256:00",
                "app@",
                "-app",
                "app-",
                "app//x",
                "/app",
                "app/",
                "a___b",
                "registry.example.com/",
                "registry..example.com/app",
                "registry.example.com:/app",
                "registry.example.com:port/app",
                "[::1/app",
                "[zz::]/app",
                "http://registry.example.com/app",
                "bücher.example/app",
                "app\nv1",
                new string('a', 256),
                new string('0', 64),
            }.Select(reference =>
                Sign(
                    $"--reference '{(reference.Length > 40 ? reference.Length : reference.Replace("\n", "\\n", StringComparison.Ordinal))}'",
                    reference.Length == 0 ? ["-r", ""] : [$"--reference={reference}"]
                )
            )
        );
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        Directory.CreateDirectory(folder["folder"]);
        folder.Write("registry.example.com.crt", "mine");
        Directory.CreateDirectory(folder["keys"]);
        folder.Write("keys/registry.example.com.key", "mine");

        BadInput.AssertRefused(
            "bad-outputs",
            folder,
            [
                Sign("in a missing folder", "-o", "missing/app.nv2") with
                {
                    ExitCode = 1,
                },
                Sign("a folder", "-o", "folder") with
                {
                    ExitCode = 1,
                },
                Sign("below a file", "-o", $"{WorkingFolder.Manifest}/app.nv2") with
                {
                    ExitCode = 1,
                },
                Sign("no name", "--output="),
                Sign("the name of this folder", "-o", ".") with
                {
                    ExitCode = 1,
                },
                new("generate-test: the certificate is there", 1, "certificate", "generate-test", "registry.example.com"),
                new("generate-test: the key is there", 1, "certificate", "generate-test", "registry.example.com", "-o", "keys"),
                new("generate-test: in a missing folder", 1, "certificate", "generate-test", "registry.example.com", "-o", "missing"),
                new("generate-test: valid for too long", 1, "certificate", "generate-test", "other.example.com", "-e", "10000000d"),
            ]
        );
    }

    [Fact]
    public void An_argument_that_begins_with_an_at_sign_is_a_file_name_and_not_a_list_of_arguments()
    {
        using var folder = new WorkingFolder();
        folder.Write("arguments", $"-k\n{WorkingFolder.P256Key}\n{WorkingFolder.Manifest}\n");
        BadInput.AssertRefused(
            "at-signs",
            folder,
            [
                new("the artifact", 1, "sign", "-k", WorkingFolder.P256Key, "@arguments"),
                new("the key", 1, "sign", "-k", "@arguments", WorkingFolder.Manifest),
                new("the signature", 1, "inspect", "@arguments"),
            ]
        );

        folder.Write("@manifest.json", folder.Read(WorkingFolder.Manifest));
        Assert.Equal(
            $"{WorkingFolder.DigestOf(folder.Read(WorkingFolder.Manifest))}\n",
            folder.Run("sign", "-k", WorkingFolder.P256Key, "@manifest.json").RequireSuccess().Stdout
        );
    }

    [Fact]
    public void Without_a_certificate_to_trust_no_signature_holds()
    {
        using var folder = new WorkingFolder();
        var result = folder.Run("verify", "-f", WorkingFolder.Signature, WorkingFolder.Manifest);

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Stdout);
        Snapshot.Match("verify-without-certificates", result.Stderr);
    }

    private static BadInput Sign(string name, params string[] more) =>
        new($"sign: {name}", Usage, ["sign", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest, .. more]);
}
