using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Reuse;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>What the certificate of a signer must allow. The rules are the same for signing and for verifying; each gives the failure, or
/// <see langword="null"/>.</summary>
internal static class SignerCertificate
{
    private static readonly object Hosts = new();

    /// <summary>Where the key usage is stated, it must include digital signatures (RFC 5280 section 4.2.1.3).</summary>
    public static string? CheckKeyUsage(X509Certificate2 certificate)
    {
        try
        {
            var allowed = certificate
                .Extensions.OfType<X509KeyUsageExtension>()
                .All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature));
            return allowed ? null : $"the key usage of the certificate {Name(certificate)} does not include digitalSignature";
        }
        catch (CryptographicException)
        {
            return $"the key usage of the certificate {Name(certificate)} is damaged";
        }
    }

    /// <summary>Where the extended key usage is stated, the certificate must be for signing code (RFC 5280 section 4.2.1.12).</summary>
    /// <param name="certificate">The signer's certificate.</param>
    /// <param name="isPinned">
    /// Whether the caller trusts this very certificate, given by hand: then one for TLS servers will do, as the original has it, with a warning.
    /// Where an authority vouches for the signer it will not: whoever has the key of a registry's TLS certificate could sign everything in it.
    /// </param>
    /// <returns>The failure, and what to report although there is none.</returns>
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
                $"the extended key usage of the certificate {Name(certificate)} does not include codeSigning: it counts because it is trusted itself"
            );
        }
        catch (CryptographicException)
        {
            return ($"the extended key usage of the certificate {Name(certificate)} is damaged", null);
        }
    }

    /// <summary>The certificate must be valid at <paramref name="now"/>; both ends of its life belong to it (RFC 5280 section 4.1.2.5).</summary>
    public static string? CheckDates(X509Certificate2 certificate, DateTimeOffset now)
    {
        return Dates(certificate, now) switch
        {
            < 0 => $"the certificate {Name(certificate)} is not valid before {Rfc3339.Format(certificate.NotBefore)}",
            > 0 => $"the certificate {Name(certificate)} expired at {Rfc3339.Format(certificate.NotAfter)}",
            _ => null,
        };
    }

    /// <summary>Where a moment is: before the life of a certificate (less than 0), in it (0), or after it (more than 0).</summary>
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

    /// <summary>The certificate must speak for the registry of every reference.</summary>
    /// <param name="certificate">The signer's certificate.</param>
    /// <param name="issuers">The certificates above it, as far as they are known.</param>
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
                : $"the certificate {Name(certificate)} does not speak for {foreign.Host} ({Quoted.Text(foreign.Text)}): it is for {hosts}";
        }
        catch (InvalidInputException exception)
        {
            return exception.Message;
        }
    }

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}

/// <summary>What tells one certificate from another, for people and for JSON.</summary>
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
    /// <summary>The subject for people, who would take an empty one for a mistake: in its place a name of the subjectAltName, or that there is
    /// none.</summary>
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

/// <summary>The address that a certificate gives for its issuer's: <c>id-ad-caIssuers</c> of its authority information access (RFC 5280 section
/// 4.2.2.1).</summary>
internal static class IssuerAddresses
{
    /// <summary>The addresses that are HTTP and hold nothing that could be taken for anything else in a command. A certificate whose extension is
    /// damaged says nothing.</summary>
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
            return []; // Nobody's trust hangs on it.
        }
    }
}
