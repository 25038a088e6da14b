using System.Text;
using System.Text.Json;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The main job, on a real image and with the tools that move images.</summary>
public sealed class ImageTests : IDisposable
{
    private const string ByVersion = $"{KeyCase.Registry}/net-monitor:v1";
    private const string Latest = $"{KeyCase.Registry}/net-monitor:latest";

    private readonly TemporaryFolder _folder = new();
    private readonly ImageLayout _layout;
    private readonly KeyCase _key = KeyCase.Named("p256");

    public ImageTests() => _layout = ImageLayout.Create(_folder);

    [Theory]
    [InlineData("jwt", ByVersion)]
    [InlineData("jwt", Latest)]
    [InlineData("json", ByVersion)]
    [InlineData("json", Latest)]
    public void An_image_signed_for_two_references_verifies_under_each(string format, string reference)
    {
        var manifest = _folder.Write("manifest.json", _layout.Manifest);
        var signature = Sign(manifest, "--format", format);

        Verification
            .Run(["-f", signature, "-c", _key.CertificatePath, "-r", reference, "--media-type", ImageLayout.MediaType, manifest])
            .AssertHolds();
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void What_skopeo_prints_is_signed_and_verified_on_standard_input(string format)
    {
        var signature = _folder["signature"];
        var printed = _layout.InspectRaw(ImageLayout.Tag);

        var signed = Nv2Binary
            .Run(SignArguments(signature, "--format", format, "--media-type", ImageLayout.MediaType, "-"), printed)
            .RequireSuccess();
        var verified = Nv2Binary
            .Run(["verify", "-f", signature, "-c", _key.CertificatePath, "--media-type", ImageLayout.MediaType], printed)
            .RequireSuccess();

        var digest = JsonElement.Parse(_layout.Descriptor).GetProperty("digest").GetString();
        Assert.Equal($"{digest}\n", signed.Stdout);
        Assert.Equal($"{digest}\n", verified.Stdout);
    }

    [Fact]
    public void A_signature_of_the_manifest_verifies_for_the_descriptor_in_the_index()
    {
        var signature = Sign(_folder.Write("manifest.json", _layout.Manifest));

        Verification
            .Run(["-f", signature, "-c", _key.CertificatePath, "--descriptor", "-"], Encoding.UTF8.GetBytes(_layout.Descriptor))
            .AssertHolds();
    }

    [Fact]
    public void A_signature_of_the_descriptor_in_the_index_verifies_for_the_manifest()
    {
        var signature = _folder["signature"];
        Nv2Binary.Run(SignArguments(signature, "--descriptor", "-"), Encoding.UTF8.GetBytes(_layout.Descriptor)).RequireSuccess();

        Verification.Run(["-f", signature, "-c", _key.CertificatePath, "--media-type", ImageLayout.MediaType], _layout.Manifest).AssertHolds();
    }

    [Fact]
    public void A_changed_image_is_not_the_signed_one()
    {
        var signature = Sign(_folder.Write("manifest.json", _layout.Manifest));
        var changed = Encoding.UTF8.GetString(_layout.Manifest).Replace("\"size\":", "\"size\": ", StringComparison.Ordinal);

        Verification
            .Run(["-f", signature, "-c", _key.CertificatePath, "--media-type", ImageLayout.MediaType], Encoding.UTF8.GetBytes(changed))
            .AssertFails("subject");
    }

    [Fact]
    public void A_signature_by_somebody_else_is_not_authentic()
    {
        var signature = Sign(_folder.Write("manifest.json", _layout.Manifest));

        Verification
            .Run(["-f", signature, "-c", Vectors.PathOf("keys/p384.crt"), "--media-type", ImageLayout.MediaType], _layout.Manifest)
            .AssertFails("authenticity");
    }

    [Theory]
    [InlineData($"{KeyCase.Registry}/net-monitor:v2")]
    [InlineData($"{KeyCase.Registry}/other:v1")]
    [InlineData("registry.example.com/net-monitor:v1")]
    public void An_image_is_not_verified_for_a_name_that_was_not_signed(string reference)
    {
        var signature = Sign(_folder.Write("manifest.json", _layout.Manifest));

        Verification
            .Run(["-f", signature, "-c", _key.CertificatePath, "-r", reference, "--media-type", ImageLayout.MediaType], _layout.Manifest)
            .AssertFails("references");
    }

    [Theory]
    [InlineData("application/vnd.cncf.notary.config.v2+jwt")]
    [InlineData("application/vnd.cncf.notary.config.v2+json")]
    public void The_manifest_to_push_for_a_signature_is_one_that_skopeo_reads_and_copies(string format)
    {
        var response = Generate(format);
        var signature = response.GetProperty("signature").GetBytesFromBase64();
        var artifact = response.GetProperty("artifact");
        var content = artifact.GetProperty("content").GetBytesFromBase64();

        var config = _layout.AddBlob(signature);
        var digest = _layout.AddManifest("signature", content);
        _layout.CopyTo("signature", _folder["copy"]);

        Assert.Equal(digest, artifact.GetProperty("digest").GetString());
        Assert.Equal(content.Length, artifact.GetProperty("size").GetInt32());
        Assert.Equal(ImageLayout.MediaType, artifact.GetProperty("mediaType").GetString());
        Assert.Equal(content, _layout.InspectRaw("signature"));
        Assert.Equal(content, File.ReadAllBytes(_folder["copy/manifest.json"]));

        // What arrived there is the signature, and holds for the image.
        var arrived = _folder[$"copy/{config["sha256:".Length..]}"];
        Assert.Equal(signature, File.ReadAllBytes(arrived));
        Verification.Run(["-f", arrived, "-c", _key.CertificatePath, "--descriptor"], Encoding.UTF8.GetBytes(_layout.Descriptor)).AssertHolds();
    }

    [Fact]
    public void The_manifest_to_push_for_a_signature_refers_to_the_image()
    {
        var manifest = JsonElement.Parse(
            Generate("application/vnd.cncf.notary.config.v2+jwt").GetProperty("artifact").GetProperty("content").GetBytesFromBase64()
        );

        Assert.Equal(_layout.Manifest.Length, manifest.GetProperty("subject").GetProperty("size").GetInt32());
        Assert.Equal(ImageLayout.MediaType, manifest.GetProperty("subject").GetProperty("mediaType").GetString());
        Assert.Equal(
            JsonElement.Parse(_layout.Descriptor).GetProperty("digest").GetString(),
            manifest.GetProperty("subject").GetProperty("digest").GetString()
        );
        Assert.Equal("application/vnd.cncf.notary.config.v2+jwt", manifest.GetProperty("config").GetProperty("mediaType").GetString());
        Assert.Equal(0, manifest.GetProperty("layers").GetArrayLength());
    }

    public void Dispose() => _folder.Dispose();

    private string[] SignArguments(string output, params string[] more) =>
        ["sign", "-k", _key.KeyPath, "-c", _key.CertificatePath, "-r", ByVersion, "-r", Latest, "-o", output, .. more];

    private string Sign(string manifest, params string[] more)
    {
        var signature = _folder["signature"];
        Nv2Binary.Run(SignArguments(signature, [.. more, "--media-type", ImageLayout.MediaType, manifest])).RequireSuccess();
        return signature;
    }

    private JsonElement Generate(string format) =>
        JsonElement.Parse(
            Nv2Binary
                .Request(
                    "generate-signature",
                    $$"""
                    {"protocolVersion":"1.0","subject":{{_layout.Descriptor}},"references":["{{ByVersion}}"],"signatureFormat":"{{format}}",
                     "keyId":{{JsonSerializer.Serialize(_key.KeyPath)}},"pluginConfig":{"certificate":{{JsonSerializer.Serialize(
                        _key.CertificatePath
                    )}} } }
                    """
                )
                .RequireSuccess()
                .Stdout
        );
}
