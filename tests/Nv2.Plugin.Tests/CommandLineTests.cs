namespace Nv2.Plugin.Tests;

/// <summary>The rest of the command line: verify, certificates, completion, streams.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("-f")]
    [InlineData("-s")]
    [InlineData("--signature")]
    public void The_option_for_the_signature_has_three_names(string option)
    {
        using var folder = new WorkingFolder();

        folder.Run("verify", option, WorkingFolder.Signature, "--cert", WorkingFolder.P256Certificate, WorkingFolder.Manifest).RequireSuccess();
    }

    [Fact]
    public void Any_of_several_certificates_may_be_the_signers()
    {
        using var folder = new WorkingFolder();
        folder.Write("p256.der", Convert.FromBase64String(VectorRequests.Certificate("keys/p256.crt")));
        folder.Write("bundle.pem", [.. folder.Read(WorkingFolder.RsaCertificate), .. "\n"u8, .. folder.Read(WorkingFolder.P256Certificate)]);
        foreach (
            var trusted in new string[][]
            {
                ["-c", WorkingFolder.RsaCertificate, "-c", WorkingFolder.P256Certificate],
                ["-c", "bundle.pem"],
                ["-c", "p256.der"],
            }
        )
            folder.Run(["verify", "-f", WorkingFolder.Signature, .. trusted, WorkingFolder.Manifest]).RequireSuccess();
    }

    [Fact]
    public void A_test_key_and_certificate_sign_and_verify_and_only_the_owner_can_read_the_key()
    {
        using var folder = new WorkingFolder();
        var result = folder.Run("certificate", "generate-test", "registry.example.com").RequireSuccess();

        Assert.Equal("./registry.example.com.key\n./registry.example.com.crt\n", result.Stdout);
        Assert.Empty(result.Stderr);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["registry.example.com.key"]));

        var sign = folder
            .Run(
                "sign",
                "-k",
                "registry.example.com.key",
                "-c",
                "registry.example.com.crt",
                "-r",
                "registry.example.com/app:v1",
                "-o",
                "app.nv2",
                WorkingFolder.Manifest
            )
            .RequireSuccess();
        Assert.Equal($"nv2: signature: \"app.nv2\" (jwt, {WorkingFolder.DigestOf(folder.Read("app.nv2"))})\n", sign.Stderr);
        folder
            .Run("verify", "-f", "app.nv2", "-c", "registry.example.com.crt", "-r", "registry.example.com/app:v1", WorkingFolder.Manifest)
            .RequireSuccess();
    }

    [Fact]
    public void Test_keys_go_to_the_folder_asked_for_and_nothing_is_overwritten()
    {
        using var folder = new WorkingFolder();
        Directory.CreateDirectory(folder["keys"]);
        string[] command = ["certificate", "generate-test", "127.0.0.1", "-o", "keys", "-e", "1d"];

        Assert.Equal("keys/127.0.0.1.key\nkeys/127.0.0.1.crt\n", folder.Run(command).RequireSuccess().Stdout);
        var made = folder.Fingerprint();
        Assert.Equal(1, folder.Run(command).ExitCode);
        Assert.Equal(made, folder.Fingerprint());
    }

    [Theory]
    [InlineData("[suggest:7]", "nv2 ver", "verify")]
    [InlineData("[suggest:3]", "ver", "verify")]
    [InlineData("[suggest:7]", "sign --", "--expiry")]
    [InlineData("[suggest:14]", "nv2 verify --c", "--cert")]
    public void A_shell_can_complete_commands_and_options(string directive, string line, string expected) =>
        Assert.Contains(expected, Nv2Binary.Run(directive, line).RequireSuccess().Stdout.Split('\n'));

    [Fact]
    public void Output_to_a_file_that_others_write_to_goes_behind_what_is_there()
    {
        using var folder = new WorkingFolder();
        const string Script = """
            exec >log 2>&1
            echo first
            "$0" --version
            "$0" verify -f app.nv2 -c rsa.crt manifest.json
            "$0" describe </dev/null
            echo last
            """;
        Tool.Run("sh", ["-c", Script, Nv2Binary.Path], workingDirectory: folder.Path).RequireSuccess();
        var lines = File.ReadAllLines(folder["log"]);

        Assert.Equal("first", lines[0]);
        Assert.StartsWith("nv2: the signature \"app.nv2\" is not valid", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("  authenticity: ", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("  hint: ", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("{\"errorCode\":\"VALIDATION_ERROR\"", lines[5], StringComparison.Ordinal);
        Assert.Equal(["last"], lines[6..]);
    }

    [Fact]
    public void A_failed_verification_says_all_its_lines_in_a_file_too()
    {
        using var folder = new WorkingFolder();
        var expected = folder.Run("verify", "-f", WorkingFolder.Signature, "-c", WorkingFolder.RsaCertificate, WorkingFolder.Manifest).Stderr;
        Tool.Run("sh", ["-c", "! \"$0\" verify -f app.nv2 -c rsa.crt manifest.json 2>log", Nv2Binary.Path], workingDirectory: folder.Path)
            .RequireSuccess();

        Assert.Equal(expected, File.ReadAllText(folder["log"]));
    }

    [Theory]
    [InlineData("sign -k p256.key -o - manifest.json")]
    [InlineData("sign -k p256.key -o out.nv2 manifest.json")]
    [InlineData("verify -f app.nv2 -c p256.crt manifest.json")]
    [InlineData("inspect app.nv2")]
    public void A_standard_output_that_is_full_is_an_error_in_one_line(string arguments)
    {
        using var folder = new WorkingFolder();
        var result = Tool.Run("sh", ["-c", "\"$0\" $1 >/dev/full", Nv2Binary.Path, arguments], workingDirectory: folder.Path);

        Assert.Equal(1, result.ExitCode);
        BadInput.AssertOneLine(arguments, result.Stderr);
    }

    [Fact]
    public void A_response_that_cannot_be_written_is_an_error_object()
    {
        using var folder = new WorkingFolder();
        folder.Write("request", VectorRequests.Sign().ToJsonString());
        var result = Tool.Run("sh", ["-c", "\"$0\" generate-signature <request >/dev/full", Nv2Binary.Path], workingDirectory: folder.Path);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("{\"errorCode\":\"ERROR\",", result.Stderr, StringComparison.Ordinal);
        BadInput.AssertOneLine("response", result.Stderr);
    }
}
