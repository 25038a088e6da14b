using System.Text;

namespace Nv2.Plugin.Tests;

/// <summary>Keys, certificates, signatures and manifests that cannot be used.</summary>
public sealed class BadFileTests
{
    [Fact]
    public void A_key_that_cannot_be_used_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        BadKeys.WriteTo(folder);

        BadInput.AssertRefused(
            "bad-keys",
            folder,
            BadKeys.All.Select(key => new BadInput(key, 1, "sign", "-k", key, "--passphrase-from", "env:NOT_SET", WorkingFolder.Manifest))
        );
    }

    [Fact]
    public void A_certificate_that_cannot_be_used_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        var pem = Encoding.ASCII.GetString(folder.Read(WorkingFolder.P256Certificate));
        folder.Write("der-and-more.crt", [.. Convert.FromBase64String(VectorRequests.Certificate("keys/p256.crt")), 0]);
        folder.Write("damaged.crt", pem.Replace("MII", "AAA", StringComparison.Ordinal));
        folder.Write("empty.crt", "");
        folder.Write("many.crt", string.Concat(Enumerable.Repeat(pem + "\n", 65)));
        folder.Write("no-digitalsignature.crt", Vectors.Read("keys/no-digitalsignature.crt"));
        folder.WriteKey("no-digitalsignature.key", Vectors.Read("keys/no-digitalsignature.key"));
        Directory.CreateDirectory(folder["folder.crt"]);

        BadInput.AssertRefused(
            "bad-certificates",
            folder,
            [
                Sign("the certificate of another key", WorkingFolder.RsaKey, WorkingFolder.P256Certificate),
                Sign("a key in place of a certificate", WorkingFolder.RsaKey, WorkingFolder.RsaKey),
                Sign("missing", WorkingFolder.P256Key, "missing.crt"),
                Sign("a folder", WorkingFolder.P256Key, "folder.crt"),
                Sign("empty", WorkingFolder.P256Key, "empty.crt"),
                Sign("bytes behind DER", WorkingFolder.P256Key, "der-and-more.crt"),
                Sign("damaged", WorkingFolder.P256Key, "damaged.crt"),
                Sign("65 certificates", WorkingFolder.P256Key, "many.crt"),
                Sign("not for digital signatures", "no-digitalsignature.key", "no-digitalsignature.crt"),
                Sign("for another registry", WorkingFolder.P256Key, WorkingFolder.P256Certificate, "-r", "registry.acme-rockets.io/app:v1"),
                Sign("for another registry, the default one", WorkingFolder.P256Key, WorkingFolder.P256Certificate, "-r", "hello-world"),
                new("trusted one missing", 1, "verify", "-f", WorkingFolder.Signature, "-c", "missing.crt", WorkingFolder.Manifest),
                new(
                    "trusted authority is a key",
                    1,
                    "verify",
                    "-f",
                    WorkingFolder.Signature,
                    "--ca-cert",
                    WorkingFolder.RsaKey,
                    WorkingFolder.Manifest
                ),
            ]
        );

        static BadInput Sign(string name, string key, string certificate, params string[] more) =>
            new(name, 1, ["sign", "-k", key, "-c", certificate, .. more, WorkingFolder.Manifest]);
    }

    [Fact]
    public void A_malformed_signature_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        var inputs = new List<BadInput> { new("missing", 1, "inspect", "missing.nv2"), new("a folder", 1, "inspect", ".") };
        foreach (var (name, content) in BadSignatures.All)
        {
            folder.Write($"{name.Replace(' ', '-')}.nv2", content);
            inputs.Add(new(name, 1, "inspect", $"{name.Replace(' ', '-')}.nv2"));
        }

        BadInput.AssertRefused("bad-signatures", folder, inputs);
    }

    [Fact]
    public void A_malformed_signature_never_verifies()
    {
        using var folder = new WorkingFolder();
        foreach (var (name, content) in BadSignatures.All)
        {
            folder.Write("bad.nv2", content);
            var result = folder.Run("verify", "--json", "-f", "bad.nv2", "-c", WorkingFolder.P256Certificate, WorkingFolder.Manifest);

            Assert.True(result.ExitCode == 1, $"{name}: exit code {result.ExitCode}");
            Assert.DoesNotContain("\"verified\":true", result.Stdout, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_manifest_or_descriptor_that_cannot_be_used_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        folder.Write("large.json", $"{{\"a\":\"{new string('x', 4 * 1024 * 1024)}\"}}");
        folder.Write("empty.json", "");
        Directory.CreateDirectory(folder["folder"]);

        BadInput.AssertRefused(
            "bad-artifacts",
            folder,
            [
                Sign("missing", "missing.json"),
                Sign("in a missing folder", "missing/manifest.json"),
                Sign("a folder", "folder"),
                Sign("a file: that is missing", "file:missing.json"),
                Sign("larger than registries take", "large.json"),
                FromInput("begins like JSON and is not", "{\"mediaType\":"),
                FromInput("bytes behind the manifest", "{}{}"),
                FromInput("a property twice", "{\"mediaType\":\"a/b\",\"mediaType\":\"a/c\"}"),
                FromInput("a bad media type", "{\"mediaType\":\"text\"}"),
                FromInput("a media type that is no string", "{\"mediaType\":1}"),
                Sign("an empty descriptor", "empty.json", "--descriptor"),
                FromInput("a descriptor that is no object", "[]", "--descriptor"),
                FromInput("a descriptor without digest", "{\"mediaType\":\"a/b\",\"size\":1}", "--descriptor"),
                FromInput("a descriptor with a bad digest", "{\"mediaType\":\"a/b\",\"digest\":\"sha256:AB\",\"size\":1}", "--descriptor"),
                FromInput(
                    "a descriptor with a bad size",
                    $"{{\"mediaType\":\"a/b\",\"digest\":\"{WorkingFolder.DigestOf([])}\",\"size\":-1}}",
                    "--descriptor"
                ),
                Sign("a manifest in place of a descriptor", WorkingFolder.Manifest, "--descriptor"),
                Sign("--media-type contradicts the manifest", WorkingFolder.Manifest, "--media-type", "application/vnd.oci.image.index.v1+json"),
            ]
        );

        static BadInput Sign(string name, string artifact, params string[] more) =>
            new(name, 1, ["sign", "-k", WorkingFolder.P256Key, .. more, artifact]);
        static BadInput FromInput(string name, string stdin, params string[] more) =>
            Sign(name, "-", more) with
            {
                Stdin = Encoding.UTF8.GetBytes(stdin),
            };
    }

    [Fact]
    public void A_file_that_this_user_may_not_read_or_write_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        using var key = new UnprivilegedRun(folder);

        var sign = key.Run([], "sign", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest);
        Assert.Equal((1, $"nv2: cannot read the key \"{WorkingFolder.P256Key}\": permission denied\n"), (sign.ExitCode, sign.Stderr));

        var describe = key.Run(Encoding.UTF8.GetBytes($$"""{"protocolVersion":"1.0","keyId":"{{WorkingFolder.P256Key}}"}"""), "describe");
        Assert.Equal(1, describe.ExitCode);
        Assert.Contains("\"errorCode\":\"ACCESS_DENIED\"", describe.Stderr, StringComparison.Ordinal);
        Assert.Contains("\"path\":\"$.keyId\"", describe.Stderr, StringComparison.Ordinal);

        var write = key.Run([], "certificate", "generate-test", "registry.example.com");
        Assert.Equal(1, write.ExitCode);
        Assert.Contains("permission denied", write.Stderr, StringComparison.Ordinal);
        BadInput.AssertOneLine("write", write.Stderr);
    }
}
