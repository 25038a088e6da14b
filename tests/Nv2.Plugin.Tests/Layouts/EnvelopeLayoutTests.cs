using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>The Notary Project's envelopes beside images in layouts.</summary>
public sealed class EnvelopeLayoutTests
{
    private const string Folder = "layout";
    private const string Tar = "layout.tar";
    private const string SignatureType = "application/vnd.cncf.notary.signature";

    [Theory]
    [InlineData("jws", "application/jose+json", Folder)]
    [InlineData("cose", "application/cose", Folder)]
    [InlineData("jws", "application/jose+json", Tar)]
    [InlineData("cose", "application/cose", Tar)]
    public void A_signature_is_stored_as_the_Notary_Project_stores_it_and_verifies(string format, string mediaType, string place)
    {
        using var folder = new WorkingFolder();
        var (layout, image) = Write(folder, place);
        var digest = LayoutContent.DigestIn(image);
        Assert.Equal(
            $"{digest}\n",
            folder
                .Run(
                    "sign",
                    "--format",
                    format,
                    "-k",
                    WorkingFolder.P256Key,
                    "-c",
                    WorkingFolder.P256Certificate,
                    "--user-metadata",
                    "build=42",
                    "--oci-layout",
                    layout
                )
                .RequireSuccess()
                .Stdout
        );

        string[] verify = ["verify", "--ca-cert", WorkingFolder.P256Certificate, "--oci-layout", layout];
        var verified = folder.Run([.. verify, "--user-metadata", "build=42"]).RequireSuccess();
        Assert.Equal($"{digest}\n", verified.Stdout);
        Assert.Contains($"({format}, by ", verified.Stderr, StringComparison.Ordinal);
        var refused = folder.Run([.. verify, "--user-metadata", "build=43"]);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains(
            "  subject: the signature has the user metadata \"build\" with the value \"42\": expected \"43\"\n",
            refused.Stderr,
            StringComparison.Ordinal
        );

        var list = JsonNode.Parse(folder.Run("list", "--json", "--oci-layout", layout).RequireSuccess().Stdout)!;
        var signature = Assert.Single(list["signatures"]!.AsArray())!;
        Assert.Equal(
            (mediaType, "notary.x509", "42"),
            ((string)signature["signatureFormat"]!, (string)signature["signingScheme"]!, (string)signature["annotations"]!["build"]!)
        );
        Assert.Contains($"      {format}, ES256, signed ", folder.Run("list", "--oci-layout", layout).Stdout, StringComparison.Ordinal);
        if (place == Folder)
            AssertStored(folder, LayoutContent.DigestIn(signature["manifest"]!), mediaType, digest);
    }

    [Fact]
    public void A_name_is_not_carried_and_so_one_that_is_asked_for_by_hand_is_not_confirmed()
    {
        using var folder = new WorkingFolder();
        var (layout, image) = Write(folder, Folder);
        folder
            .Run("sign", "--format", "jws", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "--oci-layout", layout)
            .RequireSuccess();

        string[] verify = ["verify", "-c", WorkingFolder.P256Certificate, "--oci-layout", layout];
        foreach (var name in new[] { "anything:v1", $"anything@{LayoutContent.DigestIn(image)}", $"anything@sha256:{new string('0', 64)}" })
        {
            var refused = folder.Run([.. verify, "-r", $"registry.example.com/{name}"]);
            Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
            Assert.Contains("\n  references: ", refused.Stderr, StringComparison.Ordinal);
            Assert.Contains("carry no names", refused.Stderr, StringComparison.Ordinal);
        }

        folder.Run([.. verify]).RequireSuccess();
    }

    [Fact]
    public void Signatures_of_all_formats_count_together_and_signers_by_their_keys()
    {
        using var folder = new WorkingFolder();
        var (layout, image) = Write(folder, Folder);
        string[] trust = ["-c", WorkingFolder.P256Certificate, "-c", WorkingFolder.RsaCertificate];
        foreach (var (format, signer) in new[] { ("jwt", "p256"), ("jws", "p256"), ("cose", "p256") })
            folder.Run("sign", "--format", format, "-k", $"{signer}.key", "-c", $"{signer}.crt", "--oci-layout", layout).RequireSuccess();

        var one = folder.Run(["verify", .. trust, "--require", "2", "--oci-layout", layout]);
        Assert.Equal(1, one.ExitCode);
        Assert.Contains("by 1 signer: expected 2", one.Stderr, StringComparison.Ordinal);

        folder
            .Run("sign", "--format", "cose", "-k", WorkingFolder.RsaKey, "-c", WorkingFolder.RsaCertificate, "--oci-layout", layout)
            .RequireSuccess();
        var report = JsonNode.Parse(
            folder.Run(["verify", .. trust, "--require", "2", "--all", "--json", "--oci-layout", layout]).RequireSuccess().Stdout
        )!;
        Assert.Equal((2, 4), ((int)report["signers"]!, report["signatures"]!.AsArray().Count));
        Assert.Equal(1, folder.Run("verify", "-c", WorkingFolder.P256Certificate, "--all", "--oci-layout", layout).ExitCode);

        // User metadata is asked of every signature, and the nv2 formats have none.
        folder
            .Run(
                "sign",
                "--format",
                "jws",
                "--user-metadata",
                "a=b",
                "-k",
                WorkingFolder.RsaKey,
                "-c",
                WorkingFolder.RsaCertificate,
                "--oci-layout",
                layout
            )
            .RequireSuccess();
        Assert.Equal(
            $"{LayoutContent.DigestIn(image)}\n",
            folder.Run(["verify", .. trust, "--user-metadata", "a=b", "--oci-layout", layout]).RequireSuccess().Stdout
        );
        Assert.Equal(1, folder.Run(["verify", .. trust, "--user-metadata", "a=b", "--all", "--oci-layout", layout]).ExitCode);
    }

    [Fact]
    public void Every_manifest_of_an_index_is_signed_and_one_verifies_alone()
    {
        using var folder = new WorkingFolder();
        var content = new LayoutContent();
        content.List(content.AddIndex(content.AddImage("amd64"), content.AddImage("arm64")), SignedImage.Tag).WriteTo(folder[Folder]);
        var layout = $"{Folder}:{SignedImage.Tag}";

        var signed = folder
            .Run("sign", "--recursive", "--format", "jws", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "--oci-layout", layout)
            .RequireSuccess();
        var digests = signed.Stdout.TrimEnd('\n').Split('\n');
        Assert.Equal(3, digests.Length);
        foreach (var digest in digests)
            Assert.Equal(
                $"{digest}\n",
                folder.Run("verify", "--ca-cert", WorkingFolder.P256Certificate, "--oci-layout", $"{Folder}@{digest}").RequireSuccess().Stdout
            );
    }

    [Theory]
    [InlineData("notation/rsa2048.jws")]
    [InlineData("notation/p256.cose")]
    [InlineData("notation/leaf-full-chain.jws")]
    public void What_the_Notary_Project_s_program_stored_verifies_in_a_layout(string name)
    {
        var envelope = Vectors.Envelopes.First(one => one.Signature == name);
        using var folder = new WorkingFolder();
        folder.Write("root.crt", Vectors.Read(envelope.Trusted));
        var content = new LayoutContent();
        var artifact = content.AddBlob(LayoutContent.ImageType, Vectors.Read($"{name}.artifact.json"));
        content.AddBlob("application/vnd.oci.empty.v1+json", "{}"u8.ToArray());
        content.AddBlob(SignatureType, Vectors.Read(name));
        content
            .List(artifact, SignedImage.Tag)
            .List(content.AddBlob(LayoutContent.ImageType, Vectors.Read($"{name}.manifest.json")))
            .WriteTo(folder[Folder]);

        // The artifact's one layer is not among the vectors.
        var verified = folder.Run("verify", "--shallow", "--ca-cert", "root.crt", "--oci-layout", $"{Folder}:{SignedImage.Tag}").RequireSuccess();
        Assert.Equal($"{LayoutContent.DigestIn(artifact)}\n", verified.Stdout);
        Assert.Contains($"({envelope.Format}, by ", verified.Stderr, StringComparison.Ordinal);
    }

    private static (string Location, JsonObject Image) Write(WorkingFolder folder, string place)
    {
        var content = new LayoutContent();
        var image = content.AddImage("app");
        content.List(image, SignedImage.Tag);
        if (place == Tar)
            folder.Write(Tar, content.ToTar().End());
        else
            content.WriteTo(folder[Folder]);
        return ($"{place}:{SignedImage.Tag}", image);
    }

    private static void AssertStored(WorkingFolder folder, string manifestDigest, string mediaType, string subject)
    {
        var manifest = JsonNode.Parse(folder.Read($"{Folder}/{LayoutContent.BlobName(manifestDigest)}"))!.AsObject();
        Assert.Equal(["schemaVersion", "mediaType", "config", "layers", "subject", "annotations"], manifest.Select(property => property.Key));
        Assert.Equal(
            (SignatureType, "{}"),
            (
                (string)manifest["config"]!["mediaType"]!,
                Encoding.UTF8.GetString(folder.Read($"{Folder}/{LayoutContent.BlobName(LayoutContent.DigestIn(manifest["config"]!))}"))
            )
        );
        Assert.Equal(mediaType, (string)Assert.Single(manifest["layers"]!.AsArray())!["mediaType"]!);
        Assert.Equal(subject, LayoutContent.DigestIn(manifest["subject"]!));
        Assert.Equal(
            ["io.cncf.notary.x509chain.thumbprint#S256", "org.opencontainers.image.created"],
            manifest["annotations"]!.AsObject().Select(property => property.Key)
        );

        var entry = JsonNode.Parse(folder.Read($"{Folder}/index.json"))!["manifests"]!
            .AsArray()
            .Single(one => LayoutContent.DigestIn(one!) == manifestDigest)!;
        Assert.Equal(SignatureType, (string)entry["artifactType"]!);
    }
}
