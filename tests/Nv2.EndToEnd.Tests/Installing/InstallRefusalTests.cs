using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Installing;

/// <summary>What scripts/install.sh does not install: whatever is not, byte for byte, what the release key signed.</summary>
public sealed class InstallRefusalTests : IDisposable
{
    private static readonly Dictionary<string, (Action<SmallRelease> Change, string Reason)> Cases = new()
    {
        ["a byte of the archive is another"] = (release => Change(release.Archive, bytes => bytes[^9] ^= 1), "checksum mismatch"),
        ["the archive is cut off"] = (release => Cut(release.Archive), "checksum mismatch"),
        ["the archive and its checksum are others"] = (
            release =>
            {
                Change(release.Archive, bytes => bytes[^9] ^= 1);
                release.WriteChecksums();
            },
            "digest mismatch"
        ),
        ["the signature is one of another file"] = (release => release.Sign(file: release.Archive), "digest mismatch"),
        ["the signer is a stranger"] = (release => release.Sign("rsa3072.key", "rsa3072.crt"), "its chain has no certificate with the SHA-256"),
        ["the root is in a stranger's chain"] = (AddRootToStranger, "its signer is not trusted"),
        ["the signature value is another"] = (release => Edit(release, "signature", text => Turned(text)), "integrity"),
        ["the payload is another"] = (release => Edit(release, "payload", text => Turned(text)), "integrity"),
        ["the signature is cut off"] = (release => Cut(release.Signature), "is not valid: it has no certificates"),
        ["the signature is empty"] = (release => File.WriteAllText(release.Signature, ""), "is not valid"),
        ["there is no signature"] = (release => File.Delete(release.Signature), "cannot read"),
        ["the signature expires, which only nv2 checks"] = (
            release => release.Sign(options: ["--expiry", "24h"]),
            "other critical headers than io.cncf.notary.signingScheme"
        ),
        ["the list is of another machine"] = (ListAnother, "this release is not for this machine"),
    };

    // Base64 as it is.
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly InstallingUser user = new();

    public static TheoryData<string> Names { get; } = [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_release_that_is_not_what_was_signed_is_refused(string name)
    {
        var release = user.Release();
        Cases[name].Change(release);

        AssertRefused(user.Install(release, user.AllFaces), Cases[name].Reason);
    }

    [Fact]
    public void The_certificates_of_the_machine_decide_about_no_release()
    {
        var release = user.Release();
        var hash = OpenSsl.Run("x509", "-in", SmallRelease.Root, "-noout", "-hash").RequireSuccess().Stdout.Trim();
        Directory.CreateDirectory(user["certificates"]);
        File.Copy(SmallRelease.Root, user[$"certificates/{hash}.0"]);
        var machine = new Dictionary<string, string?> { ["SSL_CERT_DIR"] = user["certificates"], ["SSL_CERT_FILE"] = SmallRelease.Root };
        user.Set("SSL_CERT_DIR", machine["SSL_CERT_DIR"]);
        user.Set("SSL_CERT_FILE", machine["SSL_CERT_FILE"]);
        var other = Vectors.PathOf("keys/rsa3072.crt");
        string[] verify = ["verify", "-CAfile", other, "-untrusted", Vectors.PathOf("keys/leaf-full-chain.crt"), Vectors.PathOf("keys/leaf.crt")];

        // openssl adds them to the certificate that it is told to trust.
        Tool.Run("openssl", verify, environment: machine).RequireSuccess();
        AssertRefused(
            user.Run(["--from", release.Folder, "--root", other, "--prefix", user.Prefix]),
            "its signer is not trusted (self-signed certificate in certificate chain)"
        );
    }

    [Fact]
    public void An_older_release_under_the_name_of_a_newer_one_is_refused()
    {
        var old = user.Release();
        var renamed = user.Release("1.1.0");
        foreach (var (from, to) in new[] { (old.Archive, renamed.Archive), (old.Checksums, renamed.Checksums), (old.Signature, renamed.Signature) })
            File.Copy(from, to, overwrite: true);

        AssertRefused(user.Install(renamed), "nv2_1.1.0_checksums.txt does not list nv2_1.1.0_linux_");
    }

    [Theory]
    [InlineData("#!/bin/sh\necho 0.9.0\n", "the program says that it is version '0.9.0': expected 1.0.0")]
    [InlineData("#!/bin/sh\necho 'no libc of 2.36' >&2\nexit 1\n", "the program does not run on this machine: no libc of 2.36")]
    public void A_program_that_does_not_run_or_is_another_version_is_not_installed(string program, string reason) =>
        AssertRefused(user.Install(user.Release(program: program), user.AllFaces), reason);

    [Fact]
    public void Without_a_root_certificate_nothing_is_installed() =>
        AssertRefused(user.Run(["--from", user.Release().Folder, "--prefix", user.Prefix]), "no root certificate of the release key is known");

    [Fact]
    public void Without_openssl_nothing_is_installed()
    {
        var release = user.Release();
        user.RemoveProgram("openssl");

        AssertRefused(user.Install(release), "openssl is not installed: expected it, to check the signature of the release");
    }

    [Theory]
    [InlineData("Linux", "riscv64", "there is no release for Linux on riscv64")]
    [InlineData("Darwin", "arm64", "there is no release for Darwin on arm64")]
    public void Another_machine_is_refused(string system, string processor, string reason)
    {
        user.AddProgram("uname", $"[ \"$1\" = -m ] && echo {processor} || echo {system}");

        AssertRefused(user.Install(user.Release()), reason);
    }

    [Theory]
    [InlineData("face")]
    [InlineData("--prefix")]
    [InlineData("--prefix", "")]
    [InlineData("docker=")]
    [InlineData("docker=/a\nb")]
    [InlineData("cli", "cli")]
    [InlineData("--uninstall", "cli")]
    public void A_command_line_that_is_wrong_has_exit_code_2(params string[] arguments)
    {
        var result = user.Run(["--from", user.Root, "--root", SmallRelease.RootHash, "--prefix", user.Prefix, .. arguments]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("install.sh --uninstall [--prefix DIR]", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(user.State);
    }

    public void Dispose() => user.Dispose();

    private void AssertRefused(ProcessResult result, string reason)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Stderr, StringComparison.Ordinal);
        Assert.Empty(user.State);
    }

    private static void Change(string path, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static void Cut(string path) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^(int)(new FileInfo(path).Length / 2)]);

    // Another text of base64url, of the same length.
    private static string Turned(string text) => $"{text[..20]}{(text[20] == 'A' ? 'B' : 'A')}{text[21..]}";

    private static void Edit(SmallRelease release, string member, Func<string, string> edit)
    {
        var envelope = JsonNode.Parse(File.ReadAllText(release.Signature))!;
        envelope[member] = edit((string)envelope[member]!);
        File.WriteAllText(release.Signature, envelope.ToJsonString(Relaxed));
    }

    private static void AddRootToStranger(SmallRelease release)
    {
        release.Sign("rsa3072.key", "rsa3072.crt");
        var envelope = JsonNode.Parse(File.ReadAllText(release.Signature))!;
        ((JsonArray)envelope["header"]!["x5c"]!).Add(Convert.ToBase64String(OpenSsl.Der(SmallRelease.Root)));
        File.WriteAllText(release.Signature, envelope.ToJsonString(Relaxed));
    }

    private static void ListAnother(SmallRelease release)
    {
        File.WriteAllText(release.Checksums, File.ReadAllText(release.Checksums).Replace("_linux_", "_plan9_", StringComparison.Ordinal));
        release.Sign();
    }
}
