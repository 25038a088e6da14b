using System.Security.Cryptography;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>PKCS#12 files made by openssl and by Java's keytool: the key and its chain come from one file.</summary>
public sealed class Pkcs12Tests : IDisposable
{
    private static readonly string[] Formats = ["jwt", "json", "jws", "cose"];

    private readonly KeyFolder folder = new();

    private string From => $"file:{folder["passphrase"]}";

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("rsa2048")]
    [InlineData("rsa4096")]
    [InlineData("p256")]
    [InlineData("p521")]
    public void A_file_signs_in_all_formats_with_its_own_certificate(string name)
    {
        var key = KeyCase.Named(name);
        foreach (var options in new string[][] { [], ["-legacy"], ["-keypbe", "AES-128-CBC", "-certpbe", "NONE", "-macalg", "sha512"] })
        {
            var file = Export(key, KeyFolder.Passphrase, options);
            foreach (var format in Formats)
                folder.SignAndVerify(file, key, format, "--passphrase-from", From);
        }
    }

    [Fact]
    public void A_file_without_a_passphrase_is_not_asked_for_one()
    {
        var key = KeyCase.Named("p256");

        folder.SignAndVerify(Export(key, ""), key, "jws");
        folder.SignAndVerify(Export(key, "", "-keypbe", "NONE", "-certpbe", "NONE", "-nomac"), key, "jws");
    }

    [Fact]
    public void The_chain_goes_into_the_signature_leaf_first()
    {
        using var authorityFolder = new TemporaryFolder();
        var authority = new CertificateAuthority(authorityFolder);
        folder.OpenSsl("all", "x509", "-in", authority.Root);
        File.AppendAllText(folder["all"], File.ReadAllText(authority.Chain)); // The root before the others: the order in the file means nothing.
        var file = folder.OpenSsl(
            "chain.p12",
            "pkcs12",
            "-export",
            "-inkey",
            authority.LeafKey,
            "-in",
            authority.Leaf,
            "-certfile",
            folder["all"],
            "-passout",
            $"pass:{KeyFolder.Passphrase}"
        );

        folder.Nv2("sign", "-k", file, "--passphrase-from", From, "--format", "jws", "-o", folder["s"], KeyCase.ManifestPath).RequireSuccess();

        folder.Nv2("verify", "-f", folder["s"], "--ca-cert", authority.Root, KeyCase.ManifestPath).RequireSuccess();
    }

    [Fact]
    public void A_wrong_passphrase_a_cut_and_a_changed_file_are_refused()
    {
        var key = KeyCase.Named("p256");
        var content = File.ReadAllBytes(Export(key, KeyFolder.Passphrase));

        Assert.Contains(
            "the passphrase is wrong, or the file is damaged",
            folder.RefuseToSign(folder["p256.p12"], "--passphrase-from", $"file:{folder["wrong"]}"),
            StringComparison.Ordinal
        );
        foreach (var length in new[] { 20, content.Length / 2, content.Length - 1 })
            Assert.Contains(
                "damaged or cut off",
                folder.RefuseToSign(folder.Write("cut.p12", content[..length]), "--passphrase-from", From),
                StringComparison.Ordinal
            );
        Assert.Contains(
            "bytes follow its end",
            folder.RefuseToSign(folder.Write("long.p12", [.. content, 0]), "--passphrase-from", From),
            StringComparison.Ordinal
        );
        content[content.Length / 2] ^= 1;
        Assert.Contains("damaged", folder.RefuseToSign(folder.Write("changed.p12", content), "--passphrase-from", From), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PBE-SHA1-3DES", "PBE-SHA1-3DES")]
    [InlineData("AES-256-CBC", "AES-256-CBC")]
    [InlineData("AES-256-CBC", "NONE")]
    public void Hostile_numbers_of_iterations_are_refused_wherever_they_are(string keyCipher, string certificateCipher)
    {
        // Made with 65000 (0xfde8), and raised to 0xfde8fde8 where openssl would need hours: the fields are a byte or two longer, so each is replaced
        // by one of its length.
        var content = File.ReadAllBytes(
            Export(KeyCase.Named("p256"), KeyFolder.Passphrase, "-iter", "8000000", "-nomac", "-keypbe", keyCipher, "-certpbe", certificateCipher)
        );
        Assert.Contains("iterations", folder.RefuseToSign(folder.Write("hostile.p12", content), "--passphrase-from", From), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_chosen_by_its_name_or_by_the_fingerprint_of_its_certificate()
    {
        var (one, other) = (KeyCase.Named("p256"), KeyCase.Named("rsa2048"));
        Export(one, KeyFolder.Passphrase, "-name", "first key");
        Export(other, KeyFolder.Passphrase, "-name", "second");
        Merge("p256.p12", "rsa2048.p12", "both.p12");
        var both = folder["both.p12"];
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(OpenSsl.Der(other.CertificatePath)));

        folder.SignAndVerify($"{both}#first key", one, "jws", "--passphrase-from", From);
        folder.SignAndVerify($"{both}#second", other, "jws", "--passphrase-from", From);
        folder.SignAndVerify($"{both}#sha256:{fingerprint}", other, "jws", "--passphrase-from", From);
        foreach (
            var refusal in new[]
            {
                folder.RefuseToSign(both, "--passphrase-from", From),
                folder.RefuseToSign($"{both}#third", "--passphrase-from", From),
            }
        )
        {
            Assert.Contains("\"first key\" (EC-256", refusal, StringComparison.Ordinal);
            Assert.Contains($"\"second\" (RSA-2048, sha256:{fingerprint})", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Certificates_alone_are_no_key()
    {
        var file = folder.OpenSsl(
            "certificates.p12",
            "pkcs12",
            "-export",
            "-nokeys",
            "-in",
            KeyCase.Named("p256").CertificatePath,
            "-passout",
            $"pass:{KeyFolder.Passphrase}"
        );

        Assert.Contains("PKCS#12 without a private key", folder.RefuseToSign(file, "--passphrase-from", From), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EC", "-groupname", "secp256r1")]
    [InlineData("RSA", "-keysize", "3072")]
    public void A_file_made_by_keytool_signs(string algorithm, string option, string value)
    {
        folder.Run(
            "keytool",
            "-genkeypair",
            "-alias",
            "app",
            "-keyalg",
            algorithm,
            option,
            value,
            "-dname",
            $"CN={KeyCase.Registry}",
            "-ext",
            "KU:critical=digitalSignature",
            "-storetype",
            "PKCS12",
            "-keystore",
            folder["java.p12"],
            "-storepass",
            KeyFolder.Passphrase
        );
        var certificate = folder.OpenSsl("java.crt", "pkcs12", "-in", folder["java.p12"], "-nokeys", "-passin", $"pass:{KeyFolder.Passphrase}");
        KeyFolder.ChangeMode(folder["java.p12"], "600");

        foreach (var format in Formats)
        {
            folder
                .Nv2(
                    "sign",
                    "-k",
                    $"{folder["java.p12"]}#app",
                    "--passphrase-from",
                    From,
                    "--format",
                    format,
                    "-o",
                    folder["s"],
                    KeyCase.ManifestPath
                )
                .RequireSuccess();
            folder.Nv2("verify", "-f", folder["s"], "-c", certificate, KeyCase.ManifestPath).RequireSuccess();
        }
    }

    private string Export(KeyCase key, string passphrase, params string[] options) =>
        folder.OpenSsl(
            $"{key.Name}.p12",
            ["pkcs12", "-export", "-inkey", key.KeyPath, "-in", key.CertificatePath, "-passout", $"pass:{passphrase}", .. options]
        );

    // openssl writes one key in a file; keytool puts two together.
    private void Merge(string one, string other, string both)
    {
        foreach (var file in new[] { one, other })
        {
            folder.Run(
                "keytool",
                "-importkeystore",
                "-srckeystore",
                folder[file],
                "-srcstorepass",
                KeyFolder.Passphrase,
                "-srcstoretype",
                "PKCS12",
                "-destkeystore",
                folder[both],
                "-deststorepass",
                KeyFolder.Passphrase,
                "-deststoretype",
                "PKCS12"
            );
        }

        KeyFolder.ChangeMode(folder[both], "600");
    }
}
