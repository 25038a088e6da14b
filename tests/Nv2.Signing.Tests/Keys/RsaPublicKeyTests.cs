using System.Formats.Asn1;
using System.Security.Cryptography;
using Nv2.Signing.Keys;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Keys;

public sealed class RsaPublicKeyTests
{
    [Theory]
    [InlineData("rsa2048")]
    [InlineData("rsa3072")]
    [InlineData("rsa4096")]
    public void The_public_half_of_a_private_key_is_the_one_that_the_platform_exports(string name)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(System.Text.Encoding.ASCII.GetString(Vectors.Read($"keys/{name}.key")));

        var key = RsaPublicKey.OfPrivateKey(rsa.ExportRSAPrivateKey());

        Assert.Equal(rsa.ExportRSAPublicKey(), key.Encoded.ToArray());
        Assert.Equal(rsa.ExportSubjectPublicKeyInfo(), key.EncodeSubjectPublicKeyInfo());
        Assert.Equal(key.Encoded.ToArray(), RsaPublicKey.Parse(rsa.ExportSubjectPublicKeyInfo()).Encoded.ToArray());
        Assert.Equal(rsa.ExportParameters(includePrivateParameters: false).Exponent, key.ReadExponent().ToArray());
        using var parsed = PemPrivateKey.Parse(Vectors.Read($"keys/{name}.key"));
        Assert.Equal(rsa.ExportSubjectPublicKeyInfo(), parsed.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void A_private_key_that_ends_early_has_no_public_half()
    {
        using var rsa = RSA.Create(2048);
        var der = rsa.ExportRSAPrivateKey();

        Assert.Throws<AsnContentException>(() => RsaPublicKey.OfPrivateKey(der.AsMemory(0, 100)));
        Assert.Throws<AsnContentException>(() => RsaPublicKey.OfPrivateKey(new byte[] { 0x30, 0x03, 0x02, 0x01, 0x00 }));
    }
}
