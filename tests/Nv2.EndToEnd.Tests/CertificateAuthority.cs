using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Certificates made by openssl: a root, an intermediate, and a leaf that says on the network where to find its issuer and its revocation
/// list.</summary>
internal sealed class CertificateAuthority
{
    private readonly TemporaryFolder _folder;

    public CertificateAuthority(TemporaryFolder folder)
    {
        _folder = folder;
        Issue("root", "/CN=Root", null, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign");
        Issue("intermediate", "/CN=Intermediate", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign");
        Issue(
            "leaf",
            $"/CN={KeyCase.Registry}",
            "intermediate",
            $"""
            keyUsage=critical,digitalSignature
            subjectAltName=DNS:{KeyCase.Registry}
            authorityInfoAccess=caIssuers;URI:http://127.0.0.1:9/intermediate.crt,OCSP;URI:http://127.0.0.1:9/ocsp
            crlDistributionPoints=URI:http://127.0.0.1:9/leaf.crl
            """
        );
        Issue(
            "timestamps",
            "/CN=timestamps",
            "intermediate",
            """
            keyUsage=critical,digitalSignature
            extendedKeyUsage=critical,timeStamping
            authorityInfoAccess=caIssuers;URI:http://127.0.0.1:9/intermediate.crt,OCSP;URI:http://127.0.0.1:9/ocsp
            crlDistributionPoints=URI:http://127.0.0.1:9/timestamps.crl
            """
        );
        File.WriteAllText(Chain, File.ReadAllText(Leaf) + File.ReadAllText(Intermediate));
    }

    public string Root => _folder["root.crt"];

    public string Intermediate => _folder["intermediate.crt"];

    /// <summary>The leaf alone: its issuer could only be found on the network.</summary>
    public string Leaf => _folder["leaf.crt"];

    /// <summary>The leaf and the intermediate.</summary>
    public string Chain => _folder["chain.crt"];

    public string LeafKey => _folder["leaf.key"];

    /// <summary>A timestamp authority that sends its own certificate alone, or with the intermediate.</summary>
    public TimestampAuthority Timestamps(bool withIssuer) =>
        new(_folder["timestamps.key"], _folder["timestamps.crt"], withIssuer ? [Intermediate] : []);

    private void Issue(string name, string subject, string? issuer, string extensions)
    {
        var key = _folder[$"{name}.key"];
        var request = _folder[$"{name}.csr"];
        OpenSsl.Run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key).RequireSuccess();
        OpenSsl.Run("req", "-new", "-key", key, "-subj", subject, "-out", request).RequireSuccess();
        string[] by = issuer is null ? ["-signkey", key] : ["-CA", _folder[$"{issuer}.crt"], "-CAkey", _folder[$"{issuer}.key"], "-CAcreateserial"];
        OpenSsl
            .Run([
                "x509",
                "-req",
                "-in",
                request,
                .. by,
                "-days",
                "2",
                "-sha256",
                "-extfile",
                _folder.Write($"{name}.ext", $"{extensions}\nsubjectKeyIdentifier=hash\n"),
                "-out",
                _folder[$"{name}.crt"],
            ])
            .RequireSuccess();
    }
}
