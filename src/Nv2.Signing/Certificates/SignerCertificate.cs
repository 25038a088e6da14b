using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Reuse;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>The requirements for a signer's certificate, the same for signing and verifying. Each check returns a failure, or <see
/// langword="null"/>.</summary>
internal static class SignerCertificate
{
    private static readonly object Hosts = new();

    /// <summary>The key usage, if present, must include digital signatures (RFC 5280 section 4.2.1.3).</summary>
    public static string? CheckKeyUsage(X509Certificate2 certificate)
    {
        try
        {
            var allowed = certificate
                .Extensions.OfType<X509KeyUsageExtension>()
                .All(usage => KeyUsages.Allow(usage, X509KeyUsageFlags.DigitalSignature));
            return allowed ? null : $"the key usage of the certificate {Name(certificate)} does not include digitalSignature";
        }
        catch (CryptographicException)
        {
            return $"the key usage of the certificate {Name(certificate)} is damaged";
        }
    }

    /// <summary>The extended key usage, if present, must include code signing (RFC 5280 section 4.2.1.12).</summary>
    /// <param name="certificate">The signer's certificate.</param>
    /// <param name="isPinned">
    /// Whether the caller trusts this very certificate, given as an option: then a TLS server certificate is accepted with a warning, as in the
    /// original. If an authority is trusted, it is not: the holder of a registry's TLS key could sign everything in it.
    /// </param>
    /// <returns>The failure, and a warning if there is no failure.</returns>
    public static (string? Failure, string? Warning) CheckPurpose(X509Certificate2 certificate, bool isPinned)
    {
        try
        {
            if (KeyPurposes.Of(certificate) is not { } purposes || purposes.Contains(KeyPurposes.CodeSigning))
                return (null, null);
            if (!isPinned || !(purposes.Contains(KeyPurposes.ServerAuth) || purposes.Contains(KeyPurposes.Any)))
                return ($"the extended key usage of the certificate {Name(certificate)} does not include codeSigning", null);
            return (
                null,
                $"the extended key usage of the certificate {Name(certificate)} does not include codeSigning: accepted because the certificate "
                    + "itself is trusted"
            );
        }
        catch (CryptographicException)
        {
            return ($"the extended key usage of the certificate {Name(certificate)} is damaged", null);
        }
    }

    /// <summary>The certificate must be valid at <paramref name="now"/>; both ends are included (RFC 5280 section 4.1.2.5).</summary>
    public static string? CheckDates(X509Certificate2 certificate, DateTimeOffset now)
    {
        return Dates(certificate, now) switch
        {
            < 0 => $"the certificate {Name(certificate)} is not valid before {Rfc3339.Format(certificate.NotBefore)}",
            > 0 => $"the certificate {Name(certificate)} expired at {Rfc3339.Format(certificate.NotAfter)}",
            _ => null,
        };
    }

    /// <summary>Compares a moment with the validity period of a certificate: before (less than 0), in (0) or after (more than 0).</summary>
    internal static int Dates(X509Certificate2 certificate, DateTimeOffset now)
    {
        DateTimeOffset notBefore = certificate.NotBefore;
        DateTimeOffset notAfter = certificate.NotAfter;
        return now < notBefore ? -1
            : now.ToUnixTimeSeconds() <= notAfter.ToUnixTimeSeconds() ? 0
            : 1;
    }

    /// <summary>Every certificate must be valid at <paramref name="time"/>.</summary>
    public static string? CheckDates(IEnumerable<X509Certificate2> certificates, DateTimeOffset time) =>
        certificates.Select(certificate => CheckDates(certificate, time)).FirstOrDefault(failure => failure is not null);

    /// <summary>The certificate must be valid for the registry of every reference.</summary>
    /// <param name="certificate">The signer's certificate.</param>
    /// <param name="issuers">The certificates above it, if known.</param>
    /// <param name="references">The references.</param>
    public static string? CheckReferences(X509Certificate2 certificate, IEnumerable<X509Certificate2> issuers, IReadOnlyList<Reference> references)
    {
        if (references.Count == 0)
            return null;

        try
        {
            var hosts = KeptResults.Of(Hosts, [certificate, .. issuers], static path => new CertificateHosts(path[0], path.Skip(1)));
            var foreign = references.FirstOrDefault(reference => !hosts.Cover(reference.Host));
            return foreign is null
                ? null
                : $"the certificate {Name(certificate)} is not valid for {foreign.Host} ({Quoted.Text(foreign.Text)}): it is valid for {hosts}";
        }
        catch (InvalidInputException exception)
        {
            return exception.Message;
        }
    }

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}

/// <summary>The identity of a certificate, for people and for JSON.</summary>
/// <param name="Subject">The subject as RFC 4514 writes it.</param>
/// <param name="Issuer">The issuer as RFC 4514 writes it.</param>
/// <param name="Sha256Thumbprint">SHA-256 of the DER, in lower-case hexadecimal.</param>
/// <param name="NotBefore">The first moment of validity.</param>
/// <param name="NotAfter">The last second of validity.</param>
internal sealed record CertificateDescription(
    string Subject,
    string Issuer,
    string Sha256Thumbprint,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter
)
{
    /// <summary>The subject for people. In place of an empty subject, a name of the subjectAltName, or a note that it has no name.</summary>
    public string Title { get; private init; } = Subject;

    private static readonly object Described = new();

    /// <summary>Describes <paramref name="certificate"/>.</summary>
    public static CertificateDescription Of(X509Certificate2 certificate) => KeptResults.Of(Described, certificate, Describe);

    private static CertificateDescription Describe(X509Certificate2 certificate) =>
        new(
            DistinguishedName.Format(certificate.SubjectName),
            DistinguishedName.Format(certificate.IssuerName),
            Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)),
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime()
        )
        {
            Title = DistinguishedName.FormatOf(certificate),
        };
}

/// <summary>The address of the issuer's certificate: <c>id-ad-caIssuers</c> of its authority information access (RFC 5280 section 4.2.2.1).</summary>
internal static class IssuerAddresses
{
    /// <summary>The HTTP addresses that are safe in a shell command. None if the extension is damaged.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        try
        {
            return
            [
                .. certificate
                    .Extensions.OfType<X509AuthorityInformationAccessExtension>()
                    .SelectMany(access => access.EnumerateCAIssuersUris())
                    .Where(address =>
                        Uri.TryCreate(address, UriKind.Absolute, out var url)
                        && url.Scheme is "http" or "https"
                        && !address.AsSpan().ContainsAnyExcept(CharacterSets.Url)
                    ),
            ];
        }
        catch (CryptographicException)
        {
            return []; // The addresses do not affect trust.
        }
    }
}
