using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>An index and its platforms, in a registry and in a layout: each by its own signatures, or all by those of the index.</summary>
public sealed class RecursiveTests
{
    private const string PlainHttp = "--plain-http";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";

    private static readonly string[] Platforms = ["amd64", "arm64", "s390x"];

    [Fact]
    public void In_a_registry_a_platform_without_a_signature_fails_where_each_must_have_one()
    {
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        using var registry = new DockerRegistry();
        var (index, platforms) = Put(registry);
        var image = $"{registry.Address}/app";
        string[] key = ["-k", "alice.key", "-c", "alice.crt", PlainHttp];
        foreach (var name in new[] { $"{image}:v1", $"{image}@{platforms[0]}", $"{image}@{platforms[2]}" })
            story.Succeed(story.Nv2(false, ["sign", .. key, "-r", $"{image}:v1", name]));

        var each = story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, "--recursive", "each", $"{image}:v1");
        Assert.Equal((1, ""), (each.ExitCode, each.Stdout));
        Assert.Contains($"not verified: {platforms[1]} (linux/arm64): it has no signature\n", each.Stderr, StringComparison.Ordinal);
        Assert.Contains($"verified: {platforms[2]} (linux/s390x)\n", each.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("nv2: not verified: 1 of the 3 manifests below it is not verified\n", each.Stderr, StringComparison.Ordinal);

        var covered = story.Succeed(story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, "--recursive", "index", $"{image}:v1"));
        Assert.Equal($"{index}\n", covered.Stdout);
        Assert.Contains($"covered by the index: {platforms[1]} (linux/arm64)\n", covered.Stderr, StringComparison.Ordinal);

        story.Succeed(story.Nv2(false, ["sign", .. key, "-r", $"{image}:v1", $"{image}@{platforms[1]}"]));
        Assert.Equal(
            $"{index}\n",
            story.Succeed(story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, "--recursive", "each", $"{image}:v1")).Stdout
        );
    }

    [Fact]
    public void Platforms_without_an_index_that_is_signed_are_not_enough()
    {
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        using var registry = new DockerRegistry();
        var (_, platforms) = Put(registry);
        var image = $"{registry.Address}/app";
        foreach (var platform in platforms)
            story.Succeed(story.Nv2(false, "sign", "-k", "alice.key", "-c", "alice.crt", PlainHttp, "-r", $"{image}:v1", $"{image}@{platform}"));

        foreach (var demand in new[] { "each", "index" })
        {
            var result = story.Nv2(false, "verify", "-c", "alice.crt", PlainHttp, "--recursive", demand, $"{image}:v1");
            Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
            Assert.EndsWith("nv2: not verified: it has no signature\n", result.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_docker_saves_without_the_other_platforms_is_verified_where_these_may_be_missing()
    {
        using var folder = new TemporaryFolder();
        var key = KeyCase.Named("p256");
        var (tar, index, platform) = DockerArchive.OfContainerd();
        folder.Write("image.tar", tar);
        Run("sign", "-k", key.KeyPath, "-c", key.CertificatePath, "--recursive", "--oci-layout", "image.tar").RequireSuccess();
        string[] verify = ["verify", "-c", key.CertificatePath, "--oci-layout", "image.tar"];

        foreach (var demand in new[] { "each", "index" })
        {
            var sparse = Run([.. verify, "--recursive", demand]);
            Assert.Equal((1, ""), (sparse.ExitCode, sparse.Stdout));
            Assert.Equal(2, sparse.Stderr.Split("missing: sha256:").Length - 1);
            Assert.EndsWith("nv2: not verified: 2 of the 3 manifests below it are missing\n", sparse.Stderr, StringComparison.Ordinal);

            var allowed = Run([.. verify, "--recursive", demand, "--allow-missing"]).RequireSuccess();
            Assert.Equal($"{LayoutContent.DigestIn(index)}\n", allowed.Stdout);
            Assert.Contains(
                $"{(demand == "each" ? "verified" : "covered by the index")}: {LayoutContent.DigestIn(platform)}\n",
                allowed.Stderr,
                StringComparison.Ordinal
            );
            Assert.Equal(2, allowed.Stderr.Split("missing (allowed): sha256:").Length - 1);
        }

        ProcessResult Run(params string[] arguments) => Nv2Binary.Run(arguments, workingDirectory: folder.Path);
    }

    private static (string Index, IReadOnlyList<string> Platforms) Put(DockerRegistry registry)
    {
        var platforms = Platforms
            .Select(architecture =>
            {
                var manifest = registry.PutImage("app", architecture, $"layer for {architecture}");
                return new JsonObject
                {
                    ["mediaType"] = LayoutContent.ImageType,
                    ["digest"] = LayoutContent.DigestOf(manifest),
                    ["size"] = manifest.Length,
                    ["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture },
                };
            })
            .ToList();
        var index = registry.PutManifest(
            "app",
            "v1",
            IndexType,
            LayoutContent.Bytes(
                new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["mediaType"] = IndexType,
                    ["manifests"] = new JsonArray([.. platforms.Select(platform => platform.DeepClone())]),
                }
            )
        );
        return (index, [.. platforms.Select(LayoutContent.DigestIn)]);
    }
}
