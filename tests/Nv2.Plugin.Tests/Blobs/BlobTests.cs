using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Blobs;

/// <summary>Files that are no manifests, signed and verified as they are.</summary>
public sealed class BlobTests
{
    [Theory]
    [InlineData("rsa2048", "sha256", "PS256")]
    [InlineData("rsa3072", "sha384", "PS384")]
    [InlineData("rsa4096", "sha512", "PS512")]
    [InlineData("p256", "sha256", "ES256")]
    [InlineData("p384", "sha384", "ES384")]
    [InlineData("p521", "sha512", "ES512")]
    public void The_key_says_which_digest_is_signed_and_openssl_computes_the_same(string key, string hash, string algorithm)
    {
        using var blob = new BlobFolder();
        var digest = blob.DigestByOpenSsl(hash, BlobFolder.Blob);
        foreach (var format in new[] { "jws", "cose" })
        {
            var signed = blob
                .Folder.Run("sign", "--blob", BlobFolder.Blob, "--format", format, "-k", $"{key}.key", "-c", $"{key}.crt")
                .RequireSuccess();
            Assert.Equal(digest + "\n", signed.Stdout);

            var verified = blob.Folder.Run("verify", "--blob", BlobFolder.Blob, "--ca-cert", $"{key}.crt").RequireSuccess();
            Assert.Equal((digest + "\n", ""), (verified.Stdout, verified.Stderr));

            var claims = blob.Inspect($"app.bin.{format}.sig");
            Assert.Equal(algorithm, (string)claims["signingAlgorithm"]!);
            Assert.Equal($$"""{"mediaType":"application/octet-stream","digest":"{{digest}}","size":17}""", claims["subject"]!.ToJsonString());
            File.Delete(blob.Folder[$"app.bin.{format}.sig"]);
        }
    }

    [Fact]
    public void The_signature_stands_beside_the_blob_or_where_it_is_asked_for()
    {
        using var blob = new BlobFolder();
        var before = blob.Folder.Names;
        blob.Sign().RequireSuccess();
        Assert.Equal(["app.bin.jws.sig"], blob.Folder.Names.Except(before));

        Directory.CreateDirectory(blob.Folder["signatures"]);
        blob.Sign("-o", "signatures/other.sig").RequireSuccess();
        blob.Verify("-s", "signatures/other.sig").RequireSuccess();

        var piped = blob.Sign("-o", "-").RequireSuccess();
        blob.Folder.Write("piped.sig", piped.StdoutBytes);
        blob.Verify("-f", "piped.sig").RequireSuccess();
    }

    [Fact]
    public void A_blob_comes_from_standard_input_on_both_sides()
    {
        using var blob = new BlobFolder();
        var content = blob.Folder.Read(BlobFolder.Blob);
        var digest = blob.DigestByOpenSsl(BlobFolder.Hash, BlobFolder.Blob);

        Assert.Equal(
            $"{digest}\n",
            blob.Folder.RunWithInput(
                    content,
                    "sign",
                    "--blob",
                    "-",
                    "--format",
                    "cose",
                    "-k",
                    BlobFolder.Key,
                    "-c",
                    BlobFolder.Certificate,
                    "-o",
                    "out.sig"
                )
                .RequireSuccess()
                .Stdout
        );
        Assert.Equal(
            $"{digest}\n",
            blob.Folder.RunWithInput(content, "verify", "--blob", "-", "-s", "out.sig", "--ca-cert", BlobFolder.Certificate).RequireSuccess().Stdout
        );
        Assert.Equal(
            1,
            blob.Folder.RunWithInput([.. content, 0], "verify", "--blob", "-", "-s", "out.sig", "--ca-cert", BlobFolder.Certificate).ExitCode
        );
    }

    [Fact]
    public void Hundreds_of_MiB_go_through_a_pipe_in_the_memory_of_a_few()
    {
        const int Pieces = 384;
        const int MiB = 1024 * 1024;
        const long MaxPeakKiB = 48 * 1024;
        using var blob = new BlobFolder();
        var piece = new byte[MiB];
        Random.Shared.NextBytes(piece);
        string[] sign = ["sign", "--blob", "-", "--format", "jws", "-k", BlobFolder.Key, "-c", BlobFolder.Certificate, "-o", "big.sig"];
        foreach (var arguments in new[] { sign, ["verify", "--blob", "-", "-s", "big.sig", "--ca-cert", BlobFolder.Certificate] })
        {
            var start = new ProcessStartInfo(Nv2Binary.Path, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                WorkingDirectory = blob.Folder.Path,
            };
            using var process = Process.Start(start)!;
            for (var i = 0; i < Pieces; i++)
                process.StandardInput.BaseStream.Write(piece);
            process.StandardInput.BaseStream.Flush();
            var peak = File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            process.StandardInput.Close();
            Assert.StartsWith("sha384:", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
            process.WaitForExit();

            Assert.Equal(0, process.ExitCode);
            var kibibytes = long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            Assert.True(kibibytes is > 0 and < MaxPeakKiB, $"{arguments[0]} needed {peak} for {Pieces} MiB");
        }

        Assert.Equal((long)Pieces * MiB, (long)blob.Inspect("big.sig")["subject"]!["size"]!);
    }

    [Fact]
    public void An_empty_blob_is_signed_with_a_warning_and_verifies()
    {
        using var blob = new BlobFolder();
        blob.Folder.Write(BlobFolder.Blob, "");

        Assert.StartsWith(
            "nv2: warning: \"app.bin\" is empty: did the program that writes it fail?",
            blob.Sign().RequireSuccess().Stderr,
            StringComparison.Ordinal
        );
        Assert.Equal($"{blob.DigestByOpenSsl(BlobFolder.Hash, BlobFolder.Blob)}\n", blob.Verify().RequireSuccess().Stdout);
        blob.Folder.Write(BlobFolder.Blob, "x");
        Assert.Equal(1, blob.Verify().ExitCode);
    }

    [Fact]
    public void A_signature_is_a_blob_too_and_does_not_sign_itself()
    {
        using var blob = new BlobFolder();
        blob.Sign().RequireSuccess();
        blob.Folder.Run("sign", "--blob", "app.bin.jws.sig", "--format", "cose", "-k", "p256.key", "-c", "p256.crt").RequireSuccess();
        blob.Folder.Run("verify", "--blob", "app.bin.jws.sig", "--ca-cert", "p256.crt").RequireSuccess();

        var itself = blob.Folder.Run("verify", "--blob", "app.bin.jws.sig", "-s", "app.bin.jws.sig", "--ca-cert", BlobFolder.Certificate);
        Assert.Equal((1, ""), (itself.ExitCode, itself.Stdout));
        Assert.Contains("\n  subject: ", itself.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_verifies_by_its_root_and_must_be_whole()
    {
        using var blob = new BlobFolder();
        blob.Folder.Run("sign", "--blob", BlobFolder.Blob, "--format", "jws", "-k", "leaf.key", "-c", "leaf-full-chain.crt").RequireSuccess();
        blob.Folder.Run("verify", "--blob", BlobFolder.Blob, "--ca-cert", "root.crt").RequireSuccess();

        var cut = blob.Folder.Run("sign", "--blob", BlobFolder.Blob, "--format", "jws", "-k", "leaf.key", "-c", "leaf-chain.crt");
        Assert.Equal(1, cut.ExitCode);
        Assert.Contains("root", cut.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void The_media_type_is_the_signer_s_word_and_compared_only_where_one_is_asked_for()
    {
        using var blob = new BlobFolder();
        blob.Sign("--media-type", "application/gzip").RequireSuccess();

        blob.Verify().RequireSuccess();
        var report = JsonNode.Parse(blob.Verify("--json", "--media-type", "application/gzip").RequireSuccess().Stdout)!;
        Assert.Equal("application/gzip", (string)report["subject"]!["mediaType"]!);
        Assert.Equal("application/gzip", (string)JsonNode.Parse(blob.Verify("--json").RequireSuccess().Stdout)!["subject"]!["mediaType"]!);
        AssertFails(blob.Verify("--media-type", "application/octet-stream"), "subject", "the signature covers application/gzip");
    }

    [Fact]
    public void User_metadata_is_signed_shown_and_asked_for()
    {
        using var blob = new BlobFolder();
        blob.Sign("--user-metadata", "build=42", "--user-metadata", "note=a=b ü", "--user-metadata", "empty=").RequireSuccess();

        blob.Verify("--user-metadata", "build=42").RequireSuccess();
        blob.Verify("--user-metadata", "note=a=b ü", "--user-metadata", "empty=").RequireSuccess();
        AssertFails(blob.Verify("--user-metadata", "build=43"), "subject", "\"build\" with the value \"42\": expected \"43\"");
        AssertFails(blob.Verify("--user-metadata", "build=42", "--user-metadata", "Build=42"), "subject", "no user metadata \"Build\"");
        Assert.Equal("""{"build":"42","empty":"","note":"a=b \u00FC"}""", blob.Inspect("app.bin.jws.sig")["annotations"]!.ToJsonString());
        Assert.Contains("\nmetadata     note=a=b ü\n", blob.Folder.Run("inspect", "app.bin.jws.sig").Stdout, StringComparison.Ordinal);
    }

    /// <summary>Fails unless that check alone failed, for that reason.</summary>
    internal static void AssertFails(ProcessResult result, string check, string reason)
    {
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        var lines = result.Stderr.TrimEnd('\n').Split('\n');
        Assert.True(
            lines.Length == 3
                && lines[1].StartsWith($"  {check}: ", StringComparison.Ordinal)
                && lines[2].StartsWith("  hint: ", StringComparison.Ordinal),
            result.Stderr
        );
        Assert.Contains(reason, lines[1], StringComparison.Ordinal);
    }
}
