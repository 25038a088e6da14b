using System.Text;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// The complete hosts in docs/protocol.md, between the published binary and a registry. They know only what that page says, and use only what their
/// language brings.
/// </summary>
public sealed class HostTests(HostPrograms hosts) : IClassFixture<HostPrograms>, IDisposable
{
    private const string Repository = "team/net-monitor";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string PlainHttp = "--plain-http";

    private static readonly string[] AllHosts = [HostPrograms.Python, HostPrograms.Go, HostPrograms.Shell];

    private readonly RegistryStory story = new();

    public static TheoryData<string> Hosts => [.. AllHosts];

    private string Image => $"{story.Address}/{Repository}:v1";

    public void Dispose() => story.Dispose();

    [Theory]
    [MemberData(nameof(Hosts))]
    public void What_a_host_signs_is_verified_by_the_host_and_by_nv2(string host)
    {
        story.MakeSigner("app");
        var digest = story.Push(Image);

        Assert.Equal($"{digest}\n", story.Succeed(Run(host, "sign", Image, "app.key", "app.crt")).Stdout);
        Assert.Equal($"{digest}\n", story.Succeed(Run(host, "verify", Image, "app.crt")).Stdout);
        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, "verify", "-c", "app.crt", PlainHttp, Image)).Stdout);
    }

    [TheoryWith("version", "oras")]
    [MemberData(nameof(Hosts))]
    public void What_a_host_signs_is_verified_by_nv2_through_oras(string host)
    {
        story.MakeSigner("app");
        var digest = story.Push(Image);
        story.Succeed(Run(host, "sign", Image, "app.key", "app.crt"));

        Assert.Equal($"{digest}\n", story.Succeed(story.Nv2(false, "verify", "--transfer", "oras", "-c", "app.crt", PlainHttp, Image)).Stdout);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void What_nv2_signs_is_verified_by_a_host_among_signatures_that_it_does_not_trust(string host)
    {
        story.MakeSigner("app");
        story.MakeSigner("other", algorithm: ["-newkey", "rsa:2048"]);
        var digest = story.Push(Image);
        story.Succeed(story.Nv2(false, "sign", "-k", "other.key", "-c", "other.crt", PlainHttp, Image));
        story.Succeed(story.Nv2(false, "sign", "-k", "other.key", "-c", "other.crt", "--format", "jws", PlainHttp, Image));
        story.Succeed(story.Nv2(false, "sign", "-k", "app.key", "-c", "app.crt", "--format", "json", PlainHttp, Image));

        Assert.Equal($"{digest}\n", story.Succeed(Run(host, "verify", Image, "app.crt")).Stdout);
    }

    [Fact]
    public void The_hosts_keep_the_signatures_of_one_another()
    {
        string[] signers = ["first", "second", "third"];
        var digest = story.Push(Image);
        foreach (var (host, signer) in AllHosts.Zip(signers))
        {
            story.MakeSigner(signer);
            story.Succeed(Run(host, "sign", Image, $"{signer}.key", $"{signer}.crt"));
        }

        string[] trusted = ["-c", "first.crt", "-c", "second.crt", "-c", "third.crt"];
        var verified = story.Succeed(story.Nv2(false, ["verify", .. trusted, "--require", "3", "--all", PlainHttp, Image]));
        Assert.Equal($"{digest}\n", verified.Stdout);
        Assert.All(AllHosts, host => story.Succeed(Run(host, "verify", Image, "second.crt")));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_registry_with_the_API_lists_the_signature_itself(string host)
    {
        using var registry = new StandInRegistry(story.Registry, new(404), listsReferrers: true);
        var image = $"{registry.Address}/{Repository}:v1";
        story.MakeSigner("app");
        var digest = story.Push(Image);

        Assert.Equal($"{digest}\n", story.Succeed(Run(host, "sign", image, "app.key", "app.crt")).Stdout);
        Assert.Equal($"{digest}\n", story.Succeed(Run(host, "verify", image, "app.crt")).Stdout);
        Assert.DoesNotContain(registry.Requests, request => request.Contains("/manifests/sha256-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Another_artifact_is_refused_with_the_signatures_of_the_first(string host)
    {
        story.MakeSigner("app");
        var digest = story.Push(Image);
        story.Succeed(Run(host, "sign", Image, "app.key", "app.crt"));
        var list = story.Registry.GetManifest(Repository, digest.Replace(':', '-'));
        var other = story.Registry.PutManifest(Repository, null, ManifestType, story.Registry.PutImage(Repository, "v1", "other data"));
        story.Registry.PutManifest(Repository, other.Replace(':', '-'), IndexType, list);

        RequireRefused(Run(host, "verify", Image, "app.crt"), "subject");
        var refused = story.Nv2(false, "verify", "-c", "app.crt", PlainHttp, Image);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_signature_with_one_character_changed_is_refused(string host)
    {
        story.MakeSigner("app");
        var digest = story.Push(Image);
        story.Folder.Write("manifest.json", story.Layout.Manifest);
        story.Succeed(
            story.Nv2(false, "sign", "-k", "app.key", "-c", "app.crt", "-r", Image, "--media-type", ManifestType, "-o", "app.nv2", "manifest.json")
        );
        var signature = File.ReadAllBytes(story.Folder["app.nv2"]);
        Store(signature, digest);
        story.Succeed(Run(host, "verify", Image, "app.crt"));

        // In the middle of the last part, every bit of a character is a bit of the signature's value.
        signature[^20] ^= (byte)(signature[^20] == 'A' ? 'A' ^ 'B' : signature[^20] ^ 'A');
        Store(signature, digest);
        RequireRefused(Run(host, "verify", Image, "app.crt"), "integrity");
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_signer_who_is_not_trusted_another_name_and_no_signature_are_refused(string host)
    {
        story.MakeSigner("app");
        story.MakeSigner("other");
        story.Push(Image);
        var none = Run(host, "verify", Image, "app.crt");
        Assert.Equal((1, ""), (none.ExitCode, none.Stdout));

        story.Succeed(Run(host, "sign", Image, "app.key", "app.crt"));
        RequireRefused(Run(host, "verify", Image, "other.crt"), "authenticity");
        var renamed = $"{story.Address}/{Repository}:v2";
        story.Push(renamed);
        RequireRefused(Run(host, "verify", renamed, "app.crt"), "references");

        var missing = Run(host, "verify", $"{story.Address}/{Repository}:v3", "app.crt");
        Assert.Equal((1, ""), (missing.ExitCode, missing.Stdout));
        Assert.Contains("there is no such artifact", missing.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_list_that_cannot_be_read_is_a_failure_and_is_not_replaced(string host)
    {
        using var registry = new StandInRegistry(story.Registry, new(503));
        var image = $"{registry.Address}/{Repository}:v1";
        story.MakeSigner("app");
        story.Push(Image);

        foreach (string[] arguments in new[] { ["sign", image, "app.key", "app.crt"], new[] { "verify", image, "app.crt" } })
        {
            var failed = Run(host, arguments);
            Assert.NotEqual(0, failed.ExitCode);
            Assert.Empty(failed.Stdout);
            Assert.Contains("503", failed.Stderr, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(registry.Requests, request => request.StartsWith($"PUT /v2/{Repository}/manifests/sha256-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_key_of_another_certificate_signs_nothing(string host)
    {
        using var registry = new StandInRegistry(story.Registry, new(404));
        var image = $"{registry.Address}/{Repository}:v1";
        story.MakeSigner("app");
        story.MakeSigner("other");
        story.Push(Image);

        var failed = Run(host, "sign", image, "app.key", "other.crt");
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Empty(failed.Stdout);
        Assert.Contains("VALIDATION_ERROR", failed.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(registry.Requests, request => !request.StartsWith("GET ", StringComparison.Ordinal));
    }

    private ProcessResult Run(string host, params string[] arguments) => hosts.Run(host, story.Folder.Path, arguments);

    // The artifact's only signature, whether it is a good one or not.
    private void Store(byte[] signature, string artifact)
    {
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = new JsonObject
            {
                ["mediaType"] = "application/vnd.cncf.notary.config.v2+jwt",
                ["digest"] = story.Registry.PutBlob(Repository, signature),
                ["size"] = signature.Length,
            },
            ["layers"] = new JsonArray(),
            ["subject"] = new JsonObject
            {
                ["mediaType"] = ManifestType,
                ["digest"] = artifact,
                ["size"] = story.Layout.Manifest.Length,
            },
        };
        var content = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        var entry = new JsonObject
        {
            ["mediaType"] = ManifestType,
            ["digest"] = story.Registry.PutManifest(Repository, null, ManifestType, content),
            ["size"] = content.Length,
            ["artifactType"] = "application/vnd.cncf.notary.config.v2+jwt",
        };
        var list = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = IndexType,
            ["manifests"] = new JsonArray(entry),
        };
        story.Registry.PutManifest(Repository, artifact.Replace(':', '-'), IndexType, Encoding.UTF8.GetBytes(list.ToJsonString()));
    }

    private static void RequireRefused(ProcessResult result, string check)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Stdout);
        Assert.Contains($"{check}: ", result.Stderr, StringComparison.Ordinal);
    }
}
