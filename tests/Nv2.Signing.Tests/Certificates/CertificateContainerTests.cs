using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Files that other programs made: certificates in containers that are read, and what is no certificate, which is named.</summary>
public sealed class CertificateContainerTests : IDisposable
{
    private static readonly byte[] Leaf = Vectors.Read("keys/leaf.crt");
    private static readonly byte[] Root = Vectors.Read("keys/root.crt");
    private static readonly byte[] Chain = Vectors.Read("keys/leaf-full-chain.crt");

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("PEM")]
    [InlineData("DER")]
    public void A_bundle_of_PKCS_7_by_openssl_is_read_the_signer_first(string form)
    {
        var expected = CertificateFile.Parse(Chain);
        foreach (
            var order in (int[][])
                [
                    [0, 1, 2],
                    [2, 1, 0],
                    [1, 0, 2],
                ]
        )
        {
            var input = folder.Write("in.pem", string.Concat(order.Select(number => expected[number].ExportCertificatePem() + "\n")));
            Run("openssl", "crl2pkcs7", "-nocrl", "-certfile", input, "-outform", form, "-out", folder["bundle"]);

            Assert.Equal(expected, CertificateFile.Parse(File.ReadAllBytes(folder["bundle"])));
        }
    }

    [Fact]
    public void A_bundle_of_PKCS_7_without_a_single_signer_keeps_its_order()
    {
        var strangers = folder.Write("in.pem", [.. Leaf, .. Vectors.Read("keys/p256.crt"), .. Root]);
        Run("openssl", "crl2pkcs7", "-nocrl", "-certfile", strangers, "-out", folder["bundle"]);

        Assert.Equal(CertificateFile.Parse(File.ReadAllBytes(strangers)), CertificateFile.Parse(File.ReadAllBytes(folder["bundle"])));
    }

    [Theory]
    [InlineData("a signed message", "it is a signed PKCS #7 message")]
    [InlineData("a timestamp", "it is a signed PKCS #7 message")]
    [InlineData("no certificate", "its PKCS #7 bundle contains no certificate")]
    [InlineData("65 certificates", "it contains more than 64 certificates")]
    [InlineData("a byte behind it", "its PKCS #7 bundle is damaged")]
    [InlineData("a byte less", "damaged")]
    [InlineData("a damaged certificate", "certificate")]
    [InlineData("a certificate request", "its PKCS #7 bundle contains something other")]
    public void A_message_of_PKCS_7_that_is_no_bundle_is_refused(string what, string says)
    {
        var bundle = what switch
        {
            "a signed message" => Signed("data"),
            "a timestamp" => Signed("1.2.840.113549.1.9.16.1.4"),
            "no certificate" => Output("openssl", "crl2pkcs7", "-nocrl", "-outform", "DER"),
            "65 certificates" => Bundle(folder.Write("in.pem", string.Concat(Enumerable.Repeat(Encoding.ASCII.GetString(Leaf), 65)))),
            "a byte behind it" => [.. Bundle(Vectors.PathOf("keys/leaf.crt")), 0],
            "a byte less" => Bundle(Vectors.PathOf("keys/leaf.crt"))[..^1],
            "a damaged certificate" => Replaced(Bundle(Vectors.PathOf("keys/leaf.crt")), "0603551d13", "0683551d13"),
            _ => Replaced(Bundle(Vectors.PathOf("keys/p256.crt")), Head(CertificateFile.Parse(Vectors.Read("keys/p256.crt"))[0]), "a3"),
        };

        Refusal.Of(() => CertificateFile.Parse(bundle), says);
        Refusal.Of(() =>
            CertificateFile.Parse(Encoding.ASCII.GetBytes($"-----BEGIN PKCS7-----\n{Convert.ToBase64String(bundle)}\n-----END PKCS7-----\n"))
        );

        string Head(X509Certificate2 certificate) => Convert.ToHexStringLower(certificate.RawData.AsSpan(0, 1));
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Text_in_UTF_16_with_a_byte_order_mark_is_read(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] content =
        [
            .. encoding.GetPreamble(),
            .. encoding.GetBytes(Encoding.ASCII.GetString(Chain).Replace("\n", "\r\n", StringComparison.Ordinal)),
        ];

        Assert.Equal(CertificateFile.Parse(Chain), CertificateFile.Parse(content));
        Refusal.Of(() => CertificateFile.Parse(content.AsSpan(2)), "it is text in UTF-16 without a byte order mark: convert it with: iconv");
        Refusal.Of(() => CertificateFile.Parse(content.AsSpan(0, content.Length - 1)), "is not valid UTF-16");
        Refusal.Of(() => CertificateFile.Parse([.. encoding.GetPreamble(), .. encoding.GetBytes("text")]), "it contains no certificate");
    }

    [Fact]
    public void Text_in_UTF_8_with_a_byte_order_mark_is_read() =>
        Assert.Equal(CertificateFile.Parse(Leaf), CertificateFile.Parse([0xef, 0xbb, 0xbf, .. Leaf]));

    [Fact]
    public void Certificates_in_DER_one_after_the_other_are_read()
    {
        var chain = CertificateFile.Parse(Chain);
        var joined = chain.SelectMany(certificate => certificate.RawData).ToArray();

        Assert.Equal(chain, CertificateFile.Parse(joined));
        Refusal.Of(() => CertificateFile.Parse([.. joined, (byte)'\n']), "the bytes after its end are not a certificate");
        Refusal.Of(() => CertificateFile.Parse([.. joined, 0x30, 0]), "it is not a certificate");
        Refusal.Of(() => CertificateFile.Parse(joined.AsSpan(0, joined.Length - 1)), "the bytes after its end are not a certificate");
        Refusal.Of(() => CertificateFile.Parse([.. Enumerable.Repeat(chain[0].RawData, 65).SelectMany(der => der)]), "more than 64");
        Assert.Equal(64, CertificateFile.Parse([.. Enumerable.Repeat(chain[0].RawData, 64).SelectMany(der => der)]).Count);
    }

    [Fact]
    public void Joined_blocks_are_named_with_what_separates_them()
    {
        var joined = Encoding.ASCII.GetString(Leaf).TrimEnd() + Encoding.ASCII.GetString(Root);

        var refusal = Refusal.Of(
            () => CertificateFile.Parse(Encoding.ASCII.GetBytes(joined)),
            "its block -----BEGIN CERTIFICATE----- is joined to the next: expected a line break"
        );
        var command = refusal.Message[refusal.Message.IndexOf("sed ", StringComparison.Ordinal)..];
        Tool.Run("sh", ["-c", command], workingDirectory: Path.GetDirectoryName(folder.Write("FILE", joined))).RequireSuccess();
        Assert.Equal(CertificateFile.Parse([.. Leaf, .. Root]), CertificateFile.Parse(File.ReadAllBytes(folder["NEW"])));
    }

    // The advice is a command that makes a file that is read, where there is one.
    [Theory]
    [InlineData(
        "PKCS #12",
        "it is a PKCS #12 container: get the certificates out of it with: ",
        "openssl pkcs12 -in FILE -nokeys -out NEW -passin pass:x"
    )]
    [InlineData(
        "PKCS #12 by certtool",
        "it is a PKCS #12 container: get the certificates out of it with: ",
        "openssl pkcs12 -in FILE -nokeys -out NEW -passin pass:x"
    )]
    [InlineData(
        "TRUSTED CERTIFICATE",
        "it contains a certificate with OpenSSL's trust settings (TRUSTED CERTIFICATE): convert it with: ",
        "openssl x509 -in FILE -out NEW"
    )]
    [InlineData("X509 CERTIFICATE", "it contains a certificate with an old label (X509 CERTIFICATE): ", "openssl x509 -in FILE -out NEW")]
    [InlineData("TRUSTED CERTIFICATE behind another", "it contains a certificate with OpenSSL's trust settings", null)]
    [InlineData("a private key", "it is a private key, not a certificate: expected the certificate that was issued for it", null)]
    [InlineData("a private key in DER", "it is a private key, not a certificate", null)]
    [InlineData("a private key of PKCS #1 in DER", "it is a private key, not a certificate", null)]
    [InlineData("a private key of SEC 1 in DER", "it is a private key, not a certificate", null)]
    [InlineData("a private key with a passphrase", "it is a private key, not a certificate", null)]
    [InlineData("a private key with a passphrase in DER", "it is a private key, not a certificate", null)]
    [InlineData("a public key", "it is a public key, not a certificate", null)]
    [InlineData("a public key in DER", "it is a public key, not a certificate", null)]
    [InlineData("a request", "it is a certificate request (PKCS #10), not a certificate", null)]
    [InlineData("a request in DER", "it is a certificate request (PKCS #10), not a certificate", null)]
    [InlineData("a request by certtool", "it is a certificate request (PKCS #10), not a certificate", null)]
    [InlineData("a revocation list", "it is a revocation list (CRL), not a certificate", null)]
    [InlineData("a revocation list in DER", "it is a revocation list (CRL), not a certificate", null)]
    [InlineData("a Java key store", "it is a Java key store: get the certificate out of it with: keytool -exportcert", null)]
    [InlineData("a public key of OpenSSH", "it is an OpenSSH key, which has no X.509 certificate", null)]
    [InlineData("a certificate of OpenSSH", "it is an OpenSSH key, which has no X.509 certificate", null)]
    [InlineData("a key of RFC 4716", "it is an OpenSSH key, which has no X.509 certificate", null)]
    [InlineData("a private key of OpenSSH", "it is an OpenSSH key, which has no X.509 certificate", null)]
    [InlineData("a key of PuTTY", "it is a PuTTY key, which has no X.509 certificate", null)]
    [InlineData("a key of OpenPGP", "it is an OpenPGP key or message, not an X.509 certificate", null)]
    [InlineData("base64 alone", "it is base64 without its first and last line", null)]
    [InlineData("another block", "it is PEM with a block \"DH PARAMETERS\" and no certificate", null)]
    public void What_is_no_certificate_is_named(string what, string says, string? command)
    {
        var content = Make(what);

        Refusal.Of(() => CertificateFile.Parse(content), says);
        if (command is null)
            return;
        folder.Write("FILE", content);
        Tool.Run("sh", ["-c", command], workingDirectory: folder.Path).RequireSuccess();
        Assert.Equal(CertificateFile.Parse(Leaf)[0], CertificateFile.Parse(File.ReadAllBytes(folder["NEW"]))[0]);
    }

    [Theory]
    [InlineData("PKCS #12", "it is a PKCS #12 container: expected the DER of one certificate")]
    [InlineData("a request in DER", "it is a certificate request (PKCS #10), not a certificate: expected the DER of one certificate")]
    [InlineData("a private key in DER", "it is a private key, not a certificate: expected the DER of one certificate")]
    [InlineData("a bundle", "it is a PKCS #7 message: expected the DER of one certificate")]
    [InlineData("two certificates", "it is not a certificate: bytes follow its end")]
    [InlineData("PEM", "it is PEM: expected the DER of one certificate")]
    public void In_the_place_of_the_DER_of_one_certificate_nothing_else_is_read(string what, string says)
    {
        var der = what switch
        {
            "a bundle" => Bundle(Vectors.PathOf("keys/leaf.crt")),
            "two certificates" => CertificateFile.Parse(Chain).SelectMany(certificate => certificate.RawData).ToArray(),
            "PEM" => Leaf,
            _ => Make(what),
        };

        Refusal.Of(() => CertificateFile.ParseDer(der), says);
    }

    public void Dispose() => folder.Dispose();

    private byte[] Make(string what)
    {
        var key = Vectors.PathOf("keys/leaf.key");
        var ec = Vectors.PathOf("keys/p256.key");
        string[] request = ["req", "-new", "-key", key, "-subj", "/CN=a"];
        return what switch
        {
            "PKCS #12" => Output("openssl", "pkcs12", "-export", "-in", Vectors.PathOf("keys/leaf.crt"), "-inkey", key, "-passout", "pass:x"),
            "PKCS #12 by certtool" => Output(
                "certtool",
                "--to-p12",
                "--outder",
                "--load-certificate",
                Vectors.PathOf("keys/leaf.crt"),
                "--load-privkey",
                key,
                "--p12-name",
                "a",
                "--password",
                "x"
            ),
            "TRUSTED CERTIFICATE" => Output("openssl", "x509", "-in", Vectors.PathOf("keys/leaf.crt"), "-addtrust", "codeSigning", "-trustout"),
            "TRUSTED CERTIFICATE behind another" => [.. Root, .. Make("TRUSTED CERTIFICATE")],
            "X509 CERTIFICATE" => Encoding.ASCII.GetBytes(
                Encoding.ASCII.GetString(Leaf).Replace(" CERTIFICATE", " X509 CERTIFICATE", StringComparison.Ordinal)
            ),
            "a private key" => File.ReadAllBytes(key),
            "a private key in DER" => Output("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", key, "-outform", "DER"),
            "a private key of PKCS #1 in DER" => Output(
                "openssl",
                "rsa",
                "-traditional",
                "-in",
                Vectors.PathOf("keys/rsa2048.key"),
                "-outform",
                "DER"
            ),
            "a private key of SEC 1 in DER" => Output("openssl", "ec", "-in", ec, "-outform", "DER"),
            "a private key with a passphrase" => Output("openssl", "pkcs8", "-topk8", "-in", key, "-passout", "pass:x"),
            "a private key with a passphrase in DER" => Output("openssl", "pkcs8", "-topk8", "-in", key, "-passout", "pass:x", "-outform", "DER"),
            "a public key" => Output("openssl", "pkey", "-in", key, "-pubout"),
            "a public key in DER" => Output("openssl", "pkey", "-in", ec, "-pubout", "-outform", "DER"),
            "a request" => Output("openssl", request),
            "a request in DER" => Output("openssl", [.. request, "-outform", "DER"]),
            "a request by certtool" => Output(
                "certtool",
                "--generate-request",
                "--load-privkey",
                key,
                "--template",
                folder.Write("template", "cn = a\n"),
                "--outder"
            ),
            "a revocation list" => List(),
            "a revocation list in DER" => Output("openssl", "crl", "-in", folder.Write("list", List()), "-outform", "DER"),
            "a Java key store" => [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1],
            "a public key of OpenSSH" =>
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbD4bJWOxF9O1yKqkE0FqJ7mZ9qkQxZtqv8V6mGfYFn me@example.com\n"u8.ToArray(),
            "a certificate of OpenSSH" => "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA me\n"u8.ToArray(),
            "a key of RFC 4716" => "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n"u8.ToArray(),
            "a private key of OpenSSH" => "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"u8.ToArray(),
            "a key of PuTTY" => "PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\nEncryption: none\n"u8.ToArray(),
            "a key of OpenPGP" => "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"u8.ToArray(),
            "base64 alone" => Encoding.ASCII.GetBytes(string.Join('\n', Encoding.ASCII.GetString(Leaf).Split('\n')[1..^2])),
            _ => "-----BEGIN DH PARAMETERS-----\nMAYCAQ8CAQI=\n-----END DH PARAMETERS-----\n"u8.ToArray(),
        };
    }

    private static byte[] List()
    {
        using var openSsl = new OpenSsl();
        return openSsl.RevocationList(openSsl.Issue(new CertificatePlan("/CN=root")));
    }

    private static byte[] Bundle(string path) => Output("openssl", "crl2pkcs7", "-nocrl", "-certfile", path, "-outform", "DER");

    private byte[] Signed(string contentType) =>
        Output(
            "openssl",
            "cms",
            "-sign",
            "-nodetach",
            "-outform",
            "DER",
            "-econtent_type",
            contentType == "data" ? "1.2.840.113549.1.7.1" : contentType,
            "-signer",
            Vectors.PathOf("keys/p256.crt"),
            "-inkey",
            Vectors.PathOf("keys/p256.key"),
            "-in",
            folder.Write("content", "content")
        );

    private static byte[] Replaced(byte[] content, string old, string by)
    {
        // Within the certificate alone: what is in front of it has a certain length.
        const int Outer = 40;
        var hex = Convert.ToHexStringLower(content);
        var at = hex.IndexOf(old, 2 * Outer, StringComparison.Ordinal);
        Assert.True(at > 0 && at % 2 == 0);
        return Convert.FromHexString($"{hex.AsSpan(0, at)}{by}{hex.AsSpan(at + old.Length)}");
    }

    private static byte[] Output(string program, params string[] arguments) => Tool.Run(program, arguments).RequireSuccess().StdoutBytes;

    private static void Run(string program, params string[] arguments) => Tool.Run(program, arguments).RequireSuccess();
}
