using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Tests;

/// <summary>What a certificate is to be. The defaults are a certificate authority on P-256 that is valid from 2020 to 2040.</summary>
internal sealed record CertificatePlan(string Subject, Issued? Issuer = null)
{
    /// <summary>The extensions in openssl's words; none at all makes a certificate of version 1.</summary>
    public string[] Extensions { get; init; } =
    ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"];

    /// <summary>A curve, or the bits of an RSA key.</summary>
    public string Key { get; init; } = "P-256";

    /// <summary>A key that exists already, in place of a new one.</summary>
    public Issued? SameKeyAs { get; init; }

    public string Digest { get; init; } = "sha256";

    public bool Pss { get; init; }

    public string NotBefore { get; init; } = "20200101000000Z";

    public string NotAfter { get; init; } = "20400101000000Z";

    /// <summary>A certificate for signing, valid for one registry.</summary>
    public static CertificatePlan Leaf(Issued? issuer = null) =>
        new("/CN=leaf", issuer)
        {
            Extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "subjectAltName=DNS:registry.example.com"],
        };
}

/// <summary>A certificate with its private key.</summary>
internal sealed record Issued(string KeyPath, string CertificatePath)
{
    public X509Certificate2 Certificate { get; } = X509CertificateLoader.LoadCertificateFromFile(CertificatePath);

    public SigningKey ReadKey() => PemPrivateKey.Parse(File.ReadAllBytes(KeyPath));
}

/// <summary>Makes keys and certificates with openssl, in a folder that is gone after the tests.</summary>
public sealed class OpenSsl : IDisposable
{
    /// <summary>
    /// A folder, set by scripts/mutation.sh, which runs a test thousands of times in many processes: what was issued for a test once is issued
    /// again, byte for byte. Everything that a certificate depends on is in the name of its file.
    /// </summary>
    private const string ReuseVariable = "NV2_TESTS_REUSE_CERTIFICATES";

    private static readonly string? Made = Environment.GetEnvironmentVariable(ReuseVariable) is { Length: > 0 } found ? found : null;

    private readonly Testing.TemporaryFolder folder = new();
    private readonly Dictionary<string, int> asked = [];
    private readonly Dictionary<string, int> keys = [];
    private int count;

    public OpenSsl()
    {
        folder.Write("index.txt", "");
        folder.Write("index.txt.attr", "unique_subject = no\n");
    }

    internal Issued Issue(CertificatePlan plan)
    {
        var name = $"c{++count}";
        return Made is null ? Make(plan, name) : MakeOnce(plan, name, Made);
    }

    // Two certificates by one plan are two, with two keys.
    private Issued MakeOnce(CertificatePlan plan, string name, string made)
    {
        var what = string.Join(
            '|',
            [
                plan.Subject,
                plan.Key,
                plan.Digest,
                $"{plan.Pss}",
                plan.NotBefore,
                plan.NotAfter,
                Content(plan.Issuer),
                Content(plan.SameKeyAs),
                .. plan.Extensions,
            ]
        );
        var number = asked[what] = asked.GetValueOrDefault(what) + 1;
        var file = Path.Combine(made, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{number}|{what}"))));
        if (!File.Exists(file))
        {
            var issued = Make(plan, name);
            var content = File.ReadAllText(issued.KeyPath) + File.ReadAllText(issued.CertificatePath);
            var own = Path.Combine(made, Guid.NewGuid().ToString());
            File.WriteAllText(own, content);
            Keep(own, file);
        }

        var kept = File.ReadAllText(file);
        var certificate = kept.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal);
        return new(plan.SameKeyAs?.KeyPath ?? folder.Write($"{name}.key", kept[..certificate]), folder.Write($"{name}.crt", kept[certificate..]));

        // Of two processes that make one at once, the first one's is used by both.
        static void Keep(string own, string file)
        {
            try
            {
                File.Move(own, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(own);
            }
        }

        static string Content(Issued? issued) => issued is null ? "" : issued.Certificate.Thumbprint;
    }

    // One openssl for a certificate: the key and its request were made before, and the subject in the request is not used.
    private Issued Make(CertificatePlan plan, string name)
    {
        var key = plan.SameKeyAs?.KeyPath ?? SharedKeys.Take(plan.Key, keys[plan.Key] = keys.GetValueOrDefault(plan.Key) + 1);
        var configuration = folder.Write($"{name}.cnf", Configuration(plan));
        var certificate = folder[$"{name}.crt"];
        string[] issuer = plan.Issuer is null
            ? ["-selfsign", "-keyfile", key]
            : ["-cert", plan.Issuer.CertificatePath, "-keyfile", plan.Issuer.KeyPath];
        string[] padding = plan.Pss ? ["-sigopt", "rsa_padding_mode:pss"] : [];
        string[] extensions = plan.Extensions.Length > 0 ? ["-extensions", "extensions"] : [];
        Run([
            "ca",
            "-batch",
            "-preserveDN",
            "-utf8",
            "-config",
            configuration,
            "-notext",
            "-in",
            SharedKeys.RequestOf(key),
            "-subj",
            plan.Subject,
            "-multivalue-rdn",
            "-out",
            certificate,
            "-md",
            plan.Digest,
            "-startdate",
            plan.NotBefore,
            "-enddate",
            plan.NotAfter,
            .. issuer,
            .. padding,
            .. extensions,
        ]);
        return new Issued(key, certificate);
    }

    /// <summary>A revocation list of an issuer, from now until 2035, with those of its certificates that are revoked.</summary>
    internal byte[] RevocationList(Issued issuer, params Issued[] revoked)
    {
        var name = $"l{++count}";
        folder.Write(
            $"{name}.txt",
            string.Concat(revoked.Select(one => $"R\t400101000000Z\t250101000000Z\t{one.Certificate.SerialNumber}\tunknown\t/CN=revoked\n"))
        );
        var configuration = folder.Write(
            $"{name}.cnf",
            $"[ca]\ndefault_ca = authority\n[authority]\ndatabase = {folder[$"{name}.txt"]}\ndefault_md = sha256\n"
        );
        Run(
            "ca",
            "-gencrl",
            "-config",
            configuration,
            "-cert",
            issuer.CertificatePath,
            "-keyfile",
            issuer.KeyPath,
            "-crl_nextupdate",
            "20350101000000Z",
            "-out",
            folder[name]
        );
        return File.ReadAllBytes(folder[name]);
    }

    internal static string Run(params string[] arguments) => Testing.Tool.Run("openssl", arguments).RequireSuccess().Stdout;

    public void Dispose() => folder.Dispose();

    private string Configuration(CertificatePlan plan) =>
        $"""
            [req]
            distinguished_name = none
            prompt = no
            string_mask = utf8only
            [none]
            [ca]
            default_ca = authority
            [authority]
            database = {folder["index.txt"]}
            rand_serial = yes
            new_certs_dir = {folder.Path}
            default_md = sha256
            policy = anything
            string_mask = utf8only
            [anything]
            commonName = optional
            [extensions]
            {string.Join('\n', plan.Extensions)}

            """;
}

/// <summary>Keys made by openssl, each used by many tests of this process. A test gets the first of a kind, then the second, …</summary>
internal static class SharedKeys
{
    private static readonly Testing.TemporaryFolder Folder = new();
    private static readonly Lock Making = new();

    static SharedKeys() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Folder.Dispose();

    /// <summary>The path of a key.</summary>
    /// <param name="kind">A curve, or the bits of an RSA key.</param>
    /// <param name="number">Which one: another number, another key.</param>
    public static string Take(string kind, int number)
    {
        var path = Folder[$"{kind}-{number}.key"];
        string[] options = char.IsAsciiDigit(kind[0])
            ? ["-algorithm", "RSA", "-pkeyopt", $"rsa_keygen_bits:{kind}"]
            : ["-algorithm", "EC", "-pkeyopt", $"ec_paramgen_curve:{kind}"];
        lock (Making)
        {
            if (!File.Exists(path))
                OpenSsl.Run(["genpkey", .. options, "-out", path]);
        }

        return path;
    }

    /// <summary>A request for a certificate with a key; its subject is not used.</summary>
    public static string RequestOf(string key)
    {
        var path = $"{key}.csr";
        lock (Making)
        {
            if (!File.Exists(path))
                OpenSsl.Run(["req", "-new", "-key", key, "-subj", "/CN=unused", "-out", path]);
        }

        return path;
    }
}
