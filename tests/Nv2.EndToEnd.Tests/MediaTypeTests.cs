using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// The same bytes have one media type: signed as a file or through the protocol, the signature is valid in a layout that other programs made, and the
/// other way round.
/// </summary>
public sealed class MediaTypeTests : IDisposable
{
    private const string Docker = "application/vnd.docker.distribution.manifest.v2+json";
    private const string Oci = "application/vnd.oci.image.manifest.v1+json";

    private static readonly KeyCase Key = EnvelopeFile.Key("p256");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_manifest_by_umoci_that_states_no_media_type_is_signed_as_a_file_and_valid_in_its_layout(string format)
    {
        var layout = ImageLayout.Create(folder);
        var manifest = layout.Manifest;
        Assert.Null(JsonNode.Parse(manifest)!["mediaType"]);
        folder.Write("manifest.json", manifest);
        var image = $"{layout.Folder}:{ImageLayout.Tag}";
        string[] sign = ["sign", "--format", format, "-k", Key.KeyPath, "-c", Key.CertificatePath];

        Nv2Binary.Run([.. sign, "-o", folder["a.sig"], "-"], manifest).RequireSuccess();
        Nv2Binary.Run("attach", folder["a.sig"], "--oci-layout", image).RequireSuccess();
        Nv2Binary.Run("verify", "--ca-cert", Key.CertificatePath, "--oci-layout", image).RequireSuccess();
        Nv2Binary.Run("verify", "-f", folder["a.sig"], "--ca-cert", Key.CertificatePath, folder["manifest.json"]).RequireSuccess();
    }

    [Theory]
    [InlineData("{\"schemaVersion\":2,\"config\":{},\"layers\":[]}", Oci)]
    [InlineData("{\"schemaVersion\":2,\"mediaType\":null,\"config\":{},\"layers\":null}", Oci)]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]}", "application/vnd.oci.image.index.v1+json")]
    [InlineData("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.docker.container.image.v1+json\"},\"layers\":[]}", Docker)]
    public void A_file_and_a_request_have_the_media_type_that_the_content_shows(string manifest, string mediaType)
    {
        folder.Write("manifest.json", manifest);

        var signed = Nv2Binary
            .Run("sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "-o", folder["a.nv2"], folder["manifest.json"])
            .RequireSuccess();
        Assert.DoesNotContain("media type", signed.Stderr, StringComparison.Ordinal);
        Assert.Equal(mediaType, Inspect("a.nv2"));
        Assert.Equal(mediaType, Generate(manifest, "application/vnd.cncf.notary.config.v2+jwt").Json["subject"]!["mediaType"]!.GetValue<string>());
        Assert.Equal(mediaType, Generate(manifest, "application/cose").Json["subject"]!["mediaType"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"schemaVersion\":2,\"config\":{}}")]
    [InlineData(
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.docker.container.image.v1+json\"},\"layers\":[{\"mediaType\":\"a/b\"}]}"
    )]
    public void Where_the_content_shows_none_the_prototype_s_formats_assume_docker_s_and_the_others_ask_for_it(string manifest)
    {
        folder.Write("manifest.json", manifest);
        string[] sign = ["sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "-o", folder["a.sig"]];

        var assumed = Nv2Binary.Run([.. sign, folder["manifest.json"]]).RequireSuccess();
        Assert.Contains("does not state its media type", assumed.Stderr, StringComparison.Ordinal);
        Assert.Contains("--media-type", assumed.Stderr, StringComparison.Ordinal);
        Assert.Equal(Docker, Inspect("a.sig"));
        var verified = Nv2Binary.Run("verify", "-f", folder["a.sig"], "-c", Key.CertificatePath, folder["manifest.json"]).RequireSuccess();
        Assert.Contains("does not state its media type", verified.Stderr, StringComparison.Ordinal);

        var asked = Nv2Binary.Run([.. sign, "--format", "jws", folder["manifest.json"]]);
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains("expected --media-type", asked.Stderr, StringComparison.Ordinal);
        Nv2Binary.Run([.. sign, "--format", "jws", "--media-type", Oci, folder["manifest.json"]]).RequireSuccess();
        Assert.Equal(Oci, Inspect("a.sig"));

        var request = Generate(manifest, "application/jose+json", fails: true);
        Assert.Equal(
            ("VALIDATION_ERROR", "$.mediaType"),
            (request.Json["errorCode"]!.GetValue<string>(), request.Json["errorMetadata"]!["path"]!.GetValue<string>())
        );
        Assert.Equal(Oci, Generate(manifest, "application/jose+json", Oci).Json["subject"]!["mediaType"]!.GetValue<string>());
        Assert.Contains("$.mediaType", Generate(manifest, "application/vnd.cncf.notary.config.v2+json").Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void The_media_type_in_a_request_belongs_to_a_manifest_and_contradicts_nothing()
    {
        const string Index = "application/vnd.oci.image.index.v1+json";
        var contradicts = Generate($"{{\"mediaType\":\"{Oci}\"}}", "application/cose", Index, fails: true);
        Assert.Contains($"is {Index}: expected {Oci}", contradicts.Json["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);

        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["keyId"] = Key.KeyPath,
            ["mediaType"] = Oci,
            ["subject"] = new JsonObject
            {
                ["mediaType"] = Oci,
                ["digest"] = $"sha256:{new string('0', 64)}",
                ["size"] = 1,
            },
        };
        var stray = Nv2Binary.Request("generate-signature", request.ToJsonString());
        Assert.Equal(1, stray.ExitCode);
        Assert.Equal("$.mediaType", JsonNode.Parse(stray.Stderr)!["errorMetadata"]!["path"]!.GetValue<string>());
    }

    [Fact]
    public void A_media_type_that_registries_will_not_have_is_signed_with_a_warning()
    {
        folder.Write("manifest.json", "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}");

        var signed = Nv2Binary
            .Run("sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "--media-type", Docker, "-o", folder["a.nv2"], folder["manifest.json"])
            .RequireSuccess();

        Assert.Contains($"has the structure of {Oci}, but is signed as {Docker}", signed.Stderr, StringComparison.Ordinal);
        Nv2Binary.Run("verify", "-f", folder["a.nv2"], "-c", Key.CertificatePath, "--media-type", Docker, folder["manifest.json"]).RequireSuccess();
        Assert.Contains(
            "the signature covers",
            Nv2Binary.Run("verify", "-f", folder["a.nv2"], "-c", Key.CertificatePath, folder["manifest.json"]).Stderr,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{\"schemaVersion\":1,\"name\":\"a\",\"fsLayers\":[],\"history\":[]}")]
    [InlineData("{\"schemaVersion\":1,\"mediaType\":\"application/vnd.docker.distribution.manifest.v1+prettyjws\",\"signatures\":[]}")]
    public void A_manifest_of_schema_1_is_refused(string manifest)
    {
        folder.Write("manifest.json", manifest);

        var signed = Nv2Binary.Run("sign", "-k", Key.KeyPath, "-o", folder["a.nv2"], "--media-type", Oci, folder["manifest.json"]);

        Assert.Equal(1, signed.ExitCode);
        Assert.Contains("Docker's schema 1", signed.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["a.nv2"]));
        Assert.Contains(
            "Docker's schema 1",
            Generate(manifest, "application/cose", fails: true).Json["errorMessage"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    private string Inspect(string file) =>
        JsonNode.Parse(Nv2Binary.Run("inspect", "--json", folder[file]).RequireSuccess().Stdout)!["subject"]!["mediaType"]!.GetValue<string>();

    private static (JsonNode Json, string Stderr) Generate(string manifest, string format, string? mediaType = null, bool fails = false)
    {
        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["keyId"] = Key.KeyPath,
            ["pluginConfig"] = new JsonObject { ["certificate"] = Key.CertificatePath },
            ["signatureFormat"] = format,
            ["manifest"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(manifest)),
        };
        if (mediaType is not null)
            request["mediaType"] = mediaType;
        var result = Nv2Binary.Request("generate-signature", request.ToJsonString());
        Assert.Equal(fails ? 1 : 0, result.ExitCode);
        return (JsonNode.Parse(fails ? result.Stderr : result.Stdout)!, result.Stderr);
    }
}
