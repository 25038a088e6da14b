using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Nv2.Plugin.Tests.Certificates;

/// <summary>Makes keys, certificates and signatures with the openssl program, each once.</summary>
public sealed class CertificateMaker : IDisposable
{
    private static readonly Dictionary<string, string[]> KeyKinds = new()
    {
        ["rsa1024"] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        ["rsa2048"] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ["rsa2560"] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2560"],
        ["secp224r1"] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp224r1"],
        ["secp256k1"] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ["ed25519"] = ["-algorithm", "ED25519"],
    };

    private static readonly string[] P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<CertificatePlan, string> certificates = [];
    private readonly string configuration;

    public CertificateMaker()
    {
        folder.Write("index.attr", "unique_subject = no\n");
        configuration = folder.Write(
            "openssl.cnf",
            $"""
            [ca]
            default_ca = authority
            [authority]
            database = {folder.Write("index", "")}
            rand_serial = yes
            new_certs_dir = {folder.Path}
            policy = anything
            [anything]
            commonName = supplied
            [req]
            distinguished_name = anything

            """
        );
    }

    /// <summary>The certificate in PEM.</summary>
    internal string Pem(CertificatePlan plan) => File.ReadAllText(Certificate(plan));

    /// <summary>The certificate in DER.</summary>
    internal byte[] Der(CertificatePlan plan)
    {
        var pem = Pem(plan);
        return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
    }

    /// <summary>The private key in PEM.</summary>
    internal byte[] Key(CertificatePlan plan) => File.ReadAllBytes(KeyPath(plan.Key));

    /// <summary>What <c>openssl verify</c> says of a chain, the signer's certificate first and the root last.</summary>
    internal string Verify(IReadOnlyList<CertificatePlan> chain)
    {
        var between = folder.Write("between.crt", string.Concat(chain.Skip(1).SkipLast(1).Select(Pem)));
        var result = Tool.Run("openssl", ["verify", "-CAfile", Certificate(chain[^1]), "-untrusted", between, Certificate(chain[0])]);
        return $"{result.Stdout}{result.Stderr}";
    }

    /// <summary>A signature by the key of a certificate as JWS has it: RSASSA-PSS (RFC 7518 section 3.5), ECDSA as r‖s (section 3.4) with SHA-256,
    /// or Ed25519.</summary>
    internal byte[] Sign(CertificatePlan plan, byte[] content)
    {
        var key = KeyPath(plan.Key);
        var input = folder.Write("content", content);
        return plan.Key switch
        {
            "ed25519" => Run("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", input).StdoutBytes,
            _ when plan.Key.StartsWith("rsa", StringComparison.Ordinal) => Run(
                "dgst",
                "-sha256",
                "-sigopt",
                "rsa_padding_mode:pss",
                "-sigopt",
                "rsa_pss_saltlen:digest",
                "-sign",
                key,
                input
            ).StdoutBytes,
            "secp224r1" => FromDer(Run("dgst", "-sha256", "-sign", key, input).StdoutBytes, 28),
            _ => FromDer(Run("dgst", "-sha256", "-sign", key, input).StdoutBytes, 32),
        };
    }

    public void Dispose() => folder.Dispose();

    private string Certificate(CertificatePlan plan)
    {
        if (certificates.TryGetValue(plan, out var known))
            return known;

        string[] by = plan.Issuer is { } issuer
            ? ["-cert", Certificate(issuer), "-keyfile", KeyPath(issuer.Key)]
            : ["-selfsign", "-keyfile", KeyPath(plan.Key)];
        var path = folder[$"{certificates.Count}.crt"]; // After the issuer's, which may be new too.
        string[] extensions = plan.Extensions.Length > 0 ? ["-extfile", folder.Write("extensions", $"{plan.Extensions}\n")] : [];
        Run([
            "ca",
            "-batch",
            "-preserveDN",
            "-config",
            configuration,
            "-notext",
            "-in",
            $"{KeyPath(plan.Key)}.csr",
            "-subj",
            $"/CN={plan.Name}",
            "-out",
            path,
            "-md",
            plan.Digest,
            "-startdate",
            plan.NotBefore,
            "-enddate",
            plan.NotAfter,
            .. by,
            .. extensions,
        ]);
        if (plan.Repeated is { } number)
            Rename(path, number, plan.Issuer ?? plan);
        return certificates[plan] = path;
    }

    // Gives the placeholder its identifier, and has openssl sign the certificate anew.
    private void Rename(string path, byte number, CertificatePlan issuer)
    {
        var fields = new AsnReader(Run("x509", "-in", path, "-outform", "DER").StdoutBytes, AsnEncodingRules.DER).ReadSequence();
        var content = fields.ReadEncodedValue().ToArray();
        content[content.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x03, 0x55, 0x1d, 99]) + 4] = number;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(content);
            writer.WriteEncodedValue(fields.ReadEncodedValue().Span);
            writer.WriteBitString(Run("dgst", "-sha256", "-sign", KeyPath(issuer.Key), folder.Write("content", content)).StdoutBytes);
        }

        Run("x509", "-inform", "DER", "-in", folder.Write("renamed", writer.Encode()), "-out", path);
    }

    private string KeyPath(string name)
    {
        var path = folder[$"{name}.key"];
        if (!File.Exists(path))
        {
            Run(["genpkey", .. KeyKinds.GetValueOrDefault(name, P256), "-out", path]);
            Run("req", "-new", "-config", configuration, "-key", path, "-subj", $"/CN={name}", "-out", $"{path}.csr");
        }

        return path;
    }

    private static byte[] FromDer(byte[] der, int width)
    {
        var sequence = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        return [.. Fixed(sequence.ReadInteger(), width), .. Fixed(sequence.ReadInteger(), width)];
    }

    private static byte[] Fixed(BigInteger number, int width)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[width - bytes.Length], .. bytes];
    }

    private static ProcessResult Run(params string[] arguments) => Tool.Run("openssl", arguments).RequireSuccess();
}
