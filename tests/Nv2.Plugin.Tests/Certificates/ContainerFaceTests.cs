using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Certificates;

/// <summary>Every place that names a file of certificates reads the same containers, and names the same ones that it does not read.</summary>
public sealed class ContainerFaceTests : IDisposable
{
    private const string Key = "leaf.key";
    private const string Home = "trust";

    private readonly WorkingFolder folder = new();

    public ContainerFaceTests()
    {
        folder.WriteKey(Key, Vectors.Read("keys/leaf.key"));
        folder.Write("chain.pem", Vectors.Read("keys/leaf-full-chain.crt"));
        folder.Write("root.pem", Vectors.Read("keys/root.crt"));
        OpenSsl("crl2pkcs7", "-nocrl", "-certfile", folder["chain.pem"], "-out", folder["chain.p7b"]);
        OpenSsl("crl2pkcs7", "-nocrl", "-certfile", folder["root.pem"], "-outform", "DER", "-out", folder["root.p7b"]);
        OpenSsl("pkcs12", "-export", "-in", folder["chain.pem"], "-inkey", folder[Key], "-passout", "pass:x", "-out", folder["chain.p12"]);
        OpenSsl("req", "-new", "-key", folder[Key], "-subj", "/CN=a", "-out", folder["request.pem"]);
        folder.Write("chain.utf16", Utf16("keys/leaf-full-chain.crt"));
        folder.Write("root.utf16", Utf16("keys/root.crt"));
        folder.Write("root.der", Der("keys/root.crt"));
    }

    [Theory]
    [InlineData("chain.p7b", "root.p7b")]
    [InlineData("chain.utf16", "root.utf16")]
    [InlineData("chain.pem", "root.der")]
    public void What_is_read_signs_and_is_trusted_everywhere(string chain, string root)
    {
        foreach (var format in (string[])["jwt", "cose"])
        {
            folder.Run("sign", "--format", format, "-k", Key, "-c", chain, "-o", "app.sig", WorkingFolder.Manifest).RequireSuccess();
            folder.Run("verify", "--ca-cert", root, "-f", "app.sig", WorkingFolder.Manifest).RequireSuccess();
            folder.Run("verify", "-c", chain, "-f", "app.sig", WorkingFolder.Manifest).RequireSuccess();
        }

        folder.Run("trust", "add", "added", root, "--trust-home", Home).RequireSuccess();
        folder.Write($"{Home}/truststore/x509/ca/copied/root.crt", folder.Read(root));
        folder.Run("trust", "show", "copied", "--trust-home", Home).RequireSuccess();
        foreach (var store in (string[])["added", "copied"])
        {
            folder.Write($"{Home}/trustpolicy.json", Policy(store));
            folder
                .Run("verify", "--trust-home", Home, "-r", "registry.wabbit-networks.io/net-monitor:v1", "-f", "app.sig", WorkingFolder.Manifest)
                .RequireSuccess();
        }

        var response = folder.Request("generate-signature", Request(chain)).RequireSuccess();
        Assert.Contains("\"signature\":", response.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chain.p12", "it is a PKCS #12 container: get the certificates out of it with: openssl pkcs12 -in FILE -nokeys -out NEW")]
    [InlineData(Key, "it is a private key, not a certificate: expected the certificate that was issued for it")]
    [InlineData("request.pem", "it is a certificate request (PKCS #10), not a certificate: expected the certificate that was issued for it")]
    public void What_is_not_read_is_named_everywhere(string file, string says)
    {
        folder.Write($"{Home}/truststore/x509/ca/copied/root.crt", folder.Read(file));
        folder.Write($"{Home}/trustpolicy.json", Policy("copied"));
        foreach (
            var arguments in (string[][])
                [
                    ["sign", "-k", Key, "-c", file, WorkingFolder.Manifest],
                    ["verify", "-c", file, "-f", WorkingFolder.Signature, WorkingFolder.Manifest],
                    ["verify", "--ca-cert", file, "-f", WorkingFolder.Signature, WorkingFolder.Manifest],
                    ["verify", "-c", WorkingFolder.P256Certificate, "--tsa-cert", file, "-f", WorkingFolder.Signature, WorkingFolder.Manifest],
                    ["trust", "add", "added", file, "--trust-home", Home],
                    ["trust", "show", "copied", "--trust-home", Home],
                    [
                        "verify",
                        "--trust-home",
                        Home,
                        "-r",
                        "registry.wabbit-networks.io/net-monitor:v1",
                        "-f",
                        WorkingFolder.Signature,
                        WorkingFolder.Manifest,
                    ],
                ]
        )
        {
            var result = folder.Run(arguments);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(says, result.Stderr, StringComparison.Ordinal);
        }

        Assert.Contains(says, folder.Request("generate-signature", Request(file)).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root.p7b", "it is a PKCS #7 message: expected the DER of one certificate")]
    [InlineData("chain.p12", "it is a PKCS #12 container: expected the DER of one certificate")]
    [InlineData("root.pem", "it is PEM: expected the DER of one certificate")]
    public void In_a_request_a_certificate_is_the_DER_of_one(string file, string says)
    {
        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["manifest"] = Convert.ToBase64String(folder.Read(WorkingFolder.Manifest)),
            ["signature"] = Convert.ToBase64String(folder.Read(WorkingFolder.Signature)),
            ["trustedCertificates"] = new JsonArray(Convert.ToBase64String(folder.Read(file))),
        };

        var result = folder.Request("verify-signature", request.ToJsonString());

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("$.trustedCertificates[0] cannot be used: " + says, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_every_verification_refuses_is_refused_at_signing()
    {
        var configuration = folder.Write("cnf", "[req]\ndistinguished_name=none\n[none]\n[extensions]\n1.2.3.4=critical,DER:0500\n");
        OpenSsl(
            "req",
            "-x509",
            "-new",
            "-key",
            folder[Key],
            "-subj",
            "/CN=odd",
            "-days",
            "10",
            "-config",
            configuration,
            "-extensions",
            "extensions",
            "-out",
            folder["odd.crt"]
        );

        var result = folder.Run("sign", "-k", Key, "-c", "odd.crt", WorkingFolder.Manifest);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "the certificate CN=odd is refused: it has the critical extension 1.2.3.4, which is not supported",
            result.Stderr,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "has the critical extension 1.2.3.4",
            folder.Request("generate-signature", Request("odd.crt")).Stderr,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => folder.Dispose();

    private static string Policy(string store) =>
        new JsonObject
        {
            ["version"] = "1.0",
            ["trustPolicies"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "all",
                    ["registryScopes"] = new JsonArray("*"),
                    ["signatureVerification"] = new JsonObject
                    {
                        ["level"] = "strict",
                        ["override"] = new JsonObject { ["revocation"] = "skip" },
                    },
                    ["trustStores"] = new JsonArray($"ca:{store}"),
                    ["trustedIdentities"] = new JsonArray("*"),
                }
            ),
        }.ToJsonString();

    private string Request(string certificate) =>
        new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["manifest"] = Convert.ToBase64String(folder.Read(WorkingFolder.Manifest)),
            ["keyId"] = Key,
            ["pluginConfig"] = new JsonObject { ["certificate"] = certificate },
        }.ToJsonString();

    private static byte[] Utf16(string name) =>
        [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Encoding.ASCII.GetString(Vectors.Read(name)))];

    private static byte[] Der(string name) => Tool.Run("openssl", ["x509", "-outform", "DER"], Vectors.Read(name)).RequireSuccess().StdoutBytes;

    private static void OpenSsl(params string[] arguments) => Tool.Run("openssl", arguments).RequireSuccess();
}
