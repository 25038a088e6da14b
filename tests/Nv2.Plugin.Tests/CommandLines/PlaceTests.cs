using Nv2.Plugin.Tests.Transfer;
using Nv2.Plugin.Tests.Trust;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>What cannot be written, reached or found is named, with what to do about it.</summary>
public sealed class PlaceTests
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Enterable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const string Owner = "65534";

    [Theory]
    [InlineData("oci-layout", Readable, null)]
    [InlineData("index.json", Readable, null)]
    [InlineData("blobs/sha256", Enterable, "its folder \"blobs/sha256\"")]
    [InlineData("blobs", Enterable, null)]
    [InlineData("", Enterable, "its folder")]
    public void A_layout_is_signed_where_its_folders_may_be_written_to_and_else_the_folder_is_named(string place, UnixFileMode mode, string? named)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new WorkingFolder();
        new Layouts.SignedImage().Layout.WriteTo(folder["layout"]);
        File.SetUnixFileMode(Path.Combine(folder["layout"], place), mode);
        if (Environment.IsPrivilegedProcess)
            Tool.Run("chown", ["-R", Owner, folder["layout"]]).RequireSuccess();
        using var user = new UnprivilegedRun(folder);
        File.SetUnixFileMode(folder[WorkingFolder.P256Key], Readable);
        var result = user.Run([], "sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "--oci-layout", "layout:v1");
        File.SetUnixFileMode(Path.Combine(folder["layout"], place), mode | UnixFileMode.UserWrite); // So that it can be deleted.

        if (named is null)
        {
            result.RequireSuccess();
            folder.Run("verify", "-c", WorkingFolder.P256Certificate, "--oci-layout", "layout:v1").RequireSuccess();
            return;
        }

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(
            $"nv2: cannot add to the layout \"layout\": permission denied to write to {named}\n",
            result.Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_who_sign_a_layout_whose_marker_is_read_only_do_not_lose_a_signature()
    {
        const int Signers = 6;
        using var folder = new WorkingFolder();
        new Layouts.SignedImage().Layout.WriteTo(folder["layout"]);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder["layout/oci-layout"], Readable);
        if (Environment.IsPrivilegedProcess)
            Tool.Run("chown", ["-R", Owner, folder["layout"]]).RequireSuccess();
        using (var user = new UnprivilegedRun(folder))
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(folder[WorkingFolder.P256Key], Readable);
            Parallel.For(
                0,
                Signers,
                number =>
                    user.Run(
                            [],
                            "sign",
                            "-k",
                            WorkingFolder.P256Key,
                            "-c",
                            WorkingFolder.P256Certificate,
                            "-r",
                            $"registry.wabbit-networks.io/app:v{number}",
                            "--oci-layout",
                            "layout:v1"
                        )
                        .RequireSuccess()
            );
        }

        var list = folder.Run("list", "--oci-layout", "layout:v1").RequireSuccess().Stdout;
        Assert.All(
            Enumerable.Range(0, Signers),
            number => Assert.Contains($"reference: registry.wabbit-networks.io/app:v{number}\n", list, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("/nonexistent", "\"/nonexistent\": there is no such folder")]
    [InlineData("FOLDER/manifest.json", "\"FOLDER/manifest.json\": there is no such folder")]
    [InlineData("FOLDER", "\"FOLDER\": permission denied")]
    public void A_folder_for_temporary_files_that_cannot_be_used_is_named(string place, string named)
    {
        using var folder = new WorkingFolder();
        using var user = new UnprivilegedRun(folder);
        var result = user.Run(
            [],
            new Dictionary<string, string?>
            {
                ["TMPDIR"] = place.Replace("FOLDER", folder.Path, StringComparison.Ordinal),
                ["PATH"] = "/usr/bin:/bin",
            },
            "list",
            "--transfer",
            "skopeo",
            "registry.example.com/app:v1"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            $"nv2: cannot make a temporary folder in {named.Replace("FOLDER", folder.Path, StringComparison.Ordinal)}, set by TMPDIR: "
                + "expected a writable folder\n",
            result.Stderr
        );
    }

    public static TheoryData<string, string> WrongProtocols =>
        new()
        {
            { "oras", "Error: Head \"https://127.0.0.1:5000/v2/app/manifests/v1\": http: server gave HTTP response to HTTPS client" },
            {
                "skopeo",
                "time=\"now\" level=fatal msg=\"pinging container registry 127.0.0.1:5000: Get \\\"https://127.0.0.1:5000/v2/\\\": http: "
                    + "server gave HTTP response to HTTPS client\""
            },
            { "crane", "Error: fetching manifest: Get \"https://127.0.0.1:5000/v2/\": http: server gave HTTP response to HTTPS client" },
            { "docker", "Get \"https://127.0.0.1:5000/v2/\": tls: first record does not look like a TLS handshake" },
            { "docker", "no such manifest: 127.0.0.1:5000/app:v1" },
        };

    [Theory]
    [MemberData(nameof(WrongProtocols))]
    public void A_registry_without_TLS_is_answered_with_the_option_for_it(string program, string words)
    {
        using var programs = new ToolFolder();
        programs.Write(program, $"cat >&2 <<'END'\n{words}\nEND\nexit 1");
        var result = Nv2Binary.Run(
            ["verify", "--transfer", program, "127.0.0.1:5000/app:v1"],
            environment: new Dictionary<string, string?> { ["PATH"] = $"{programs.Path}:/usr/bin:/bin" }
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(
            "hint: the registry answers without TLS; if that is intended, allow it with --plain-http| uses HTTP without TLS: "
                + "allow that with --plain-http",
            result.Stderr
        );
    }

    [Fact]
    public void A_trust_store_that_is_not_there_is_answered_with_how_to_make_it_or_with_its_name()
    {
        using var user = new TrustUser();
        const string Hint = "\nhint: create it with 'nv2 trust add wabit FILE'\n";
        foreach (var command in new string[][] { ["allow", TrustUser.Repository, "--store", "wabit"], ["show", "wabit"], ["remove", "wabit"] })
            Assert.EndsWith(Hint, user.Trust(command).Stderr, StringComparison.Ordinal);
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        Assert.EndsWith($"; did you mean wabbit?{Hint}", user.Trust("show", "wabit").Stderr, StringComparison.Ordinal);
        Assert.EndsWith(
            "\nhint: create it with 'nv2 trust add time FILE --type tsa'\n",
            user.Trust("show", "time", "--type", "tsa").Stderr,
            StringComparison.Ordinal
        );

        user.WritePolicy(TrustUser.Statement("app", "ca:wabit", TrustUser.Repository));
        Assert.EndsWith(Hint, user.VerifyNamed().Stderr, StringComparison.Ordinal);
    }
}
