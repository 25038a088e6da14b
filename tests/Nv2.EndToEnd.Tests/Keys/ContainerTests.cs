using System.Text;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Keys in the wrong container: read where that is safe, and otherwise named as what they are, with the command that converts
/// them.</summary>
public sealed class ContainerTests : IDisposable
{
    private static readonly KeyCase Key = KeyCase.Named("p256");

    private readonly KeyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void A_key_in_UTF_16_with_a_byte_order_mark_signs(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] content =
        [
            .. encoding.GetPreamble(),
            .. encoding.GetBytes(File.ReadAllText(Key.KeyPath).Replace("\n", "\r\n", StringComparison.Ordinal)),
        ];

        folder.SignAndVerify(folder.Write("utf16.key", content), Key, "jwt");
    }

    [Fact]
    public void A_key_in_UTF_16_without_a_mark_is_refused_and_the_command_converts_it()
    {
        var file = folder.Write("utf16.key", Encoding.Unicode.GetBytes(File.ReadAllText(Key.KeyPath)));

        Assert.Contains("iconv -f UTF-16LE -t UTF-8", folder.RefuseToSign(file), StringComparison.Ordinal);
        folder.SignAndVerify(folder.Write("new", folder.Run("iconv", "-f", "UTF-16LE", "-t", "UTF-8", file).StdoutBytes), Key, "jwt");
    }

    [Fact]
    public void Blocks_joined_without_a_line_break_are_refused_and_the_command_separates_them()
    {
        var file = folder.Write("joined", File.ReadAllText(Key.KeyPath).TrimEnd() + File.ReadAllText(Key.CertificatePath));

        Assert.Contains("sed 's/----------BEGIN/-----\\n-----BEGIN/g' FILE > NEW", folder.RefuseToSign(file), StringComparison.Ordinal);
        folder.SignAndVerify(folder.Write("new", folder.Run("sed", "s/----------BEGIN/-----\\n-----BEGIN/g", file).StdoutBytes), Key, "jwt");
    }

    [Fact]
    public void A_key_in_DER_is_refused_and_the_command_converts_it()
    {
        var plain = folder.OpenSsl("key.der", "pkcs8", "-topk8", "-nocrypt", "-in", Key.KeyPath, "-outform", "DER");
        var encrypted = folder.OpenSsl(
            "encrypted.der",
            "pkcs8",
            "-topk8",
            "-in",
            Key.KeyPath,
            "-outform",
            "DER",
            "-passout",
            $"pass:{KeyFolder.Passphrase}"
        );

        Assert.Contains("openssl pkey -inform DER -in KEY -out NEW", folder.RefuseToSign(plain), StringComparison.Ordinal);
        Assert.Contains("an encrypted private key in DER", folder.RefuseToSign(encrypted), StringComparison.Ordinal);
        folder.SignAndVerify(folder.OpenSsl("new", "pkey", "-inform", "DER", "-in", plain), Key, "jwt");
        string[] passphrases = ["-passin", $"pass:{KeyFolder.Passphrase}", "-passout", $"pass:{KeyFolder.Passphrase}"];
        folder.OpenSsl("encrypted", ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-inform", "DER", "-in", encrypted, .. passphrases]);
        folder.SignAndVerify(folder["encrypted"], Key, "jwt", "--passphrase-from", $"file:{folder["passphrase"]}");
    }

    [Fact]
    public void A_key_of_OpenSSH_is_refused_and_the_command_converts_it()
    {
        folder.Run("ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", folder["id"]);

        Assert.Contains("ssh-keygen -p -m PKCS8 -f COPY", folder.RefuseToSign(folder["id"]), StringComparison.Ordinal);
        Assert.Contains("an OpenSSH public key", folder.RefuseToSign(folder["id.pub"]), StringComparison.Ordinal);
        folder.Run("ssh-keygen", "-q", "-p", "-m", "PKCS8", "-P", "", "-N", "", "-f", folder["id"]);
        folder.Nv2("sign", "-k", folder["id"], "-o", folder["s"], KeyCase.ManifestPath).RequireSuccess();
    }

    [Theory]
    [InlineData("a PuTTY private key", "PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\nEncryption: none\n")]
    [InlineData("an OpenPGP key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n-----END PGP PRIVATE KEY BLOCK-----\n")]
    [InlineData("JSON", "{\"kty\":\"EC\",\"crv\":\"P-256\"}")]
    [InlineData("a cosign private key", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n")]
    [InlineData("a certificate request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")]
    public void What_is_no_key_here_is_named_as_what_it_is(string what, string content) =>
        Assert.Contains(what, folder.RefuseToSign(folder.Write("key", content)), StringComparison.Ordinal);

    [Theory]
    [InlineData("a certificate", "x509")]
    [InlineData("a certificate", "x509", "-outform", "DER")]
    [InlineData("a public key", "x509", "-pubkey", "-noout")]
    [InlineData("PKCS#7", "crl2pkcs7", "-nocrl", "-certfile")]
    [InlineData("PKCS#7", "crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile")]
    public void What_belongs_to_the_certificate_is_named_in_the_place_of_the_key(string what, params string[] command)
    {
        string[] input = command[^1] == "-certfile" ? [Key.CertificatePath] : ["-in", Key.CertificatePath];

        var refusal = folder.RefuseToSign(folder.OpenSsl("key", [.. command, .. input]));

        Assert.Contains(what, refusal, StringComparison.Ordinal);
        Assert.Contains("expected the private key", refusal, StringComparison.Ordinal);
    }
}
