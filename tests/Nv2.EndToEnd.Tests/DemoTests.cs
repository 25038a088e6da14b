using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/demo.sh: what a newcomer runs first, with the binary that the other tests run.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_demo_runs_to_its_end_says_what_it_shows_and_leaves_nothing_behind()
    {
        var result = Run(Nv2Binary.Path).RequireSuccess();

        string[] said =
        [
            "== An image ==",
            "$ umoci new --image image:v1",
            "== Sign ==",
            "$ nv2 sign ",
            "== Verify ==",
            "$ nv2 verify ",
            "a changed manifest",
            "  subject: ",
            "an untrusted signer",
            "  authenticity: ",
            "a name that was not signed",
            "  references: ",
            "openssl alone",
            "Verified OK",
            "nv2 describe",
            "nv2 generate-signature",
            "nv2 verify-signature",
            "\"verified\": true",
            "\"verified\":false",
            "== Done ==",
        ];
        var from = 0;
        foreach (var text in said)
        {
            var at = result.Stdout.IndexOf(text, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"'{text}' is missing, or not where it should be, in:\n{result.Stdout}");
            from = at + text.Length;
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder["tmp"]));
    }

    [Theory]
    [InlineData("verify", "0", "a changed manifest")]
    [InlineData("verify-signature", "0", "verify-signature")]
    [InlineData("sign", "1", "== Sign ==")]
    public void The_demo_fails_where_something_does_not_happen_as_it_says(string command, string exitCode, string heading)
    {
        // Everything else is answered by the binary; this command always ends in the same way.
        var impostor = _folder.Write(
            "impostor",
            $"#!/bin/sh\n[ \"$1\" = {command} ] && {{ \"{Nv2Binary.Path}\" \"$@\"; exit {exitCode}; }}\nexec \"{Nv2Binary.Path}\" \"$@\"\n"
        );
        Tool.Run("chmod", ["+x", impostor]).RequireSuccess();

        var result = Run(impostor);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("demo.sh: expected ", result.Stderr, StringComparison.Ordinal);
        Assert.Contains(heading, result.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("== Done ==", result.Stdout, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["tmp"]));
    }

    public void Dispose() => _folder.Dispose();

    private ProcessResult Run(string binary) =>
        Tool.Run(
            Path.Combine(Repository.Root, "scripts", "demo.sh"),
            [],
            environment: new Dictionary<string, string?> { ["NV2_BINARY"] = binary, ["TMPDIR"] = Directory.CreateDirectory(_folder["tmp"]).FullName }
        );
}
