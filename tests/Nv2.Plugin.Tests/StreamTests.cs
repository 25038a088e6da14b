using System.Text;

namespace Nv2.Plugin.Tests;

/// <summary>Standard streams that are closed or full, and outputs that are more than a name: nothing hangs, nothing is destroyed, no stack trace is
/// shown.</summary>
public class StreamTests
{
    private const string Failing = "verify -f rsa.nv2 -c p256.crt manifest.json";

    [Theory]
    [InlineData(Failing, "2>/dev/full")]
    [InlineData(Failing + " --json", ">/dev/full")]
    [InlineData(Failing + " --json", ">&-")]
    [InlineData("bogus", "2>/dev/full")]
    [InlineData("bogus", "2>&-")]
    [InlineData("sign -k p256.key -o new.nv2", "<&-")]
    [InlineData("sign -k p256.key -o - manifest.json", ">/dev/full")]
    [InlineData("describe", "<&-")]
    [InlineData("describe", "</dev/null 2>&-")]
    [InlineData("verify-signature", "<failing.json >/dev/full")]
    [InlineData("verify-signature", "<failing.json 2>/dev/full")]
    [InlineData("verify-signature", "<failing.json >&-")]
    public void A_stream_that_is_closed_or_full_is_a_failure_and_nothing_worse(string command, string redirection)
    {
        using var folder = new TemporaryFolder();
        Fill(folder);

        var result = Shell(folder, $"\"$0\" {command} {redirection}");

        Assert.InRange(result.ExitCode, 1, 2);
        Assert.DoesNotContain("Unhandled", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["new.nv2"]));
    }

    [Theory]
    [InlineData("p256.key", "private key")]
    [InlineData("p256.crt", "certificate")]
    [InlineData("manifest.json", "the signed file")]
    public void An_output_that_is_an_input_is_not_overwritten(string output, string what)
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        var before = File.ReadAllBytes(folder[output]);
        File.CreateSymbolicLink(folder["link"], folder[output]);

        foreach (var name in new[] { output, $"./{output}", "link" })
        {
            var result = Shell(folder, $"\"$0\" sign -k p256.key -c p256.crt -o {name} manifest.json");

            Assert.Equal(1, result.ExitCode);
            Assert.Contains(what, result.Stderr, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(folder[output]));
        }
    }

    [Fact]
    public void An_output_that_is_a_pipe_or_a_link_stays_one()
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        folder.Write("target", "old");
        File.CreateSymbolicLink(folder["link"], folder["target"]);

        var result = Shell(
            folder,
            "mkfifo pipe; cat pipe > read & \"$0\" sign -k p256.key -o pipe manifest.json && \"$0\" sign -k p256.key -o link manifest.json; wait; "
                + "test -p pipe && test -L link"
        );

        Assert.True(result.ExitCode == 0, result.Stderr);
        foreach (var signature in new[] { "read", "target" })
            Assert.Equal(0, Nv2Binary.Run("verify", "-f", folder[signature], "-c", folder["p256.crt"], folder["manifest.json"]).ExitCode);
    }

    private static ProcessResult Shell(TemporaryFolder folder, string script) =>
        Tool.Run("sh", ["-c", script, Nv2Binary.Path], workingDirectory: folder.Path);

    private static void Fill(TemporaryFolder folder)
    {
        foreach (var name in new[] { "p256.key", "p256.crt" })
            folder.Write(name, Vectors.Read($"keys/{name}"));
        folder.Write("manifest.json", Vectors.Read("manifests/oci-image.json"));
        folder.Write("rsa.nv2", Vectors.Read("nv2-jwt/rsa2048-x5c.jwt"));
        folder.Write(
            "failing.json",
            Encoding.UTF8.GetBytes(
                $$"""
                {"protocolVersion":"1.0","manifest":"{{Convert.ToBase64String(Vectors.Read("manifests/oci-image.json"))}}",
                 "signature":"{{Convert.ToBase64String(Vectors.Read("nv2-jwt/rsa2048-x5c.jwt"))}}"}
                """
            )
        );
    }
}
