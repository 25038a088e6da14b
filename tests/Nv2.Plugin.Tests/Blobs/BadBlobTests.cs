using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Tests.Blobs;

/// <summary>Blobs that are not signed, and signatures that do not hold for them.</summary>
public sealed class BadBlobTests
{
    private const int Usage = 2;
    private const int Failure = 1;

    [Fact]
    public void What_makes_no_sense_for_a_blob_is_refused_in_one_line()
    {
        using var blob = new BlobFolder();
        blob.Sign("-o", "app.sig").RequireSuccess();
        blob.Folder.Write("two.bin", "x");
        blob.Folder.Write("two.bin.jws.sig", "x");
        blob.Folder.Write("two.bin.cose.sig", "x");
        Directory.CreateDirectory(blob.Folder["folder"]);

        BadInput.AssertRefused(
            "bad-blobs",
            blob.Folder,
            [
                new("sign: without a format", Usage, "sign", "--blob", BlobFolder.Blob, "-k", BlobFolder.Key, "-c", BlobFolder.Certificate),
                Sign(Usage, "in the format json", "--format", "json"),
                Sign(Usage, "and a manifest", "--format", "jws", WorkingFolder.Manifest),
                Sign(Usage, "and a reference in a registry", "--format", "jws", "registry.example.com/app:v1"),
                Sign(Usage, "and a layout", "--format", "jws", "--oci-layout", "."),
                Sign(Usage, "--recursive", "--format", "jws", "--recursive"),
                Sign(Usage, "--shallow", "--format", "jws", "--shallow"),
                Sign(Usage, "--descriptor", "--format", "jws", "--descriptor"),
                Sign(Usage, "--transfer", "--format", "jws", "--transfer", "oras"),
                Sign(Usage, "a name", "--format", "jws", "-r", "registry.example.com/app:v1"),
                Sign(Usage, "a bad media type", "--format", "jws", "--media-type", "text"),
                Sign(Usage, "user metadata without =", "--format", "jws", "--user-metadata", "build"),
                Sign(Usage, "user metadata without key", "--format", "jws", "--user-metadata", "=42"),
                Sign(Usage, "user metadata twice", "--format", "jws", "--user-metadata", "build=42", "--user-metadata", "build=43"),
                Sign(Usage, "reserved user metadata", "--format", "jws", "--user-metadata", "io.cncf.notary.x=1"),
                new("sign: no certificate", Usage, "sign", "--blob", BlobFolder.Blob, "--format", "jws", "-k", BlobFolder.Key),
                new(
                    "sign: standard input and no output",
                    Usage,
                    "sign",
                    "--blob",
                    "-",
                    "--format",
                    "jws",
                    "-k",
                    BlobFolder.Key,
                    "-c",
                    BlobFolder.Certificate
                ),
                new(
                    "sign: a missing file",
                    Failure,
                    "sign",
                    "--blob",
                    "missing",
                    "--format",
                    "jws",
                    "-k",
                    BlobFolder.Key,
                    "-c",
                    BlobFolder.Certificate
                ),
                new("sign: a folder", Failure, "sign", "--blob", "folder", "--format", "jws", "-k", BlobFolder.Key, "-c", BlobFolder.Certificate),
                new(
                    "sign: a key of another certificate",
                    Failure,
                    "sign",
                    "--blob",
                    BlobFolder.Blob,
                    "--format",
                    "jws",
                    "-k",
                    "p256.key",
                    "-c",
                    BlobFolder.Certificate
                ),
                Sign(Failure, "over itself", "--format", "jws", "-o", BlobFolder.Blob),
                Sign(Failure, "over itself by another name", "--format", "jws", "-o", $"folder/../{BlobFolder.Blob}"),
                Sign(Failure, "over the key", "--format", "jws", "-o", BlobFolder.Key),
                Sign(Failure, "to a missing folder", "--format", "jws", "-o", "missing/app.sig"),
                new("sign: user metadata in jwt", Usage, "sign", "-k", BlobFolder.Key, "--user-metadata", "a=b", WorkingFolder.Manifest),
                new(
                    "sign: a name in cose",
                    Usage,
                    "sign",
                    "--format",
                    "cose",
                    "-k",
                    BlobFolder.Key,
                    "-c",
                    BlobFolder.Certificate,
                    "-r",
                    "app:v1",
                    WorkingFolder.Manifest
                ),
                Verify(Usage, "and a manifest", WorkingFolder.Manifest),
                Verify(Usage, "and a layout", "--oci-layout", "."),
                Verify(Usage, "--all", "--all"),
                Verify(Usage, "--require", "--require", "2"),
                Verify(Usage, "--shallow", "--shallow"),
                Verify(Usage, "--descriptor", "--descriptor"),
                Verify(Usage, "--reference", "-r", "app:v1"),
                Verify(Usage, "--plain-http", "--plain-http"),
                Verify(Usage, "user metadata without =", "--user-metadata", "build"),
                new("verify: standard input and no signature", Usage, "verify", "--blob", "-", "--ca-cert", BlobFolder.Certificate),
                new("verify: two signatures", Usage, "verify", "--blob", "two.bin", "--ca-cert", BlobFolder.Certificate),
                new("verify: no signature", Failure, "verify", "--blob", BlobFolder.Blob, "--ca-cert", BlobFolder.Certificate),
                new(
                    "verify: a missing signature",
                    Failure,
                    "verify",
                    "--blob",
                    BlobFolder.Blob,
                    "-s",
                    "missing.sig",
                    "--ca-cert",
                    BlobFolder.Certificate
                ),
                new("verify: a missing blob", Failure, "verify", "--blob", "missing", "-s", "app.sig", "--ca-cert", BlobFolder.Certificate),
                new("verify: a folder", Failure, "verify", "--blob", "folder", "-s", "app.sig", "--ca-cert", BlobFolder.Certificate),
                new("inspect: a blob", Usage, "inspect", "--blob", BlobFolder.Blob),
            ]
        );

        static BadInput Sign(int exitCode, string name, params string[] more) =>
            new($"sign: {name}", exitCode, ["sign", "--blob", BlobFolder.Blob, "-k", BlobFolder.Key, "-c", BlobFolder.Certificate, .. more]);

        static BadInput Verify(int exitCode, string name, params string[] more) =>
            new($"verify: {name}", exitCode, ["verify", "--blob", BlobFolder.Blob, "-s", "app.sig", "--ca-cert", BlobFolder.Certificate, .. more]);
    }

    [Theory]
    [InlineData("--blob - --format jws")]
    [InlineData("--media-type text/plain")]
    public void A_file_that_is_standard_input_is_not_overwritten(string options)
    {
        using var blob = new BlobFolder();
        var before = blob.Folder.Fingerprint();
        var result = Tool.Run(
            "sh",
            ["-c", $"\"$0\" sign {options} -k p384.key -c p384.crt -o app.bin <app.bin", Nv2Binary.Path],
            workingDirectory: blob.Folder.Path
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("nv2: the output \"app.bin\" is the signed file on standard input and is not overwritten\n", result.Stderr);
        Assert.Equal(before, blob.Folder.Fingerprint());
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_gets_no_signature()
    {
        using var blob = new BlobFolder();
        blob.Folder.Write("public.key", blob.Folder.Read(BlobFolder.Key));
        using var unprivileged = new UnprivilegedRun(blob.Folder);

        var result = unprivileged.Run([], "sign", "--blob", BlobFolder.Blob, "--format", "jws", "-k", "public.key", "-c", BlobFolder.Certificate);
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("cannot write \"app.bin.jws.sig\": permission denied", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(blob.Folder["app.bin.jws.sig"]));
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_digest_that_the_key_does_not_ask_for_is_refused_though_it_is_right(string format)
    {
        using var blob = new BlobFolder();
        blob.WriteSignature("right.sig", format, blob.Claims());
        blob.Verify("-s", "right.sig").RequireSuccess();

        foreach (var algorithm in new[] { DigestAlgorithm.Sha256, DigestAlgorithm.Sha512 })
        {
            blob.WriteSignature("wrong.sig", format, blob.Claims(algorithm));
            BlobTests.AssertFails(blob.Verify("-s", "wrong.sig"), "subject", $"the signature has a {algorithm} digest of the blob: expected sha384");
        }
    }

    [Fact]
    public void A_signature_of_something_else_does_not_hold()
    {
        using var blob = new BlobFolder();
        blob.Sign().RequireSuccess();
        var content = blob.Folder.Read(BlobFolder.Blob);

        blob.Folder.Write(BlobFolder.Blob, "another thing");
        BlobTests.AssertFails(blob.Verify(), "subject", "digest mismatch: the artifact has sha384:");
        blob.Folder.Write(BlobFolder.Blob, [.. content, (byte)'\n']);
        BlobTests.AssertFails(blob.Verify(), "subject", "digest mismatch: the artifact has sha384:");
        blob.Folder.Write(BlobFolder.Blob, content);
        blob.Verify().RequireSuccess();

        blob.WriteSignature("size.sig", "jws", blob.Claims() with { Size = content.Length + 1 });
        BlobTests.AssertFails(
            blob.Verify("-s", "size.sig"),
            "subject",
            $"size mismatch: the artifact has {content.Length} bytes, the signature covers {content.Length + 1}"
        );
    }

    [Fact]
    public void A_signature_by_somebody_else_or_spoilt_does_not_hold()
    {
        using var blob = new BlobFolder();
        blob.Sign().RequireSuccess();
        BlobTests.AssertFails(blob.Folder.Run("verify", "--blob", BlobFolder.Blob, "--ca-cert", "p256.crt"), "authenticity", "");

        blob.Folder.Write("app.bin.jws.sig", "not a signature");
        var malformed = blob.Verify();
        Assert.Equal((1, ""), (malformed.ExitCode, malformed.Stdout));
        Assert.Contains("\n  format: ", malformed.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void The_nv2_formats_are_of_manifests_and_never_of_blobs()
    {
        using var blob = new BlobFolder();
        var result = blob.Folder.Run("verify", "--blob", WorkingFolder.Manifest, "-s", WorkingFolder.Signature, "-c", WorkingFolder.P256Certificate);

        BlobTests.AssertFails(result, "subject", "the format jwt does not support blobs");
    }

    [Fact]
    public void Of_a_manifest_and_a_blob_with_the_same_bytes_the_media_type_tells_which_was_meant()
    {
        // A key that asks for SHA-256: its envelopes of a manifest are such as one of a blob with the manifest's bytes would be.
        using var blob = new BlobFolder();
        const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
        string[] signer = ["--format", "jws", "-k", "p256.key", "-c", "p256.crt"];
        string[] asBlob = ["verify", "--blob", WorkingFolder.Manifest, "--ca-cert", "p256.crt"];
        blob.Folder.Run(["sign", .. signer, "-o", "manifest.sig", WorkingFolder.Manifest]).RequireSuccess();
        blob.Folder.Run(["sign", .. signer, "-o", "blob.sig", "--blob", WorkingFolder.Manifest]).RequireSuccess();

        blob.Folder.Run([.. asBlob, "-s", "manifest.sig"]).RequireSuccess();
        BlobTests.AssertFails(
            blob.Folder.Run([.. asBlob, "-s", "manifest.sig", "--media-type", "application/octet-stream"]),
            "subject",
            ManifestType
        );
        BlobTests.AssertFails(
            blob.Folder.Run("verify", "-s", "blob.sig", "--ca-cert", "p256.crt", WorkingFolder.Manifest),
            "subject",
            "the signature covers application/octet-stream"
        );

        // A larger key asks for another digest than registries use, and neither passes for the other.
        blob.Folder.Run("sign", "--format", "jws", "-k", BlobFolder.Key, "-c", BlobFolder.Certificate, "-o", "large.sig", WorkingFolder.Manifest)
            .RequireSuccess();
        BlobTests.AssertFails(
            blob.Folder.Run("verify", "--blob", WorkingFolder.Manifest, "-s", "large.sig", "--ca-cert", BlobFolder.Certificate),
            "subject",
            "a sha256 digest of the blob: expected sha384"
        );
    }
}
