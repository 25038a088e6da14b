using System.Text.Json.Nodes;
using Nv2.Plugin.Tests.Layouts;

namespace Nv2.Plugin.Tests.Timestamps;

/// <summary><c>nv2 attach</c>: a signature that is in a file gets beside its artifact.</summary>
public sealed class AttachCommandTests : IDisposable
{
    private const string Signature = "app.sig";
    private const string Layout = "layout";

    private readonly WorkingFolder folder = new();
    private readonly LayoutContent content = new();
    private readonly JsonObject image;

    public AttachCommandTests()
    {
        image = content.AddImage("app");
        content.List(image, SignedImage.Tag);
        content.WriteTo(folder[Layout]);
        folder.Write("app.json", content[LayoutContent.DigestIn(image)]);
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signature_of_every_format_is_stored_as_sign_stores_it(string format)
    {
        Sign(format, "app.json");
        var attached = folder.Run("attach", Signature, "--oci-layout", $"{Layout}:{SignedImage.Tag}").RequireSuccess();
        Assert.Equal($"{LayoutContent.DigestIn(image)}\n", attached.Stdout);
        Assert.StartsWith("nv2: signature: sha256:", attached.Stderr, StringComparison.Ordinal);
        Assert.Equal(
            attached.Stdout,
            folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", $"{Layout}:{SignedImage.Tag}").RequireSuccess().Stdout
        );

        // The very bytes, and once, however often it is attached.
        var files = Directory.GetFiles(folder[Layout], "*", SearchOption.AllDirectories);
        Assert.Contains(files, file => File.ReadAllBytes(file).AsSpan().SequenceEqual(folder.Read(Signature)));
        var before = folder.Fingerprint();
        folder.Run("attach", Signature, "--oci-layout", $"{Layout}:{SignedImage.Tag}").RequireSuccess();
        Assert.Equal(before, folder.Fingerprint());
    }

    [Theory]
    [InlineData("jwt", "\n")]
    [InlineData("jwt", "\r\n\r\n")]
    [InlineData("json", "\n")]
    [InlineData("jws", "\r\n")]
    public void A_file_with_line_breaks_at_its_end_is_stored_as_it_is(string format, string end)
    {
        Sign(format, "app.json");
        byte[] content = [.. folder.Read(Signature), .. System.Text.Encoding.ASCII.GetBytes(end)];
        folder.Write(Signature, content);

        folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "-f", Signature, "app.json").RequireSuccess();
        folder.Run("attach", Signature, "--oci-layout", $"{Layout}:{SignedImage.Tag}").RequireSuccess();
        Assert.True(File.Exists(folder[$"{Layout}/blobs/{WorkingFolder.DigestOf(content).Replace(':', '/')}"]));
        folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", $"{Layout}:{SignedImage.Tag}").RequireSuccess();
    }

    [Fact]
    public void A_layout_in_a_tar_is_written_anew_with_the_signature()
    {
        Sign("jws", "app.json");
        Tool.Run("tar", ["-C", folder[Layout], "-cf", folder["layout.tar"], "."]).RequireSuccess();
        folder.Run("attach", "-o", "signed.tar", Signature, "--oci-layout", "layout.tar").RequireSuccess();
        folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", "signed.tar").RequireSuccess();
        Assert.Equal(1, folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", "layout.tar").ExitCode);

        folder.Run("attach", Signature, "--oci-layout", "layout.tar").RequireSuccess();
        folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", "layout.tar").RequireSuccess();
    }

    [Fact]
    public void What_is_no_signature_of_the_artifact_is_refused_and_nothing_is_written()
    {
        Sign("jws", WorkingFolder.Manifest);
        folder.Write("page.sig", "<html>");
        Descriptor("longer.sig", descriptor => descriptor["size"] = 1_000_000);
        Descriptor("type.sig", descriptor => descriptor["mediaType"] = LayoutContent.IndexType);
        folder
            .Run("sign", "--blob", "app.json", "--format", "jws", "-k", WorkingFolder.RsaKey, "-c", WorkingFolder.RsaCertificate, "-o", "blob.sig")
            .RequireSuccess();
        Directory.CreateDirectory(folder["nothing"]);

        string[] layout = ["--oci-layout", Layout];
        BadInput.AssertRefused(
            "bad-attachments",
            folder,
            [
                new("of another artifact", 1, ["attach", Signature, .. layout]),
                new("of another size", 1, ["attach", "longer.sig", .. layout]),
                new("of another media type", 1, ["attach", "type.sig", .. layout]),
                new("of the same bytes as a blob", 1, ["attach", "blob.sig", .. layout]),
                new("no signature", 1, ["attach", "page.sig", .. layout]),
                new("a signature that is not there", 1, ["attach", "missing.sig", .. layout]),
                new("a layout that is none", 1, "attach", Signature, "--oci-layout", "nothing"),
                new("a tag that is not there", 1, "attach", Signature, "--oci-layout", $"{Layout}:v2"),
            ]
        );
    }

    public void Dispose() => folder.Dispose();

    private void Sign(string format, string manifest) =>
        folder
            .Run("sign", "--format", format, "-k", WorkingFolder.RsaKey, "-c", WorkingFolder.RsaCertificate, "-o", Signature, manifest)
            .RequireSuccess();

    private void Descriptor(string signature, Action<JsonObject> change)
    {
        var descriptor = (JsonObject)image.DeepClone();
        change(descriptor);
        folder.Write("descriptor.json", descriptor.ToJsonString());
        folder
            .Run(
                "sign",
                "--descriptor",
                "--format",
                "cose",
                "-k",
                WorkingFolder.RsaKey,
                "-c",
                WorkingFolder.RsaCertificate,
                "-o",
                signature,
                "descriptor.json"
            )
            .RequireSuccess();
    }
}
