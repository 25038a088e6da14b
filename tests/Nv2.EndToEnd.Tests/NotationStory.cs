using System.Security.Cryptography.X509Certificates;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// The notation program with a configuration of its own, the plug-in installed from its package, a signer with a root, a trust store and a trust
/// policy; beside a registry and an image layout.
/// </summary>
internal sealed class NotationStory : IDisposable
{
    public const string KeyName = "release";
    public const string LayoutImage = $"layout:{ImageLayout.Tag}";
    private const string Signer = "/C=US/ST=WA/O=acme/CN=release";
    private const string CrlFolder = "crls";
    private const string Policy = "config/notation/trustpolicy.json";

    private readonly RegistryStory registry = new();

    public NotationStory()
    {
        try
        {
            MakeCertificates();
            InstallPlugin();
            Trust();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TemporaryFolder Folder => registry.Folder;

    /// <summary>Adds the signer's key to those of notation.</summary>
    public void AddKey(params string[] settings) =>
        Succeed([
            "key",
            "add",
            "--plugin",
            "nv2",
            "--id",
            Folder["release.key"],
            .. Config([$"certificate={Folder["chain.crt"]}", .. settings]),
            KeyName,
        ]);

    /// <summary>Pushes the image.</summary>
    /// <returns>The name of the image with its digest.</returns>
    public string Push() => $"{registry.Address}/net-monitor@{registry.Push($"{registry.Address}/net-monitor:v1")}";

    /// <summary>Writes a revocation list of the root's, with the signer's certificate on it or not.</summary>
    /// <returns>The setting that names the folder of the list.</returns>
    public string WriteList(bool isRevoked)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Folder["release.crt"]);
        Folder.Write("database.attr", "unique_subject = no\n");
        var configuration = Folder.Write(
            "list.cnf",
            $"""
            [ca]
            default_ca = authority
            [authority]
            database = {Folder.Write(
                "database",
                isRevoked ? $"R\t560101000000Z\t260101000000Z\t{certificate.SerialNumber}\tunknown\t{Signer}\n" : ""
            )}
            default_md = sha256
            """
        );
        Directory.CreateDirectory(Folder[CrlFolder]);
        OpenSsl
            .Run(
                "ca",
                "-config",
                configuration,
                "-gencrl",
                "-cert",
                Folder["root.crt"],
                "-keyfile",
                Folder["root.key"],
                "-crldays",
                "1",
                "-out",
                Folder[$"{CrlFolder}/root.pem"]
            )
            .RequireSuccess();
        return $"crlFolder={Folder[CrlFolder]}";
    }

    /// <summary>Puts another identity in the place of the one that the trust policy has.</summary>
    public void TrustOnly(string identity) =>
        Folder.Write(Policy, File.ReadAllText(Folder[Policy]).Replace("C=US, ST=WA, O=acme", identity, StringComparison.Ordinal));

    public static string[] Config(params string[] settings) => [.. settings.SelectMany(setting => new[] { "--plugin-config", setting })];

    public ProcessResult Notation(params string[] arguments) =>
        Tool.Run(
            "notation",
            arguments,
            workingDirectory: Folder.Path,
            environment: new Dictionary<string, string?>
            {
                ["HOME"] = Folder.Path,
                ["XDG_CONFIG_HOME"] = Folder["config"],
                ["NOTATION_EXPERIMENTAL"] = "1", // For image layouts.
                ["NV2_NOTATION_MODE"] = null,
            }
        );

    public ProcessResult Nv2(params string[] arguments) => registry.Nv2(false, arguments);

    /// <summary>Fails with the registry's log when a run of notation did not succeed.</summary>
    public ProcessResult Succeed(params string[] arguments) => registry.Succeed(Notation(arguments));

    public void Succeed(ProcessResult result) => registry.Succeed(result);

    public void Dispose() => registry.Dispose();

    private void InstallPlugin()
    {
        ReleaseArchives.Pack(Folder, Folder["package"], Folder["man"]);
        Succeed("plugin", "install", "--file", Directory.GetFiles(Folder["package"], "notation-nv2_*.tar.gz").Single());
    }

    private void Trust()
    {
        Succeed("certificate", "add", "--type", "ca", "--store", "acme", "root.crt");
        Directory.CreateDirectory(Folder["config/notation"]);
        Folder.Write(
            Policy,
            """
            {
              "version": "1.0",
              "trustPolicies": [
                {
                  "name": "acme",
                  "registryScopes": ["*"],
                  "signatureVerification": { "level": "strict" },
                  "trustStores": ["ca:acme"],
                  "trustedIdentities": ["x509.subject: C=US, ST=WA, O=acme"]
                }
              ]
            }
            """
        );
    }

    private void MakeCertificates()
    {
        string[] common = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
        OpenSsl
            .Run([
                .. common,
                "-keyout",
                Folder["root.key"],
                "-out",
                Folder["root.crt"],
                "-subj",
                "/C=US/ST=WA/O=acme/CN=root",
                "-addext",
                "basicConstraints=critical,CA:TRUE",
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            ])
            .RequireSuccess();
        OpenSsl
            .Run([
                .. common,
                "-keyout",
                Folder["release.key"],
                "-out",
                Folder["release.crt"],
                "-subj",
                Signer,
                "-CA",
                Folder["root.crt"],
                "-CAkey",
                Folder["root.key"],
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-addext",
                "keyUsage=critical,digitalSignature",
            ])
            .RequireSuccess();
        Folder.Write("chain.crt", File.ReadAllText(Folder["release.crt"]) + File.ReadAllText(Folder["root.crt"]));
    }
}
