using System.Buffers.Text;
using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The <c>jwt</c> format is a JWS like any other (RFC 7515): the <c>jose</c> program reads ours, and we read its.</summary>
public sealed class JoseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, bool> Tokens()
    {
        var data = new TheoryData<string, bool>();
        foreach (var key in KeyCase.All)
        {
            data.Add(key.Name, true);
            data.Add(key.Name, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Jose_verifies_a_token_and_gives_back_the_claims(string keyName, bool withCertificate)
    {
        var key = KeyCase.Named(keyName);
        var token = key.Sign("jwt", withCertificate);

        var result = Verify(token, Jwk.Public(key)).RequireSuccess();

        Assert.Equal(Token.Split("jwt", token).Claims, result.StdoutBytes);
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Jose_refuses_a_token_with_other_claims(string keyName, bool withCertificate)
    {
        var key = KeyCase.Named(keyName);
        var parts = Encoding.ASCII.GetString(key.Sign("jwt", withCertificate)).Split('.');
        var claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("net-monitor", "net-monitos", StringComparison.Ordinal);
        var changed = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.{parts[2]}";

        Assert.NotEqual(0, Verify(Encoding.ASCII.GetBytes(changed), Jwk.Public(key)).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void A_token_signed_by_jose_verifies(string keyName, bool withCertificate)
    {
        var key = KeyCase.Named(keyName);
        var signature = _folder.Write("signature", Sign(key, Claims(), withCertificate));

        Verification
            .Run(["-f", signature, "-c", key.CertificatePath, "-r", $"{KeyCase.Registry}/net-monitor:v1", KeyCase.ManifestPath])
            .AssertHolds();
        Verification.Run(["-f", signature, "-c", key.CertificatePath, Vectors.PathOf("manifests/helm-chart.json")]).AssertFails("subject");
    }

    [Fact]
    public void A_token_signed_by_jose_with_another_key_than_its_certificate_s_does_not_verify()
    {
        var key = KeyCase.Named("rsa2048");
        var certificate = Vectors.PathOf("keys/cn-only.crt");
        var signature = Sign(key, Claims(), $"\"x5c\":[\"{Convert.ToBase64String(OpenSsl.Der(certificate))}\"]");

        Verification.Run(["-f", _folder.Write("signature", signature), "-c", certificate, KeyCase.ManifestPath]).AssertFails("integrity");
    }

    public void Dispose() => _folder.Dispose();

    private static string Claims()
    {
        var digest = OpenSsl.Run("dgst", "-sha256", "-r", KeyCase.ManifestPath).RequireSuccess().Stdout.Split(' ')[0];
        return $$"""
            {"mediaType":"{{KeyCase.ManifestMediaType}}","digest":"sha256:{{digest}}","size":{{new FileInfo(
                KeyCase.ManifestPath
            ).Length}},"references":["{{KeyCase.Registry}}/net-monitor:v1"],"iat":1700000000}
            """;
    }

    private ProcessResult Verify(byte[] token, string jwk) =>
        Tool.Run("jose", ["jws", "ver", "-i", _folder.Write("token", token), "-k", _folder.Write("jwk", jwk), "-O-"]);

    private byte[] Sign(KeyCase key, string claims, bool withCertificate) =>
        Sign(key, claims, withCertificate ? $"\"x5c\":[\"{Convert.ToBase64String(OpenSsl.Der(key.CertificatePath))}\"]" : $"\"kid\":\"{key.KeyId}\"");

    private byte[] Sign(KeyCase key, string claims, string signer) =>
        Tool.Run(
                "jose",
                [
                    "jws",
                    "sig",
                    "-c",
                    "-o-",
                    "-I",
                    _folder.Write("claims", claims),
                    "-k",
                    _folder.Write("jwk", Jwk.Private(key)),
                    "-s",
                    _folder.Write("template", $$$"""{"protected":{"typ":"x509","alg":"{{{key.Algorithm}}}",{{{signer}}}}}"""),
                ]
            )
            .RequireSuccess()
            .StdoutBytes;
}
