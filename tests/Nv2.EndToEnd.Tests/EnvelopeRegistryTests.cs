using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The Notary Project's envelopes beside images in Debian's docker-registry; skopeo does the transfer.</summary>
public sealed class EnvelopeRegistryTests
{
    private const string PlainHttp = "--plain-http";

    [Fact]
    public void Signatures_of_different_signers_in_different_formats_are_verified_together()
    {
        using var story = new RegistryStory();
        story.MakeSigner("vendor");
        story.MakeSigner("company", algorithm: ["-newkey", "rsa:3072"]);
        var image = $"{story.Address}/net-monitor:v1";
        var digest = story.Push(image);

        // The reference in the registry is no name to sign in these formats.
        Assert.Equal(
            $"{digest}\n",
            story
                .Succeed(
                    story.Nv2(
                        false,
                        "sign",
                        "--format",
                        "jws",
                        "-k",
                        "vendor.key",
                        "-c",
                        "vendor.crt",
                        "--user-metadata",
                        "build=42",
                        PlainHttp,
                        image
                    )
                )
                .Stdout
        );
        Assert.Equal(
            $"{digest}\n",
            story.Succeed(story.Nv2(false, "sign", "--format", "cose", "-k", "company.key", "-c", "company.crt", PlainHttp, image)).Stdout
        );
        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, "sign", "-k", "company.key", "-c", "company.crt", PlainHttp, image)).Stdout);

        string[] verify = ["verify", PlainHttp, "--ca-cert", "vendor.crt"];
        var report = JsonNode.Parse(
            story.Succeed(story.Nv2(false, [.. verify, "-c", "company.crt", "--require", "2", "--all", "--json", image])).Stdout
        )!;
        Assert.Equal(2, (int)report["signers"]!);
        Assert.Equal(
            ["application/cose PS384", "application/jose+json ES256", "application/vnd.cncf.notary.config.v2+jwt RS256"],
            report["signatures"]!
                .AsArray()
                .Select(signature => $"{signature!["signatureFormat"]} {signature["signingAlgorithm"]}")
                .Order(StringComparer.Ordinal)
        );

        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, [.. verify, "--user-metadata", "build=42", image])).Stdout);
        Assert.Equal(1, story.Nv2(false, [.. verify, "--user-metadata", "build=43", image]).ExitCode);
        Assert.Equal(1, story.Nv2(false, [.. verify, "--require", "2", image]).ExitCode);
        Assert.Equal(1, story.Nv2(false, [.. verify, "--all", image]).ExitCode);
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void What_is_pushed_is_listed_by_the_tag_schema_as_a_signature_of_the_Notary_Project(string format)
    {
        const string SignatureType = "application/vnd.cncf.notary.signature";
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        var repository = $"{story.Address}/net-monitor";
        var digest = story.Push($"{repository}:v1");
        story.Succeed(story.Nv2(false, "sign", "--format", format, "-k", "alice.key", "-c", "alice.crt", PlainHttp, $"{repository}:v1"));

        var entry = Assert.Single(Inspect($"{repository}:{digest.Replace(':', '-')}")["manifests"]!.AsArray())!;
        Assert.Contains((string?)entry["artifactType"], new[] { SignatureType, null }); // Debian's skopeo cannot push it, and says so.
        var manifest = Inspect($"{repository}@{entry["digest"]}");
        Assert.Equal(SignatureType, (string)manifest["config"]!["mediaType"]!);
        Assert.Null(manifest["artifactType"]);
        Assert.Equal(manifest["annotations"]!.ToJsonString(), entry["annotations"]!.ToJsonString());
        var certificate = Tool.Run("openssl", ["x509", "-in", story.Folder["alice.crt"], "-outform", "DER"]).RequireSuccess().StdoutBytes;
        Assert.Equal(
            $"[\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(certificate))}\"]",
            (string)manifest["annotations"]!["io.cncf.notary.x509chain.thumbprint#S256"]!
        );
    }

    [Fact]
    public void Every_manifest_of_an_index_is_signed_and_one_verifies_alone()
    {
        using var story = new RegistryStory();
        story.MakeSigner("alice");
        using var registry = new DockerRegistry();
        var manifests = new[] { "amd64", "arm64" }
            .Select(architecture => registry.PutImage("app", architecture, $"layer for {architecture}"))
            .Select(manifest =>
                (Digest: $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(manifest))}", Size: manifest.Length)
            )
            .ToList();
        var entries = manifests.Select(manifest =>
            $$"""{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{manifest.Digest}}","size":{{manifest.Size}}}"""
        );
        const string IndexType = "application/vnd.oci.image.index.v1+json";
        var index = registry.PutManifest(
            "app",
            "v1",
            IndexType,
            System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[{{string.Join(',', entries)}}]}""")
        );

        var signed = story.Succeed(
            story.Nv2(false, "sign", "--recursive", "--format", "cose", "-k", "alice.key", "-c", "alice.crt", PlainHttp, $"{registry.Address}/app:v1")
        );
        Assert.Equal([index, .. manifests.Select(manifest => manifest.Digest)], signed.Stdout.TrimEnd().Split('\n'));
        foreach (var digest in signed.Stdout.TrimEnd().Split('\n'))
            Assert.Equal(
                $"{digest}\n",
                story.Succeed(story.Nv2(false, "verify", "--ca-cert", "alice.crt", PlainHttp, $"{registry.Address}/app@{digest}")).Stdout
            );
    }

    private static JsonNode Inspect(string name) =>
        JsonNode.Parse(Tool.Run("skopeo", ["inspect", "--raw", "--tls-verify=false", $"docker://{name}"]).RequireSuccess().Stdout)!;
}
