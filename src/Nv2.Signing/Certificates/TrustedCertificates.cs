using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>The certificates that a caller trusts, and for what.</summary>
/// <param name="Pinned">Certificates that are trusted themselves: a signature by exactly one of these is authentic, self-signed or not.</param>
/// <param name="Roots">Certificates that are trusted to issue others.</param>
public sealed record TrustedCertificates(IReadOnlyList<X509Certificate2> Pinned, IReadOnlyList<X509Certificate2> Roots)
{
    /// <summary>No certificates: nobody is trusted.</summary>
    public static TrustedCertificates None { get; } = new([], []);

    /// <summary>
    /// Certificates that are trusted to sign for others and to say when: themselves, or as authorities above those that do
    /// (Notary Project, signing-scheme.md, <c>notary.x509.signingAuthority</c>). None of the others is.
    /// </summary>
    public IReadOnlyList<X509Certificate2> SigningAuthorities { get; init; } = [];

    /// <summary>
    /// Certificates that are trusted to say when a signature was there: themselves, or as authorities above those that do. While there is none, timestamps are not
    /// looked at.
    /// </summary>
    public IReadOnlyList<X509Certificate2> TimestampAuthorities { get; init; } = [];

    /// <summary>
    /// Certificates of which the caller did not say what they are for: each is pinned, and those that are marked as certificate authorities
    /// (basicConstraints, RFC 5280 section 4.2.1.9) are roots too.
    /// </summary>
    public static TrustedCertificates PinsAndAuthorities(IReadOnlyList<X509Certificate2> certificates) =>
        new(certificates, [.. certificates.Where(IsAuthority)]);

    /// <summary>Whether <paramref name="certificate"/> is marked as a certificate authority.</summary>
    internal static bool IsAuthority(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
        }
        catch (CryptographicException)
        {
            return false; // What cannot be read marks nothing.
        }
    }
}
