using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/stories.sh: the scenarios of the founding document, over registries, with the binary that the other tests run.</summary>
public sealed class StoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_stories_happen_as_they_are_told_and_leave_nothing_behind()
    {
        var result = Run(Nv2Binary.Path).RequireSuccess();

        string[] told =
        [
            "== 1. Public certified content runs ==",
            "[docker's daemon is asked: run --rm docker.io/library/hello@sha256:",
            "== 2. Public community content is refused",
            "curl -fsSL 'https://wabbit-networks.io/certs/wabbit-networks.crt' | nv2 trust add wabbit-networks - --fingerprint ",
            "== 3. ",
            "trust is not required",
            "[docker's daemon is asked: run --rm registry.wabbit-networks.io/net-monitor@sha256:",
            "== 2. (continued)",
            "nothing was added",
            "[docker's daemon is asked: run --rm registry.wabbit-networks.io/net-monitor@sha256:",
            "== 4. ",
            "reference: registry.wabbit-networks.io/net-monitor:v1",
            "reference: registry.acme-rockets.io/imports/net-monitor:v1",
            "(exit code 1)",
            "[docker's daemon is asked: run --rm registry.acme-rockets.io/imports/net-monitor@sha256:",
            "== 5. ",
            "it has no signature",
            "[docker's daemon is asked: pull registry.acme-rockets.io/payroll@sha256:",
            "== 6. ",
            "[docker's daemon is asked: run --rm docker.io/wabbit-networks/net-monitor@sha256:",
            "expected 2",
            "(jws, by CN=Wabbit Networks",
            "== Done ==",
        ];
        var from = 0;
        foreach (var text in told)
        {
            var at = result.Stdout.IndexOf(text, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"'{text}' is missing, or not where it should be, in:\n{result.Stdout}\n{result.Stderr}");
            from = at + text.Length;
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder["tmp"]));
    }

    [Fact]
    public void The_script_fails_where_a_story_does_not_happen()
    {
        // The binary answers everything else; the second story detects that every signer is trusted.
        var impostor = folder.Write(
            "impostor",
            $"#!/bin/bash\n[[ $1 == trust && $2 == allow ]] && exec \"{Nv2Binary.Path}\" \"$@\" --level audit\nexec -a \"$0\" "
                + $"\"{Nv2Binary.Path}\" \"$@\"\n"
        );
        Tool.Run("chmod", ["+x", impostor]).RequireSuccess();

        var result = Run(impostor);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("stories.sh: expected exit code 1", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("== 3. ", result.Stdout, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder["tmp"]));
    }

    public void Dispose() => folder.Dispose();

    private ProcessResult Run(string binary) =>
        Tool.Run(
            Path.Combine(Repository.Root, "scripts", "stories.sh"),
            [],
            environment: new Dictionary<string, string?> { ["NV2_BINARY"] = binary, ["TMPDIR"] = Directory.CreateDirectory(folder["tmp"]).FullName }
        );
}
