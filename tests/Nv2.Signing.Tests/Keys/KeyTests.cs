using System.Security.Cryptography;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Keys;

public class KeyTests
{
    [Theory]
    [InlineData("p256", 64)]
    [InlineData("p384", 96)]
    [InlineData("p521", 132)]
    [InlineData("rsa2048", 256)]
    public void A_signature_has_a_fixed_width_and_any_other_is_none(string name, int length)
    {
        using var key = PemPrivateKey.Parse(Vectors.Read($"keys/{name}.key"));
        using var certificate = CertificateFile.Parse(Vectors.Read($"keys/{name}.crt"))[0];
        using var verification = VerificationKey.Of(certificate);

        var signature = key.Sign("content"u8, key.Spec.Algorithm);

        Assert.Equal(length, signature.Length);
        Assert.True(verification.Verify("content"u8, signature, key.Spec.Algorithm));
        Assert.False(verification.Verify("contenu"u8, signature, key.Spec.Algorithm));
        foreach (
            byte[] other in new byte[][]
            {
                [],
                [0],
                signature[..^1],
                signature[1..],
                signature[..^2],
                [.. signature, 0],
                [0, .. signature],
                [.. signature, 0, 0],
                new byte[length],
            }
        )
            Assert.False(verification.Verify("content"u8, other, key.Spec.Algorithm));
    }

    [Fact]
    public void An_ECDSA_signature_in_DER_is_none()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = SigningKey.Of(ecdsa);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=a", ecdsa, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(Signatures.Now, Signatures.Now.AddDays(1));
        using var verification = VerificationKey.Of(certificate);

        var der = ecdsa.SignData("content"u8, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        Assert.False(verification.Verify("content"u8, der, SigningAlgorithm.ES256));
    }

    [Theory]
    [InlineData("RS384")]
    [InlineData("RS512")]
    public void A_longer_hash_under_RSA_is_verified(string name)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(System.Text.Encoding.ASCII.GetString(Vectors.Read("keys/rsa2048.key")));
        using var certificate = CertificateFile.Parse(Vectors.Read("keys/rsa2048.crt"))[0];
        using var verification = VerificationKey.Of(certificate);
        var algorithm = SigningAlgorithm.Find(name)!;

        var signature = rsa.SignData("content"u8, algorithm.Hash, RSASignaturePadding.Pkcs1);

        Assert.True(verification.Verify("content"u8, signature, algorithm));
        Assert.False(verification.Verify("content"u8, signature, SigningAlgorithm.RS256));
        Assert.False(verification.Verify("content"u8, rsa.SignData("content"u8, algorithm.Hash, RSASignaturePadding.Pss), algorithm));
        Assert.False(verification.Verify("content"u8, signature, SigningAlgorithm.ES256));
    }

    [Fact]
    public void A_key_belongs_to_its_own_certificate_alone()
    {
        using var key = PemPrivateKey.Parse(Vectors.Read("keys/p256.key"));

        Assert.True(key.BelongsTo(CertificateFile.Parse(Vectors.Read("keys/p256.crt"))[0]));
        Assert.False(key.BelongsTo(CertificateFile.Parse(Vectors.Read("keys/p384.crt"))[0]));
        Assert.False(key.BelongsTo(CertificateFile.Parse(Vectors.Read("keys/leaf.crt"))[0]));
        Assert.False(key.BelongsTo(CertificateFile.Parse(Vectors.Read("keys/rsa2048.crt"))[0]));
    }
}
