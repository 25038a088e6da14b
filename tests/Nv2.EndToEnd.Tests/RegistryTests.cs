using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Signatures beside images in Debian's docker-registry, which lists referrers by the tag schema; skopeo does the transfer.</summary>
public sealed class RegistryTests
{
    private const string PlainHttp = "--plain-http";

    [Fact]
    public void An_image_signed_by_two_parties_is_copied_to_another_registry_and_verified_there()
    {
        using var first = new RegistryStory();
        using var second = new DockerRegistry();
        first.MakeSigner("vendor");
        first.MakeSigner("company", algorithm: ["-newkey", "rsa:2048"]);
        var image = $"{first.Address}/net-monitor:v1";
        var digest = first.Push(image);

        Assert.Equal($"{digest}\n", first.Succeed(first.Nv2(false, "sign", "-k", "vendor.key", "-c", "vendor.crt", PlainHttp, image)).Stdout);
        Assert.Equal(
            $"{digest}\n",
            first.Succeed(first.Nv2(false, "sign", "-k", "company.key", "-c", "company.crt", "--format", "json", PlainHttp, image)).Stdout
        );

        var copy = $"{second.Address}/imported/net-monitor";
        string[] noTls = ["--all", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"];
        first.Skopeo(false, ["copy", .. noTls, $"docker://{image}", $"docker://{copy}:v1"]);
        var referrers = digest.Replace(':', '-');
        first.Skopeo(false, ["copy", .. noTls, $"docker://{first.Address}/net-monitor:{referrers}", $"docker://{copy}:{referrers}"]);

        var verified = first.Succeed(
            first.Nv2(
                false,
                "verify",
                "-c",
                "vendor.crt",
                "-c",
                "company.crt",
                "--require",
                "2",
                "--all",
                "--json",
                "--allow-relocated",
                PlainHttp,
                $"{copy}:v1"
            )
        );
        var report = JsonNode.Parse(verified.Stdout)!;
        Assert.True((bool)report["verified"]!);
        Assert.Equal(2, (int)report["signers"]!);
        Assert.Equal(
            ["O=company", "O=vendor"],
            report["signatures"]!.AsArray().Select(signature => ((string)signature!["signer"]!["subject"]!).Split(',')[^1]).Order()
        );

        var alone = first.Nv2(false, "verify", "-c", "vendor.crt", "--require", "2", "-r", image, PlainHttp, $"{copy}:v1");
        Assert.Equal(1, alone.ExitCode);
        Assert.Empty(alone.Stdout);
        Assert.Contains("by 1 signer: expected 2", alone.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_credentials_a_signature_is_not_pushed_and_the_tool_says_why()
    {
        using var story = new RegistryStory("alice", "wonderland");
        story.MakeSigner("alice");
        var image = $"{story.Address}/net-monitor:v1";
        var digest = story.Push(image, authorized: true);

        foreach (var command in new string[][] { ["sign", "-k", "alice.key", "-c", "alice.crt"], ["verify", "-c", "alice.crt"], ["list"] })
        {
            var refused = story.Nv2(false, [.. command, PlainHttp, image]);
            Assert.Equal(1, refused.ExitCode);
            Assert.Empty(refused.Stdout);
            Assert.Contains($"skopeo inspect --raw --tls-verify=false docker://{image} failed", refused.Stderr, StringComparison.Ordinal);
            Assert.Contains("authentication required", refused.Stderr, StringComparison.Ordinal);
        }

        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(true, "sign", "-k", "alice.key", "-c", "alice.crt", PlainHttp, image)).Stdout);
        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(true, "verify", "-c", "alice.crt", "-r", image, PlainHttp, image)).Stdout);
    }

    [Fact]
    public void A_reader_without_the_right_to_push_is_refused_when_signing()
    {
        // Reading is allowed and pushing is not, as for most users of most registries: a program in skopeo's place refuses the push alone.
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        var image = $"{story.Address}/net-monitor:v1";
        story.Push(image);
        using var folder = new TemporaryFolder();
        var refusing = folder.Write(
            "skopeo",
            "#!/bin/sh\ncase \"$1\" in copy) echo 'denied: requested access to the resource is denied' >&2; exit 1 ;; "
                + "esac\nexec /usr/bin/skopeo \"$@\"\n"
        );
        Tool.Run("chmod", ["+x", refusing]).RequireSuccess();

        var refused = Tool.Run(
            Nv2Binary.Path,
            ["sign", "-k", story.Folder["alice.key"], "-c", story.Folder["alice.crt"], PlainHttp, image],
            environment: new Dictionary<string, string?> { ["PATH"] = folder.Path, ["NV2_TRANSFER"] = "skopeo" }
        );
        Assert.Equal(1, refused.ExitCode);
        Assert.Empty(refused.Stdout);
        Assert.Contains("denied: requested access to the resource is denied", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("not signed", story.Succeed(story.Nv2(false, "list", PlainHttp, image)).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_with_no_signature_or_a_stranger_s_is_not_verified()
    {
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        story.MakeSigner("mallory");
        var image = $"{story.Address}/net-monitor:v1";
        story.Push(image);

        var unsigned = story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, image);
        Assert.Equal((1, ""), (unsigned.ExitCode, unsigned.Stdout));
        Assert.Contains("it has no signature", unsigned.Stderr, StringComparison.Ordinal);

        story.Succeed(story.Nv2(false, "sign", "-k", "mallory.key", "-c", "mallory.crt", PlainHttp, image));
        var untrusted = story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, image);
        Assert.Equal((1, ""), (untrusted.ExitCode, untrusted.Stdout));
        Assert.Contains("its signature is not valid", untrusted.Stderr, StringComparison.Ordinal);
        Assert.Contains("authenticity", untrusted.Stderr, StringComparison.Ordinal);

        // A signature of another image does not become one of this by being listed under it.
        Assert.Equal(1, story.Nv2(false, "verify", "-c", "mallory.crt", "-r", $"{story.Address}/other:v1", PlainHttp, image).ExitCode);
    }

    [Fact]
    public void A_tag_is_resolved_once_and_what_is_verified_is_what_is_named_by_digest()
    {
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        var image = $"{story.Address}/net-monitor:v1";
        var digest = story.Push(image);
        story.Succeed(story.Nv2(false, "sign", "-k", "alice.key", "-c", "alice.crt", PlainHttp, image));

        var verbose = story.Succeed(story.Nv2(false, "verify", "--verbose", "-c", "alice.crt", PlainHttp, image));
        Assert.Equal($"{digest}\n", verbose.Stdout);
        Assert.Single(verbose.Stderr.Split('\n'), line => line.EndsWith($"docker://{image}", StringComparison.Ordinal));

        var byDigest = $"{story.Address}/net-monitor@{digest}";
        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, byDigest)).Stdout);
        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, $"docker://{byDigest}")).Stdout);
    }

    [Fact]
    public void Every_manifest_of_an_index_is_signed_and_one_verifies_alone()
    {
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        using var registry = new DockerRegistry();
        var manifests = new[] { "amd64", "arm64", "s390x" }
            .Select(architecture =>
            {
                var manifest = registry.PutImage("app", architecture, $"layer for {architecture}");
                return (
                    Architecture: architecture,
                    Digest: $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(manifest))}",
                    Size: manifest.Length
                );
            })
            .ToList();
        var entries = manifests.Select(manifest =>
            $$$"""{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{manifest.Digest}}}","size":"""
            + $$$"""{{{manifest.Size}}},"platform":{"os":"linux","architecture":"{{{manifest.Architecture}}}"}}"""
        );
        const string IndexType = "application/vnd.oci.image.index.v1+json";
        var index = registry.PutManifest(
            "app",
            "v1",
            IndexType,
            System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[{{string.Join(',', entries)}}]}""")
        );
        var image = $"{registry.Address}/app";

        var signed = story.Succeed(story.Nv2(false, "sign", "--recursive", "-k", "alice.key", "-c", "alice.crt", PlainHttp, $"{image}:v1"));
        Assert.Equal([index, .. manifests.Select(manifest => manifest.Digest)], signed.Stdout.TrimEnd().Split('\n'));
        foreach (var digest in signed.Stdout.TrimEnd().Split('\n'))
            Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, $"{image}@{digest}")).Stdout);

        var list = JsonNode.Parse(story.Succeed(story.Nv2(false, "list", "--json", PlainHttp, $"{image}:v1")).Stdout)!;
        Assert.All(list["manifests"]!.AsArray(), manifest => Assert.Single(manifest!["signatures"]!.AsArray()));
    }
}
