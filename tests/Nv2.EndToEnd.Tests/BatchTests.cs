using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Lists of artifacts in registries, with runs that are ended, and keys that want a passphrase.</summary>
public sealed class BatchTests
{
    private const string PlainHttp = "--plain-http";
    private static readonly string[] Names = ["one", "two", "slow"];

    [Fact]
    public void A_run_that_a_signal_ends_leaves_whole_lines_and_is_gone_on_with()
    {
        using var story = new RegistryStory();
        var images = Push(story);

        // A program in skopeo's place that does not come back for one of the images.
        var stuck = Directory.CreateDirectory(story.Folder["stuck"]).FullName;
        Tool.Run(
                "sh",
                ["-c", "cat > \"$0\" && chmod 700 \"$0\"", Path.Combine(stuck, "skopeo")],
                System.Text.Encoding.UTF8.GetBytes(
                    "#!/bin/sh\ncase \"$*\" in */slow:v1*) exec sleep 300 ;; esac\nPATH=/usr/bin:/bin exec skopeo \"$@\"\n"
                )
            )
            .RequireSuccess();
        var ended = Tool.Run(
            "bash",
            [
                "-c",
                """
                PATH=$PWD/stuck:$PATH "$0" sign -k alice.key -c alice.crt --plain-http --batch list.txt --report report.jsonl &
                for try in $(seq 600); do [ "$(wc -l < report.jsonl)" = 2 ] && break; sleep 0.1; done
                kill -TERM $!
                wait $!
                """,
                Nv2Binary.Path,
            ],
            workingDirectory: story.Folder.Path,
            environment: new Dictionary<string, string?> { ["NV2_TRANSFER"] = "skopeo" }
        );

        Assert.Equal(143, ended.ExitCode);
        Assert.Equal(images[..2], Report(story).Select(entry => (string?)entry["artifact"]));
        Assert.Equal(2, ended.Stdout.TrimEnd().Split('\n').Length);

        var resumed = story.Succeed(
            story.Nv2(false, "sign", "-k", "alice.key", "-c", "alice.crt", PlainHttp, "--batch", "list.txt", "--report", "report.jsonl", "--resume")
        );
        Assert.EndsWith("nv2: 3 of 3 signed, 2 taken from the report\n", resumed.Stderr, StringComparison.Ordinal);
        Assert.Equal(images, Report(story).Select(entry => (string?)entry["artifact"]));
        Assert.All(
            images,
            image =>
                Assert.Single(JsonNode.Parse(story.Succeed(story.Nv2(false, "list", "--json", PlainHttp, image)).Stdout)!["signatures"]!.AsArray())
        );
    }

    [Fact]
    public void What_a_registry_still_has_is_taken_over_and_a_tag_that_moved_is_verified_again()
    {
        using var story = new RegistryStory();
        var images = Push(story);
        string[] verify = ["verify", "-c", "alice.crt", PlainHttp, "--batch", "list.txt", "--report", "verified.jsonl"];
        story.Succeed(story.Nv2(false, "sign", "-k", "alice.key", "-c", "alice.crt", PlainHttp, "--batch", "list.txt"));
        story.Succeed(story.Nv2(false, verify));
        Assert.Equal("nv2: 3 of 3 verified, 3 taken from the report\n", story.Succeed(story.Nv2(false, [.. verify, "--resume"])).Stderr);

        Tool.Run("umoci", ["config", "--image", $"{story.Layout.Folder}:v1", "--tag", "next", "--author", "mallory"]).RequireSuccess();
        story.Skopeo(false, "copy", "--quiet", "--dest-tls-verify=false", $"oci:{story.Layout.Folder}:next", $"docker://{images[1]}");
        var moved = story.Nv2(false, [.. verify, "--resume"]);

        Assert.Equal(1, moved.ExitCode);
        Assert.Contains($"not verified: {images[1]} (sha256:", moved.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("nv2: 2 of 3 verified, 1 failed, 2 taken from the report\n", moved.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_passphrase_is_read_once_for_all()
    {
        using var story = new RegistryStory();
        Push(story);
        Tool.Run(
                "openssl",
                ["pkcs8", "-topk8", "-in", story.Folder["alice.key"], "-out", story.Folder["encrypted.key"], "-passout", "pass:wonderland"]
            )
            .RequireSuccess();

        // From a pipe, which gives it once.
        var signed = Tool.Run(
            "bash",
            [
                "-c",
                "echo wonderland | \"$0\" sign -k encrypted.key --passphrase-from fd:0 -c alice.crt --plain-http --batch list.txt",
                Nv2Binary.Path,
            ],
            workingDirectory: story.Folder.Path,
            environment: new Dictionary<string, string?> { ["NV2_TRANSFER"] = "skopeo" }
        );

        Assert.EndsWith("nv2: 3 of 3 signed\n", story.Succeed(signed).Stderr, StringComparison.Ordinal);
    }

    private static string[] Push(RegistryStory story)
    {
        story.MakeSigner("alice");
        var images = Names.Select(name => $"{story.Address}/{name}:v1").ToArray();
        foreach (var image in images)
            story.Push(image);
        story.Folder.Write("list.txt", string.Join('\n', images));
        return images;
    }

    private static IEnumerable<JsonNode> Report(RegistryStory story) =>
        File.ReadAllText(story.Folder["report.jsonl"]).TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!);
}
