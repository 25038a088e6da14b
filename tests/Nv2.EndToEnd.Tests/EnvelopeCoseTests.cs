using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The format <c>cose</c> is COSE_Sign1 (RFC 9052): openssl verifies ours and signs what we verify, with CBOR that is written by hand
/// here.</summary>
public sealed class EnvelopeCoseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [MemberData(nameof(KeyCase.NotaryNames), MemberType = typeof(KeyCase))]
    public void Openssl_verifies_an_envelope_and_refuses_it_with_one_byte_changed(string name)
    {
        var key = EnvelopeFile.Key(name);
        var parts = CoseParts.Split(EnvelopeFile.Sign("cose", key));

        Assert.True(OpenSsl.Verifies(key, parts.SigStructure, parts.Value), key.ToString());
        Assert.False(OpenSsl.Verifies(key, WithOneByteChanged(parts.SigStructure), parts.Value), "a changed byte in what was signed");
        Assert.False(OpenSsl.Verifies(key, parts.SigStructure, WithOneByteChanged(parts.Value)), "a changed byte in the signature");
    }

    [Theory]
    [MemberData(nameof(KeyCase.NotaryNames), MemberType = typeof(KeyCase))]
    public void An_envelope_has_the_payload_and_the_headers_of_the_specification(string name)
    {
        var key = EnvelopeFile.Key(name);
        var parts = CoseParts.Split(EnvelopeFile.Sign("cose", key));
        var time = Cbor.Entries(parts.Protected).Single(entry => entry.Label.SequenceEqual(Cbor.Text("io.cncf.notary.signingTime"))).Value;

        Assert.Equal(EnvelopeFile.Payload(), Encoding.UTF8.GetString(parts.Payload));
        Assert.Equal(Protected(key, time), parts.Protected);
        Assert.Equal(Chain(key.CertificatePath), Cbor.Entries(parts.Unprotected)[0].Value);
    }

    [Theory]
    [MemberData(nameof(KeyCase.NotaryNames), MemberType = typeof(KeyCase))]
    public void An_envelope_signed_by_openssl_verifies(string name)
    {
        var key = EnvelopeFile.Key(name);
        var envelope = _folder.Write("openssl.cose", Sign(key, key.CertificatePath));

        EnvelopeFile.Verify(envelope, key.CertificatePath, KeyCase.ManifestPath).AssertHolds();
        EnvelopeFile.Verify(envelope, Vectors.PathOf("keys/root.crt"), KeyCase.ManifestPath).AssertFails("authenticity");
        EnvelopeFile.Verify(envelope, key.CertificatePath, Vectors.PathOf("manifests/helm-chart.json")).AssertFails("subject");
    }

    [Fact]
    public void An_envelope_signed_by_openssl_with_another_key_than_its_certificate_s_does_not_verify()
    {
        var certificate = EnvelopeFile.StrangerCertificate(_folder);

        EnvelopeFile
            .Verify(_folder.Write("openssl.cose", Sign(EnvelopeFile.Key("rsa2048"), certificate)), certificate, KeyCase.ManifestPath)
            .AssertFails("integrity");
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Sign(KeyCase key, string certificate)
    {
        var time = Cbor.Tag(1, Cbor.Number(EnvelopeFile.SignedAt.ToUnixTimeSeconds()));
        var parts = new CoseParts(
            Protected(key, time),
            Cbor.Map([new(Cbor.Number(33), Chain(certificate))]),
            Encoding.UTF8.GetBytes(EnvelopeFile.Payload()),
            []
        );
        return (parts with { Value = OpenSsl.Sign(key, parts.SigStructure) }).Encode();
    }

    // The labels in the order of their bytes: core deterministic encoding (RFC 8949 section 4.2.1).
    private static byte[] Protected(KeyCase key, byte[] time) =>
        Cbor.Map([
            new(Cbor.Number(1), Cbor.Number(Number(key))),
            new(Cbor.Number(2), Cbor.Array(Cbor.Text("io.cncf.notary.signingScheme"))),
            new(Cbor.Number(3), Cbor.Text("application/vnd.cncf.notary.payload.v1+json")),
            new(Cbor.Text("io.cncf.notary.signingTime"), time),
            new(Cbor.Text("io.cncf.notary.signingScheme"), Cbor.Text("notary.x509")),
        ]);

    private static byte[] Chain(string certificate) => Cbor.Array(Cbor.Bytes(OpenSsl.Der(certificate)));

    // RFC 9053 section 2.1 and RFC 8230 section 2.
    private static int Number(KeyCase key) =>
        key.Algorithm switch
        {
            "ES256" => -7,
            "ES384" => -35,
            "ES512" => -36,
            "PS256" => -37,
            "PS384" => -38,
            "PS512" => -39,
            _ => throw new InvalidOperationException($"no number for {key}"),
        };

    private static byte[] WithOneByteChanged(byte[] bytes)
    {
        var changed = bytes.ToArray();
        changed[^1] ^= 1;
        return changed;
    }
}
