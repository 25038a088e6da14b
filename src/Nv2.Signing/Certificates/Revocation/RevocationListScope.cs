using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;

namespace Nv2.Signing.Certificates.Revocation;

/// <summary>The certificates that a revocation list covers: its issuingDistributionPoint (RFC 5280 section 5.2.5), if it has one.</summary>
/// <param name="OnlyUsers">Only certificates that are not authorities.</param>
/// <param name="OnlyAuthorities">Only certificates of authorities.</param>
/// <param name="OnlyAttributes">Only attribute certificates.</param>
/// <param name="OnlySomeReasons">Only some reasons for revocation.</param>
/// <param name="IsIndirect">Certificates of other issuers too.</param>
/// <param name="Names">Only certificates with one of these distribution points; <see langword="null"/> for all.</param>
internal sealed record RevocationListScope(
    bool OnlyUsers,
    bool OnlyAuthorities,
    bool OnlyAttributes,
    bool OnlySomeReasons,
    bool IsIndirect,
    IReadOnlyList<GeneralName>? Names
)
{
    /// <summary>The scope of a list without issuingDistributionPoint: all certificates of its issuer.</summary>
    public static RevocationListScope All { get; } = new(false, false, false, false, false, null);

    /// <summary>Reads the extension.</summary>
    /// <exception cref="ArgumentException">It is damaged, or is relative to its issuer's name, which is not supported.</exception>
    public static RevocationListScope Of(IssuingDistributionPoint extension) =>
        new(
            extension.OnlyContainsUserCerts,
            extension.OnlyContainsCACerts,
            extension.OnlyContainsAttributeCerts,
            extension.OnlySomeReasons is not null,
            extension.IsIndirectCrl,
            extension.DistributionPoint is { } place
                ? FullNames(place) ?? throw new ArgumentException("the distribution point is named relative to the issuer")
                : null
        );

    /// <summary>Whether the list covers <paramref name="certificate"/>, of the same issuer.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    public string? Check(X509Certificate2 certificate)
    {
        if (IsIndirect)
            return "it is an indirect list, which is not supported";
        if (OnlyAttributes)
            return "it is for attribute certificates only";
        if (OnlyUsers && TrustedCertificates.IsAuthority(certificate))
            return "it is not for certificates of authorities";
        if (OnlyAuthorities && !TrustedCertificates.IsAuthority(certificate))
            return "it is for certificates of authorities only";
        if (Names is null)
            return null;
        var name = DistinguishedName.BriefOf(certificate);
        try
        {
            return NamedBy(certificate).Any(Names.Contains) ? null : $"it is for a different distribution point than those of {name}";
        }
#pragma warning disable CA1031 // The parser reports damage with several undocumented exception types.
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return $"the distribution points of the certificate {name} are damaged";
        }
    }

    private static IEnumerable<GeneralName> NamedBy(X509Certificate2 certificate) =>
        certificate
            .Extensions.Where(extension => extension.Oid?.Value == CertificateExtensions.DistributionPoints)
            .SelectMany(extension => CrlDistPoint.GetInstance(extension.RawData).GetDistributionPoints())
            .SelectMany(point => point.DistributionPointName is { } place ? FullNames(place) ?? [] : []);

    private static GeneralName[]? FullNames(DistributionPointName place) =>
        place.Type == DistributionPointName.FullName ? GeneralNames.GetInstance(place.Name).GetNames() : null;
}
