using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>The outer form of what an issuer signs, certificates and revocation lists alike (RFC 5280 sections 4.1.1 and 5.1.1).</summary>
public sealed class IssuerSignatureTests : IDisposable
{
    private const string RsaSha256 = "1.2.840.113549.1.1.11";

    private readonly RSA rsa = RSA.Create(2048);
    private readonly ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    // Only one of the two AlgorithmIdentifiers is signed. NULL and no parameters mean the same for RSA, and are not the same bytes.
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void The_algorithm_outside_is_the_one_that_is_signed(bool isNullInside, bool isNullOutside, bool isSigned)
    {
        using var issuer = new CertificateRequest("CN=issuer", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            Signatures.Now,
            Signatures.Now.AddDays(1)
        );
        foreach (var (hasVersion, hasSerialNumber) in new[] { (true, true), (false, true), (false, false) })
        {
            var content = Content(Algorithm(isNullInside), hasVersion, hasSerialNumber);
            var value = rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            Assert.Equal(isSigned, CertificateIssuance.IsSigned(Whole(content, Algorithm(isNullOutside), value, 0), issuer));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void All_bits_of_the_signature_are_used(int unusedBits, bool isSigned)
    {
        using var issuer = new CertificateRequest("CN=issuer", ecdsa, HashAlgorithmName.SHA256).CreateSelfSigned(
            Signatures.Now,
            Signatures.Now.AddDays(1)
        );
        var algorithm = X509SignatureGenerator.CreateForECDsa(ecdsa).GetSignatureAlgorithmIdentifier(HashAlgorithmName.SHA256);
        var content = Content(algorithm, hasVersion: true, hasSerialNumber: true);
        byte[] value;
        do value = ecdsa.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        while (value[^1] % 2 != 0); // An unused bit must be 0, and then says nothing about the rest.

        Assert.Equal(isSigned, CertificateIssuance.IsSigned(Whole(content, algorithm, value, unusedBits), issuer));
    }

    // The name of an issuer proves nothing.
    [Fact]
    public void What_another_key_signed_is_not_issued_by_that_certificate()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = new CertificateRequest("CN=issuer", ecdsa, HashAlgorithmName.SHA256).CreateSelfSigned(
            Signatures.Now,
            Signatures.Now.AddDays(1)
        );
        using var genuine = Issue("CN=leaf", ecdsa, HashAlgorithmName.SHA256);
        using var forged = Issue("CN=leaf", other, HashAlgorithmName.SHA256);
        using var namesake = Issue("CN=issuer", other, HashAlgorithmName.SHA256);

        Assert.Null(CertificateIssuance.Check(genuine, issuer));
        Assert.Contains("CN=leaf", CertificateIssuance.Check(forged, issuer), StringComparison.Ordinal);
        Assert.Null(CertificateRequirements.CheckOrder([genuine, issuer]));
        Assert.Contains("CN=leaf", CertificateRequirements.CheckOrder([forged, issuer]), StringComparison.Ordinal);
        Assert.True(CertificateIssuance.IsSelfSigned(issuer));
        Assert.False(CertificateIssuance.IsSelfSigned(namesake));
        Assert.Contains("root", CertificateRequirements.CheckOrder([genuine]), StringComparison.Ordinal);
        Assert.Contains("CN=issuer", CertificateRequirements.CheckOrder([namesake]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_algorithm_proves_nothing_either()
    {
        using var issuer = new CertificateRequest("CN=issuer", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            Signatures.Now,
            Signatures.Now.AddDays(1)
        );
        var request = new CertificateRequest("CN=leaf", rsa, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
        using var leaf = request.Create(issuer.SubjectName, new Sha1Generator(rsa), issuer.NotBefore, issuer.NotAfter, [1]);

        Assert.Contains("SHA-1", CertificateRequirements.CheckOrder([leaf, issuer]), StringComparison.Ordinal);
        Assert.NotNull(CertificateIssuance.Check(leaf, issuer));
    }

    public void Dispose()
    {
        rsa.Dispose();
        ecdsa.Dispose();
    }

    // In the name of the issuer, by any key.
    private static X509Certificate2 Issue(string subject, ECDsa by, HashAlgorithmName hash)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, hash);
        var generator = X509SignatureGenerator.CreateForECDsa(by);
        return request.Create(new("CN=issuer"), generator, Signatures.Now, Signatures.Now.AddDays(1), [1]);
    }

    private sealed class Sha1Generator(RSA key) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator other = CreateForRSA(key, RSASignaturePadding.Pkcs1);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            Convert.FromHexString("300D06092A864886F70D0101050500"); // sha1WithRSAEncryption

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => other.PublicKey;
    }

    private static byte[] Algorithm(bool isNull)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(RsaSha256);
            if (isNull)
                writer.WriteNull();
        }

        return writer.Encode();
    }

    // As far as it is read: [0] version, serialNumber, signature.
    private static byte[] Content(byte[] algorithm, bool hasVersion, bool hasSerialNumber)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (hasVersion)
            {
                using var _ = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
                writer.WriteInteger(2);
            }

            if (hasSerialNumber)
                writer.WriteInteger(1);
            writer.WriteEncodedValue(algorithm);
        }

        return writer.Encode();
    }

    private static byte[] Whole(byte[] content, byte[] algorithm, byte[] value, int unusedBits)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(content);
            writer.WriteEncodedValue(algorithm);
            writer.WriteBitString(value, unusedBits);
        }

        return writer.Encode();
    }
}
