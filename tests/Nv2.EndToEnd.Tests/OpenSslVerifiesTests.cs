namespace Nv2.EndToEnd.Tests;

/// <summary>Signatures by nv2 can be verified without nv2: openssl and the description of the format are enough.</summary>
[Trait("OpenSsl", "Any")]
public sealed class OpenSslVerifiesTests
{
    [Theory]
    [MemberData(nameof(KeyCase.Signatures), MemberType = typeof(KeyCase))]
    public void Openssl_alone_verifies_a_signature_and_refuses_it_with_one_byte_changed(string keyName, string format, bool withCertificate)
    {
        var key = KeyCase.Named(keyName);
        var token = Token.Split(format, key.Sign(format, withCertificate));

        Assert.True(OpenSsl.Verifies(key, token.SignedBytes, token.Signature), key.ToString());
        Assert.False(OpenSsl.Verifies(key, WithOneByteChanged(token.SignedBytes), token.Signature), "a changed byte in what was signed");
        Assert.False(OpenSsl.Verifies(key, token.SignedBytes, WithOneByteChanged(token.Signature)), "a changed byte in the signature");
    }

    [Theory]
    [MemberData(nameof(KeyCase.Signatures), MemberType = typeof(KeyCase))]
    public void The_header_names_the_algorithm_and_the_signer_as_openssl_knows_them(string keyName, string format, bool withCertificate)
    {
        var key = KeyCase.Named(keyName);
        var header = Token.Split(format, key.Sign(format, withCertificate)).Header;

        Assert.Equal("x509", header.GetProperty("typ").GetString());
        Assert.Equal(key.Algorithm, header.GetProperty("alg").GetString());
        Assert.Equal(withCertificate, header.TryGetProperty("x5c", out var certificates));
        Assert.Equal(!withCertificate, header.TryGetProperty("kid", out var keyId));
        if (withCertificate)
            Assert.Equal(OpenSsl.Der(key.CertificatePath), Assert.Single(certificates.EnumerateArray().ToList()).GetBytesFromBase64());
        else
            Assert.Equal(key.KeyId, keyId.GetString());
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void The_signed_digest_is_the_one_that_openssl_computes(string format)
    {
        var claims = Token.Split(format, KeyCase.Named("p256").Sign(format, withCertificate: true)).Claims;

        var digest = OpenSsl.Run("dgst", "-sha256", "-r", KeyCase.ManifestPath).RequireSuccess().Stdout.Split(' ')[0];
        var json = System.Text.Json.JsonElement.Parse(claims);
        Assert.Equal($"sha256:{digest}", json.GetProperty("digest").GetString());
        Assert.Equal(new FileInfo(KeyCase.ManifestPath).Length, json.GetProperty("size").GetInt64());
    }

    private static byte[] WithOneByteChanged(byte[] bytes)
    {
        var changed = bytes.ToArray();
        changed[^1] ^= 1;
        return changed;
    }
}
