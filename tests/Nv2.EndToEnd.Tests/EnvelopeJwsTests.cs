using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The format <c>jws</c> is a JWS like any other (RFC 7515 section 7.2.2): the <c>jose</c> program reads ours, and we read its.</summary>
public sealed class EnvelopeJwsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [MemberData(nameof(KeyCase.NotaryNames), MemberType = typeof(KeyCase))]
    public void Jose_verifies_an_envelope_and_gives_back_the_payload(string name)
    {
        var key = EnvelopeFile.Key(name);
        var envelope = EnvelopeFile.Sign("jws", key);

        var result = Verify(envelope, key).RequireSuccess();

        Assert.Equal(EnvelopeFile.Payload(), JsonElement.Parse(result.Stdout).GetRawText());
        var headers = JsonElement.Parse(Base64Url.DecodeFromChars(JsonElement.Parse(envelope).GetProperty("protected").GetString()));
        Assert.Equal(key.Algorithm, headers.GetProperty("alg").GetString());
        Assert.Equal("""["io.cncf.notary.signingScheme"]""", headers.GetProperty("crit").GetRawText());
    }

    [Theory]
    [MemberData(nameof(KeyCase.NotaryNames), MemberType = typeof(KeyCase))]
    public void Jose_refuses_an_envelope_with_another_payload_and_one_by_another_key(string name)
    {
        var key = EnvelopeFile.Key(name);
        var envelope = Encoding.UTF8.GetString(EnvelopeFile.Sign("jws", key));
        var payload = JsonElement.Parse(envelope).GetProperty("payload").GetString()!; // It has one.
        var changed = Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(EnvelopeFile.Payload().Replace("\"size\":", "\"size\":1", StringComparison.Ordinal))
        );

        Assert.NotEqual(0, Verify(Encoding.UTF8.GetBytes(envelope.Replace(payload, changed, StringComparison.Ordinal)), key).ExitCode);
        Assert.NotEqual(0, Verify(Encoding.UTF8.GetBytes(envelope), EnvelopeFile.Key(name == "p256" ? "p384" : "p256")).ExitCode);
    }

    [Theory]
    [MemberData(nameof(KeyCase.NotaryNames), MemberType = typeof(KeyCase))]
    public void An_envelope_signed_by_jose_verifies(string name)
    {
        var key = EnvelopeFile.Key(name);
        var envelope = _folder.Write("jose.jws", Sign(key, key.CertificatePath));

        EnvelopeFile.Verify(envelope, key.CertificatePath, KeyCase.ManifestPath).AssertHolds();
        EnvelopeFile.Verify(envelope, Vectors.PathOf("keys/root.crt"), KeyCase.ManifestPath).AssertFails("authenticity");
        EnvelopeFile.Verify(envelope, key.CertificatePath, Vectors.PathOf("manifests/helm-chart.json")).AssertFails("subject");
    }

    [Fact]
    public void An_envelope_signed_by_jose_with_another_key_than_its_certificate_s_does_not_verify()
    {
        var certificate = EnvelopeFile.StrangerCertificate(_folder);

        EnvelopeFile
            .Verify(_folder.Write("jose.jws", Sign(EnvelopeFile.Key("rsa2048"), certificate)), certificate, KeyCase.ManifestPath)
            .AssertFails("integrity");
    }

    public void Dispose() => _folder.Dispose();

    private ProcessResult Verify(byte[] envelope, KeyCase key) =>
        Tool.Run("jose", ["jws", "ver", "-i", _folder.Write("envelope", envelope), "-k", _folder.Write("jwk", Jwk.Public(key)), "-O-"]);

    private byte[] Sign(KeyCase key, string certificate) =>
        Tool.Run(
                "jose",
                [
                    "jws",
                    "sig",
                    "-o-",
                    "-I",
                    _folder.Write("payload", EnvelopeFile.Payload()),
                    "-k",
                    _folder.Write("jwk", Jwk.Private(key)),
                    "-s",
                    _folder.Write(
                        "template",
                        $$$"""
                        {"protected":{"alg":"{{{key.Algorithm}}}","cty":"application/vnd.cncf.notary.payload.v1+json",
                        "crit":["io.cncf.notary.signingScheme"],
                        "io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"{{{EnvelopeFile.SignedAt:yyyy-MM-ddTHH:mm:ssZ}}}"},
                        "header":{"x5c":["{{{Convert.ToBase64String(OpenSsl.Der(certificate))}}}"]}}
                        """
                    ),
                ]
            )
            .RequireSuccess()
            .StdoutBytes;
}
