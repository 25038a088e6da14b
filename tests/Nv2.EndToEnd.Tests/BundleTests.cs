using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Three images that podman keeps, in one layout: signed and verified together, and one of them spoilt.</summary>
public sealed class BundleTests : IDisposable
{
    private const string Names = "org.opencontainers.image.ref.name";

    private static readonly string[] Images = [.. new[] { "one", "two", "three" }.Select(name => $"{KeyCase.Registry}/{name}:v1")];

    private readonly TemporaryFolder folder = new();
    private readonly KeyCase key = KeyCase.Named("p256");
    private readonly Podman podman;

    public BundleTests()
    {
        podman = new Podman(folder);
        var layout = ImageLayout.Create(folder).Folder;
        foreach (var image in Images)
        {
            Tool.Run("umoci", ["config", "--image", $"{layout}:v1", "--tag", "next", "--author", image]).RequireSuccess();
            podman.Import(layout, "next", image);
            podman.Run("push", "--quiet", image, $"oci:{folder["bundle"]}:{image}").RequireSuccess();
        }
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("jws")]
    public void All_images_are_signed_and_verified_and_podman_loads_each(string format)
    {
        Pack();
        var signed = Sign("bundle.tar", "--format", format).RequireSuccess().Stdout.TrimEnd().Split('\n');
        var verified = Verify("bundle.tar").RequireSuccess().Stdout.TrimEnd().Split('\n');

        Assert.Equal(signed.Zip(Images, (digest, name) => $"{digest} {name}"), verified);
        foreach (var (position, image) in Images.Index())
        {
            var manifest = JsonNode.Parse(File.ReadAllBytes(Blob(Entry(position))))!;
            podman.Run("rmi", image).RequireSuccess();
            podman.Run("pull", "--quiet", $"oci-archive:{folder["bundle.tar"]}:{image}").RequireSuccess();
            Assert.Equal(LayoutContent.DigestIn(manifest["config"]!), $"sha256:{podman.Id(image)}");
        }
    }

    [Fact]
    public void One_image_whose_layer_was_changed_fails_the_whole_and_all_are_reported()
    {
        Sign("bundle").RequireSuccess();
        var config = JsonNode.Parse(File.ReadAllBytes(Blob(Entry(1))))!["config"]!;
        File.AppendAllText(Blob(config), " ");

        var result = Verify("bundle");

        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"verified: {Images[0]} (sha256:", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"failed: {Images[1]} ({Entry(1)["digest"]}): cannot verify ", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"verified: {Images[2]} (sha256:", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("nv2: not verified: 1 of 3 images failed\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_images_whose_names_were_exchanged_are_not_verified_for_them()
    {
        Sign("bundle").RequireSuccess();
        Change(entries => (entries[0]!["annotations"]![Names], entries[1]!["annotations"]![Names]) = (Images[1], Images[0]));

        var result = Verify("bundle");

        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"not verified: {Images[0]} (sha256:", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"not verified: {Images[1]} (sha256:", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"\nverified: {Images[2]} (sha256:", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_was_added_without_a_signature_fails_the_whole()
    {
        Sign("bundle").RequireSuccess();
        podman.Import(folder["layout"], "v1", $"{KeyCase.Registry}/four:v1");
        podman.Run("push", "--quiet", $"{KeyCase.Registry}/four:v1", $"oci:{folder["bundle"]}:{KeyCase.Registry}/four:v1").RequireSuccess();

        var result = Verify("bundle");

        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"not verified: {KeyCase.Registry}/four:v1 (sha256:", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("): it has no signature\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trust_policy_decides_about_each_image_by_its_name()
    {
        Sign("bundle").RequireSuccess();
        string[] home = ["--trust-home", folder["trust"]];
        Nv2(["trust", "add", "wabbit", key.CertificatePath, .. home]).RequireSuccess();
        foreach (var image in Images[..2])
            Nv2(["trust", "allow", image.Split(':')[0], "--store", "wabbit", .. home]).RequireSuccess();

        var two = Nv2(["verify", "--all-images", "--oci-layout", "bundle", .. home]);
        Assert.Equal((1, ""), (two.ExitCode, two.Stdout));
        Assert.Contains($"not verified: {Images[2]} (sha256:", two.Stderr, StringComparison.Ordinal);

        Nv2(["trust", "allow", Images[2].Split(':')[0], "--store", "wabbit", .. home]).RequireSuccess();
        Assert.Equal(3, Nv2(["verify", "--all-images", "--oci-layout", "bundle", .. home]).RequireSuccess().Stdout.TrimEnd().Split('\n').Length);
    }

    public void Dispose() => folder.Dispose();

    private ProcessResult Nv2(params string[] arguments) => Nv2Binary.Run(arguments, workingDirectory: folder.Path);

    private ProcessResult Sign(string layout, params string[] more) =>
        Nv2(["sign", "-k", key.KeyPath, "-c", key.CertificatePath, "--all-images", "--oci-layout", layout, .. more]);

    private ProcessResult Verify(string layout) =>
        Nv2("verify", "-c", key.CertificatePath, "--ca-cert", key.CertificatePath, "--all-images", "--oci-layout", layout);

    private void Pack() => Tool.Run("tar", ["-C", folder["bundle"], "-cf", folder["bundle.tar"], "."]).RequireSuccess();

    private JsonNode Entry(int position) => JsonNode.Parse(File.ReadAllBytes(folder["bundle/index.json"]))!["manifests"]![position]!;

    private string Blob(JsonNode descriptor) => folder[$"bundle/{LayoutContent.BlobName(LayoutContent.DigestIn(descriptor))}"];

    private void Change(Action<JsonArray> change)
    {
        var index = JsonNode.Parse(File.ReadAllBytes(folder["bundle/index.json"]))!;
        change(index["manifests"]!.AsArray());
        folder.Write("bundle/index.json", index.ToJsonString());
    }
}
