using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Self-signed certificates for tests.</summary>
internal static class TestCertificate
{
    /// <summary>Makes a P-256 key and a self-signed certificate for digital signatures that is valid for one registry.</summary>
    /// <param name="host">The registry: a host name or an IP address.</param>
    /// <param name="notBefore">The beginning of its validity.</param>
    /// <param name="life">The length of its validity.</param>
    /// <returns>The key (PKCS#8) and the certificate, both in PEM.</returns>
    /// <exception cref="InvalidInputException">It would be valid after the year 9999, or its name is too long for a certificate.</exception>
    public static (string Key, string Certificate) Create(string host, DateTimeOffset notBefore, TimeSpan life)
    {
        if (life > DateTimeOffset.MaxValue - notBefore)
            throw new InvalidInputException("the expiry is too long: the certificate would end after the year 9999");
        if (life < TimeSpan.FromSeconds(1))
            throw new InvalidInputException("the expiry is too short: expected one second or more");

        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(host);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(host);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true)
        );
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(names.Build());
        try
        {
            using var certificate = request.CreateSelfSigned(notBefore, notBefore + life);
            return (key.ExportPkcs8PrivateKeyPem() + "\n", certificate.ExportCertificatePem() + "\n");
        }
        catch (CryptographicException exception)
        {
            throw new InvalidInputException($"cannot make a certificate for {Quoted.Text(host)}: it is not a valid name in a certificate", exception);
        }
    }
}
