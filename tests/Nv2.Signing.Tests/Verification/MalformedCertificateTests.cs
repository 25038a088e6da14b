using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Verification;

/// <summary>Certificates that an authority would hardly issue, and an attacker may bring all the same: each is a result, never an
/// exception.</summary>
public sealed class MalformedCertificateTests : IDisposable
{
    private const string BasicConstraints = "2.5.29.19";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string P256 = "06082a8648ce3d030107";

    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;

    public MalformedCertificateTests()
    {
        var request = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root = request.CreateSelfSigned(Signatures.Now.AddYears(-1), Signatures.Now.AddYears(1));
    }

    [Theory]
    [InlineData(Rsa, "0500", "00")]
    [InlineData(Rsa, "0500", "3000")]
    [InlineData(Rsa, "0500", "3006020100020100")]
    [InlineData(EllipticCurve, P256, "00")]
    [InlineData(EllipticCurve, P256, "04")]
    [InlineData(EllipticCurve, "0500", "04")]
    [InlineData(EllipticCurve, "0603550403", "04")]
    [InlineData(EllipticCurve, "06072a8648ce3d0304", "04" + Zeros + Zeros)]
    [InlineData(EllipticCurve, P256, "04" + Zeros + Zeros)]
    [InlineData("1.2.3.4", "0500", "00")]
    [InlineData("1.3.101.112", "0500", "00")]
    public void A_key_that_cannot_be_read_fails_the_integrity(string algorithm, string parameters, string value)
    {
        var publicKey = new PublicKey(
            new Oid(algorithm),
            new AsnEncodedData(Convert.FromHexString(parameters)),
            new AsnEncodedData(Convert.FromHexString(value))
        );
        var certificate = Issue(new CertificateRequest(new X500DistinguishedName("CN=leaf"), publicKey, HashAlgorithmName.SHA256));

        foreach (
            var trusted in new[]
            {
                new TrustedCertificates([certificate], []),
                new TrustedCertificates([], [root]),
                new TrustedCertificates([certificate], [certificate]),
            }
        )
        {
            Assert.Contains("Integrity", Signatures.Verify(Signature(certificate, ""), trusted).Outcome(), StringComparison.Ordinal);
            Assert.Contains("Format", Signatures.Verify(Signature(certificate, "\"kid\":\"A\","), trusted).Outcome(), StringComparison.Ordinal);
            Assert.Contains("Integrity", Signatures.Verify(Signature(null, "\"kid\":\"A\","), trusted).Outcome(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(BasicConstraints, "00")]
    [InlineData(BasicConstraints, "300601010102020100")]
    public void A_certificate_whose_constraints_cannot_be_read_is_no_authority(string oid, string value)
    {
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(oid, Convert.FromHexString(value), critical: true));
        var certificate = Issue(request);

        var trusted = TrustedCertificates.PinsAndAuthorities([certificate]);

        Assert.Empty(trusted.Roots);
        Assert.NotEqual("valid", Signatures.Verify(Signature(root, ""), trusted).Outcome());
    }

    public void Dispose()
    {
        key.Dispose();
        root.Dispose();
    }

    private X509Certificate2 Issue(CertificateRequest request) =>
        request.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(key), Signatures.Now.AddDays(-1), Signatures.Now.AddDays(1), [1]);

    private static byte[] Signature(X509Certificate2? certificate, string properties)
    {
        var x5c = certificate is null ? "" : $"\"x5c\":[\"{Convert.ToBase64String(certificate.RawData)}\"],";
        var header = $"{{\"typ\":\"x509\",{properties}{x5c}\"alg\":\"ES256\"}}";
        var claims = $"{{\"mediaType\":\"{Signatures.Subject.MediaType}\",\"digest\":\"{Signatures.Subject.Digest}\",\"size\":8}}";
        return Encoding.ASCII.GetBytes($"{Encode(header)}.{Encode(claims)}.{Encode(new string('A', 64))}");
    }

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.ASCII.GetBytes(text));
}
