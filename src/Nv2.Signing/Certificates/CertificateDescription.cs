using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>What tells one certificate from another, for people and for JSON.</summary>
/// <param name="Subject">The subject as RFC 4514 writes it.</param>
/// <param name="Issuer">The issuer as RFC 4514 writes it.</param>
/// <param name="Sha256Thumbprint">SHA-256 of the DER, in lower-case hexadecimal.</param>
/// <param name="NotBefore">The first moment of validity.</param>
/// <param name="NotAfter">The last second of validity.</param>
public sealed record CertificateDescription(string Subject, string Issuer, string Sha256Thumbprint, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>Describes <paramref name="certificate"/>.</summary>
    public static CertificateDescription Of(X509Certificate2 certificate) => new(
        DistinguishedName.Format(certificate.SubjectName),
        DistinguishedName.Format(certificate.IssuerName),
        Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)),
        certificate.NotBefore.ToUniversalTime(),
        certificate.NotAfter.ToUniversalTime());
}
