using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>What a revocation list is to be. The defaults are a complete list of the leaf's issuer that is fresh for decades and on which nothing
/// stands.</summary>
/// <param name="Issuer">Who issues it: <c>intermediate</c>.</param>
internal sealed record ListPlan(string Issuer)
{
    /// <summary>The certificates that are on it, each with a reason in openssl's words or none.</summary>
    public (string Certificate, string? Reason)[] Revoked { get; init; } = [];

    public string ThisUpdate { get; init; } = "20260101000000Z";

    public string NextUpdate { get; init; } = "20560101000000Z";

    public int Number { get; init; } = 1;

    /// <summary>Extensions in openssl's words.</summary>
    public string[] Extensions { get; init; } = [];

    public string Digest { get; init; } = "sha256";
}

/// <summary>A chain and revocation lists, made by openssl: root, intermediate and leaf, and an impostor of the intermediate's name and another
/// key.</summary>
public sealed class RevocationAuthority : IDisposable
{
    public const string DistributionPoint = "http://crl.example.com/leaf.crl";

    private readonly TemporaryFolder folder = new();
    private int lists;

    public RevocationAuthority()
    {
        const string Authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign";
        Issue("root", "root", null, Authority);
        Issue("intermediate", "intermediate", "root", Authority);
        Issue("impostor", "intermediate", "root", Authority);
        Issue("silent", "silent", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign");
        Issue(
            "leaf",
            "leaf",
            "intermediate",
            $"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\ncrlDistributionPoints=URI:{DistributionPoint}"
        );
        Issue("silent-leaf", "silent-leaf", "silent", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature");
    }

    /// <summary>Writes a list to a file, in DER or PEM by the ending of its name.</summary>
    internal void Write(string path, ListPlan plan)
    {
        var name = $"list{++lists}";
        var database = new StringBuilder();
        foreach (var (certificate, reason) in plan.Revoked)
        {
            using var revoked = X509CertificateLoader.LoadCertificateFromFile(folder[$"{certificate}.crt"]);
            database.Append(
                null,
                $"R\t560101000000Z\t260101000000Z{(reason is null ? "" : $",{reason}")}\t{revoked.SerialNumber}\tunknown\t/CN={certificate}\n"
            );
        }

        folder.Write($"{name}.attr", "unique_subject = no\n");
        var configuration = folder.Write(
            $"{name}.cnf",
            $"""
            [ca]
            default_ca = authority
            [authority]
            database = {folder.Write(name, database.ToString())}
            crlnumber = {folder.Write($"{name}.number", $"{plan.Number:X2}\n")}
            default_md = {plan.Digest}
            crl_extensions = extensions
            [extensions]
            authorityKeyIdentifier = keyid
            {string.Join('\n', plan.Extensions)}
            """
        );
        OpenSsl(
            "ca",
            "-config",
            configuration,
            "-gencrl",
            "-cert",
            folder[$"{plan.Issuer}.crt"],
            "-keyfile",
            folder[$"{plan.Issuer}.key"],
            "-crl_lastupdate",
            plan.ThisUpdate,
            "-crl_nextupdate",
            plan.NextUpdate,
            "-out",
            folder["out.crl"]
        );
        OpenSsl("crl", "-in", folder["out.crl"], "-outform", path.EndsWith(".pem", StringComparison.Ordinal) ? "PEM" : "DER", "-out", path);
    }

    /// <summary>A chain as a request has it, the leaf first.</summary>
    internal JsonArray Chain(params string[] certificates)
    {
        var chain = new JsonArray();
        foreach (var name in certificates)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(folder[$"{name}.crt"]);
            chain.Add(Convert.ToBase64String(certificate.RawData));
        }

        return chain;
    }

    public void Dispose() => folder.Dispose();

    private void Issue(string name, string commonName, string? issuer, string extensions)
    {
        OpenSsl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder[$"{name}.key"]);
        OpenSsl(
            "req",
            "-new",
            "-key",
            folder[$"{name}.key"],
            "-subj",
            $"/C=US/ST=WA/O=wabbit-networks/CN={commonName}",
            "-out",
            folder[$"{name}.csr"]
        );
        string[] by = issuer is null
            ? ["-signkey", folder[$"{name}.key"]]
            : ["-CA", folder[$"{issuer}.crt"], "-CAkey", folder[$"{issuer}.key"], "-CAcreateserial"];
        OpenSsl([
            "x509",
            "-req",
            "-in",
            folder[$"{name}.csr"],
            .. by,
            "-days",
            "2",
            "-sha256",
            "-extfile",
            folder.Write($"{name}.ext", $"{extensions}\nsubjectKeyIdentifier=hash\n"),
            "-out",
            folder[$"{name}.crt"],
        ]);
    }

    private static void OpenSsl(params string[] arguments) => Tool.Run("openssl", arguments).RequireSuccess();
}
