using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nv2.Plugin.Operations;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>
/// Somebody with a trust home, and an image in a layout. There are two signers for its registry: wabbit, who has issued the own certificate, and
/// acme, who has one from an authority and has the address of that authority's in it.
/// </summary>
internal sealed class TrustUser : IDisposable
{
    public const string Home = "trust";
    public const string Policy = $"{Home}/trustpolicy.json";
    public const string Settings = $"{Home}/nv2.json";
    public const string Layout = "layout";
    public const string Repository = "registry.example.com/team/app";
    public const string Name = $"{Repository}:v1";
    public const string IssuerAddress = "http://acme.example.com/root.crt";

    private const string OfSigner = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:registry.example.com";

    public TrustUser()
    {
        var layout = new LayoutContent();
        var image = layout.AddImage("app");
        layout.List(image, "v1").WriteTo(Folder[Layout]);
        Digest = LayoutContent.DigestIn(image);
        Folder.Write("app.json", layout[Digest]);
        Certify("wabbit", "/C=US/ST=WA/O=wabbit/CN=wabbit", OfSigner);
        Certify("acme-root", "/C=US/ST=WA/O=acme/CN=acme root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign");
        Certify("acme", "/C=US/ST=WA/O=acme/OU=build/CN=acme", $"{OfSigner}\nauthorityInfoAccess=caIssuers;URI:{IssuerAddress}", "acme-root");
    }

    public static TheoryData<string> Formats { get; } = new("jwt", "json", "jws", "cose");

    public WorkingFolder Folder { get; } = new();

    public string Digest { get; }

    /// <summary>A statement of a policy of version 1.0, which trusts everybody whom a store vouches for.</summary>
    public static JsonObject Statement(string name, string store, params string[] scopes) =>
        new()
        {
            ["name"] = name,
            ["registryScopes"] = new JsonArray([.. scopes.Select(scope => (JsonNode)scope)]),
            ["signatureVerification"] = new JsonObject { ["level"] = "strict" },
            ["trustStores"] = new JsonArray(store),
            ["trustedIdentities"] = new JsonArray("*"),
        };

    /// <summary>A policy that trusts a store's certificates for the image's repository.</summary>
    public TrustUser Trusts(string signer, string level = "strict")
    {
        var root = signer == "acme" ? "acme-root.crt" : $"{signer}.crt";
        Trust("add", signer, root).RequireSuccess();
        var statement = Statement("app", $"ca:{signer}", Repository);
        statement["signatureVerification"]!["level"] = level;
        WritePolicy(statement);
        return this;
    }

    public void WritePolicy(params JsonObject[] statements) =>
        Folder.Write(
            Policy,
            new JsonObject
            {
                ["version"] = "1.0",
                ["trustPolicies"] = new JsonArray([.. statements.Select(statement => statement.DeepClone())]),
            }.ToJsonString()
        );

    /// <summary>Makes a key on P-256 and a certificate, <c>NAME.key</c> and <c>NAME.crt</c>, with those above it in <c>NAME.pem</c>.</summary>
    public void Certify(string name, string subject, string extensions, string? issuer = null, params string[] options)
    {
        var configuration = Folder.Write(
            $"{name}.cnf",
            $"[req]\ndistinguished_name=none\nstring_mask=utf8only\n[none]\n[extensions]\n{extensions}\n"
        );
        string[] signing = issuer is null ? [] : ["-CA", Folder[$"{issuer}.crt"], "-CAkey", Folder[$"{issuer}.key"]];
        Tool.Run(
                "openssl",
                [
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-noenc",
                    "-keyout",
                    Folder[$"{name}.key"],
                    "-out",
                    Folder[$"{name}.crt"],
                    "-subj",
                    subject,
                    "-config",
                    configuration,
                    "-extensions",
                    "extensions",
                    "-days",
                    "3650",
                    .. signing,
                    .. options,
                ]
            )
            .RequireSuccess();
        Folder.Write($"{name}.pem", File.ReadAllText(Folder[$"{name}.crt"]) + (issuer is null ? "" : File.ReadAllText(Folder[$"{issuer}.pem"])));
    }

    /// <summary>Stores a signature beside the image.</summary>
    public void Sign(string format, string signer, string? name = Name) =>
        Folder.Run([.. SignArguments(format, signer, name), "--oci-layout", Layout]).RequireSuccess();

    /// <summary>Writes a signature of the image's manifest, which is in <c>app.json</c>.</summary>
    public string SignFile(string format, string signer, params string[] options)
    {
        var file = $"{signer}.{format}";
        Folder.Run([.. SignArguments(format, signer, Name), "-o", file, .. options, "app.json"]).RequireSuccess();
        return file;
    }

    /// <summary>Writes a signature that was made an hour ago for one minute, by a new signer whose certificate is a day old and valid.</summary>
    public string SignExpired(string format, string signer) =>
        SignAt(DateTimeOffset.UtcNow.AddHours(-1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), format, signer);

    /// <summary>Writes a signature by the clock of a new signer that is ahead, for an hour.</summary>
    /// <param name="ahead">How far it is ahead.</param>
    /// <param name="certificateAge">How long the certificate is valid already, by that clock.</param>
    /// <param name="format">The format.</param>
    /// <param name="signer">The signer.</param>
    public string SignAhead(TimeSpan ahead, TimeSpan certificateAge, string format, string signer) =>
        SignAt(DateTimeOffset.UtcNow + ahead, TimeSpan.FromHours(1), certificateAge, format, signer);

    private string SignAt(DateTimeOffset signed, TimeSpan expiry, TimeSpan certificateAge, string format, string signer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("registry.example.com");
        var request = new CertificateRequest($"CN={signer}, O={signer}, S=WA, C=US", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true)
        );
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(signed - certificateAge, signed.AddYears(1));
        Folder.Write($"{signer}.crt", certificate.ExportCertificatePem());
        Folder.Write($"{signer}.key", key.ExportPkcs8PrivateKeyPem());

        var signatureFormat = SignatureFormats.ByName(format);
        var options = new SigningOptions(
            Folder[$"{signer}.key"],
            Folder[$"{signer}.crt"],
            signatureFormat.CarriesReferences ? [Reference.Parse(Name)] : [],
            expiry,
            signatureFormat,
            new Dictionary<string, string>()
        );
        using var inputs = SigningInputs.Read(options, new FakeTimeProvider(signed), NullLogger.Instance);
        var file = $"{signer}.{format}";
        FileSigning.Manifest(inputs, new FileArgument(Folder["app.json"]), mediaType: null, isDescriptor: false, Folder[file], NullLogger.Instance);
        return file;
    }

    /// <summary>The SHA-256 fingerprint of a certificate, by openssl.</summary>
    public string Fingerprint(string name) =>
        Tool.Run("openssl", ["x509", "-in", Folder[$"{name}.crt"], "-noout", "-fingerprint", "-sha256"]).RequireSuccess().Stdout.Split('=')[1].Trim();

    public string Thumbprint(string name) => Fingerprint(name).Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();

    public ProcessResult Trust(params string[] arguments) => Folder.Run(["trust", .. arguments, "--trust-home", Home]);

    /// <summary>Verifies the image in the layout.</summary>
    public ProcessResult Verify(params string[] options) => Folder.Run(["verify", "--trust-home", Home, .. options, "--oci-layout", Layout]);

    /// <summary>Verifies the image in the layout under its name.</summary>
    public ProcessResult VerifyNamed(params string[] options) => Verify(["-r", Name, .. options]);

    /// <summary>Verifies the image by a signature in a file.</summary>
    public ProcessResult VerifyFile(string signature, params string[] options) =>
        Folder.Run(["verify", "--trust-home", Home, "-f", signature, .. options, "app.json"]);

    /// <summary>Writes a current revocation list of acme's authority into the trust home, with those of its certificates that are revoked.</summary>
    public void WriteRevocationList(params string[] revoked)
    {
        Directory.CreateDirectory(Folder[$"{Home}/crls"]);
        var lines = revoked.Select(name => $"R\t400101000000Z\t250101000000Z\t{SerialNumber(name)}\tunknown\t/CN={name}\n");
        var database = Folder.Write("index.txt", string.Concat(lines));
        var configuration = Folder.Write("crl.cnf", $"[ca]\ndefault_ca = authority\n[authority]\ndatabase = {database}\ndefault_md = sha256\n");
        Tool.Run(
                "openssl",
                [
                    "ca",
                    "-gencrl",
                    "-config",
                    configuration,
                    "-cert",
                    Folder["acme-root.crt"],
                    "-keyfile",
                    Folder["acme-root.key"],
                    "-crldays",
                    "30",
                    "-out",
                    Folder[$"{Home}/crls/acme.crl"],
                ]
            )
            .RequireSuccess();
    }

    /// <summary>Text without what differs from run to run.</summary>
    public string Mask(string text)
    {
        foreach (var name in new[] { "wabbit", "acme-root", "acme" })
            text = text.Replace(Thumbprint(name), $"FINGERPRINT-OF-{name}", StringComparison.Ordinal);
        return Regex.Replace(text.Replace(Folder.Path, "FOLDER", StringComparison.Ordinal), @"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME");
    }

    public void Dispose() => Folder.Dispose();

    private string SerialNumber(string name) =>
        Tool.Run("openssl", ["x509", "-in", Folder[$"{name}.crt"], "-noout", "-serial"]).RequireSuccess().Stdout.Split('=')[1].Trim();

    private static string[] SignArguments(string format, string signer, string? name)
    {
        string[] reference = name is null || format is "jws" or "cose" ? [] : ["-r", name];
        return ["sign", "--format", format, "-k", $"{signer}.key", "-c", $"{signer}.pem", .. reference];
    }
}
