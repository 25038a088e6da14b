namespace Nv2.Plugin.Tests;

/// <summary><c>nv2 sign</c>: what it reads, and where it leaves the signature.</summary>
public sealed class SignCommandTests
{
    private static readonly byte[] Manifest = Vectors.Read("manifests/oci-image.json");
    private static readonly string Digest = WorkingFolder.DigestOf(Manifest);
    private static readonly string DefaultOutput = $"{Digest["sha256:".Length..]}.nv2";

    [Fact]
    public void The_signature_goes_to_a_file_named_after_the_digest_and_only_the_digest_is_printed()
    {
        using var folder = new WorkingFolder();
        var before = folder.Names;
        var result = folder.Run("sign", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest).RequireSuccess();

        Assert.Equal($"{Digest}\n", result.Stdout);
        Assert.Equal([DefaultOutput], folder.Names.Except(before));
        AssertHolds(folder, DefaultOutput);
    }

    [Fact]
    public void Standard_output_gets_nothing_but_the_signature_when_it_is_the_output()
    {
        using var folder = new WorkingFolder();
        var before = folder.Fingerprint();
        var signature = folder.Run("sign", "-k", WorkingFolder.P256Key, "-o", "-", WorkingFolder.Manifest).RequireSuccess();

        Assert.Equal(before, folder.Fingerprint());
        folder.Write("from-stdout.nv2", signature.StdoutBytes);
        AssertHolds(folder, "from-stdout.nv2");
    }

    [Fact]
    public void The_manifest_comes_from_standard_input_without_argument_and_with_a_dash()
    {
        using var folder = new WorkingFolder();
        foreach (var argument in new string[][] { [], ["-"] })
        {
            Assert.Equal(
                $"{Digest}\n",
                folder.RunWithInput(Manifest, ["sign", "-k", WorkingFolder.P256Key, "-o", "app.nv2", .. argument]).RequireSuccess().Stdout
            );
            Assert.Equal(
                $"{Digest}\n",
                folder.RunWithInput(Manifest, ["verify", "-f", "app.nv2", "-c", WorkingFolder.P256Certificate, .. argument]).RequireSuccess().Stdout
            );
        }
    }

    [Fact]
    public void A_file_is_named_by_its_path_or_with_file_before_it()
    {
        using var folder = new WorkingFolder();
        folder.Write("with space.json", Manifest);
        var absolute = folder[WorkingFolder.Manifest];
        foreach (
            var name in new[]
            {
                absolute,
                $"file:{WorkingFolder.Manifest}",
                $"file:{absolute}",
                $"file://{absolute}",
                $"file://{folder.Path}/with%20space.json",
                "file:with space.json",
            }
        )
        {
            var result = folder.Run("sign", "-k", WorkingFolder.P256Key, "-o", "app.nv2", name);

            Assert.True(result.ExitCode == 0 && result.Stdout == $"{Digest}\n", $"{name}: {result.Stderr}");
        }
    }

    [Fact]
    public void A_descriptor_stands_for_the_manifest()
    {
        using var folder = new WorkingFolder();

        // As oras 1.3 prints it, with additional properties of an index entry.
        var descriptor = System.Text.Encoding.UTF8.GetBytes(
            $$$"""{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Digest}}}","size":{{{Manifest.Length}}},"platform":"""
                + """{"architecture":"amd64"},"a":null}"""
        );
        Assert.Equal(
            $"{Digest}\n",
            folder.RunWithInput(descriptor, "sign", "--descriptor", "-k", WorkingFolder.P256Key, "-o", "app.nv2").RequireSuccess().Stdout
        );
        AssertHolds(folder, "app.nv2");
        Assert.Equal(
            $"{Digest}\n",
            folder.RunWithInput(descriptor, "verify", "--descriptor", "-f", "app.nv2", "-c", WorkingFolder.P256Certificate).RequireSuccess().Stdout
        );
    }

    [Fact]
    public void A_media_type_is_for_what_does_not_say_what_it_is()
    {
        using var folder = new WorkingFolder();
        byte[] sbom = [.. "{\"spdxVersion\":\"SPDX-2.3\"}"u8];
        folder.RunWithInput(sbom, "sign", "-k", WorkingFolder.P256Key, "--media-type", "application/spdx+json", "-o", "sbom.nv2").RequireSuccess();

        folder
            .RunWithInput(sbom, "verify", "-f", "sbom.nv2", "-c", WorkingFolder.P256Certificate, "--media-type", "application/spdx+json")
            .RequireSuccess();
        Assert.Contains(
            "\n  subject: ",
            folder.RunWithInput(sbom, "verify", "-f", "sbom.nv2", "-c", WorkingFolder.P256Certificate).Stderr,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Both_formats_carry_certificate_references_and_expiry_and_verify(string format)
    {
        using var folder = new WorkingFolder();
        string[] references = ["registry.wabbit-networks.io/app:v1", "registry.wabbit-networks.io/app:latest"];
        folder
            .Run(
                "sign",
                "--method",
                "x509",
                "--key",
                WorkingFolder.RsaKey,
                "--cert",
                WorkingFolder.RsaCertificate,
                "--reference",
                references[0],
                "-r",
                references[1],
                "--expiry",
                "1h30m",
                "--format",
                format,
                "--output",
                "app.nv2",
                WorkingFolder.Manifest
            )
            .RequireSuccess();

        Snapshot.Match($"signed-{format}", Masked.Json(Masked.Signature(folder.Read("app.nv2")).ToJsonString()));
        folder.Run("verify", "-f", "app.nv2", "-c", WorkingFolder.RsaCertificate, "-r", references[1], WorkingFolder.Manifest).RequireSuccess();
    }

    [Fact]
    public void An_output_that_is_there_is_replaced_whole_and_nothing_else_is_left_behind()
    {
        using var folder = new WorkingFolder();
        folder.Write("app.nv2", new string('x', 100_000));
        var before = folder.Names;
        folder.Run("sign", "-k", WorkingFolder.P256Key, "-o", "app.nv2", WorkingFolder.Manifest).RequireSuccess();

        Assert.Equal(before, folder.Names);
        AssertHolds(folder, "app.nv2");
    }

    [Fact]
    public void An_output_may_have_as_long_a_name_as_the_file_system_takes()
    {
        const int LongestName = 255;
        using var folder = new WorkingFolder();
        var longest = new string('n', LongestName);
        folder.Run("sign", "-k", WorkingFolder.P256Key, "-o", longest, WorkingFolder.Manifest).RequireSuccess();
        AssertHolds(folder, longest);

        var tooLong = folder.Run("sign", "-k", WorkingFolder.P256Key, "-o", longest + "n", WorkingFolder.Manifest);
        Assert.Equal(1, tooLong.ExitCode);
        BadInput.AssertOneLine("a name too long", tooLong.Stderr);
        Assert.DoesNotContain(folder.Path, tooLong.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_stays_as_it_was_when_signing_fails()
    {
        using var folder = new WorkingFolder();
        var before = folder.Fingerprint();

        Assert.Equal(
            1,
            folder
                .Run("sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.RsaCertificate, "-o", WorkingFolder.Signature, WorkingFolder.Manifest)
                .ExitCode
        );
        Assert.Equal(before, folder.Fingerprint());
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite, false)]
    [InlineData(UnixFileMode.UserRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, true)]
    public void A_key_that_others_can_read_is_warned_of(UnixFileMode mode, bool warned)
    {
        using var folder = new WorkingFolder();
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder[WorkingFolder.P256Key], mode);
        var result = folder.Run("sign", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest).RequireSuccess();

        Assert.Equal($"{Digest}\n", result.Stdout);
        Assert.Equal(
            warned
                ? $"nv2: warning: the private key \"{WorkingFolder.P256Key}\" can be read by users other than its owner: restrict it with chmod 600\n"
                : "",
            result.Stderr[..result.Stderr.IndexOf("nv2: signature: ", StringComparison.Ordinal)]
        );
    }

    [Fact]
    public void What_is_being_done_is_said_on_standard_error_only()
    {
        using var folder = new WorkingFolder();
        var sign = folder
            .Run("sign", "--verbose", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "-o", "app.nv2", WorkingFolder.Manifest)
            .RequireSuccess();
        var verify = folder
            .Run("verify", "--verbose", "--json", "-f", WorkingFolder.Signature, "-c", WorkingFolder.P256Certificate, WorkingFolder.Manifest)
            .RequireSuccess();
        var quiet = folder
            .Run("verify", "--json", "-f", WorkingFolder.Signature, "-c", WorkingFolder.P256Certificate, WorkingFolder.Manifest)
            .RequireSuccess();

        Assert.Equal($"{Digest}\n", sign.Stdout);
        Assert.Equal(quiet.Stdout, verify.Stdout);
        Assert.Empty(quiet.Stderr);
        Snapshot.Match(
            "verbose",
            $"{sign.Stderr.Replace(WorkingFolder.DigestOf(folder.Read("app.nv2")), "DIGEST", StringComparison.Ordinal)}\n{verify.Stderr}"
        );
    }

    // The key id or the certificate of the P-256 key, and the manifest of the folder.
    private static void AssertHolds(WorkingFolder folder, string signature) =>
        Assert.Equal(
            $"{Digest}\n",
            folder.Run("verify", "-f", signature, "-c", WorkingFolder.P256Certificate, WorkingFolder.Manifest).RequireSuccess().Stdout
        );
}
