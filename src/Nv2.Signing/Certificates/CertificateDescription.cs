using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Text;

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

/// <summary>Where a certificate says that its issuer's is to be had: <c>id-ad-caIssuers</c> of its authority information access (RFC 5280 section 4.2.2.1).</summary>
public static class IssuerAddresses
{
    /// <summary>The addresses that are HTTP and hold nothing that could be taken for anything else in a command. A certificate whose extension is damaged says nothing.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        try
        {
            return
            [
                .. certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().SelectMany(access => access.EnumerateCAIssuersUris())
                    .Where(address => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && !address.AsSpan().ContainsAnyExcept(CharacterSets.Url)),
            ];
        }
        catch (CryptographicException)
        {
            return []; // Nobody's trust hangs on it.
        }
    }
}
