using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The extensions of certificates on a path, one by one: none twice (RFC 5280 section 4.2), no critical one that is not processed here, and those that are processed well
/// formed. docs/verification.md lists them.
/// </summary>
internal static class CertificateExtensions
{
    /// <summary>nameConstraints (RFC 5280 section 4.2.1.10).</summary>
    public const string NameConstraints = "2.5.29.30";

    /// <summary>certificatePolicies (RFC 5280 section 4.2.1.4).</summary>
    public const string CertificatePolicies = "2.5.29.32";

    /// <summary>policyMappings (RFC 5280 section 4.2.1.5).</summary>
    public const string PolicyMappings = "2.5.29.33";

    /// <summary>policyConstraints (RFC 5280 section 4.2.1.11).</summary>
    public const string PolicyConstraints = "2.5.29.36";

    /// <summary>inhibitAnyPolicy (RFC 5280 section 4.2.1.14).</summary>
    public const string InhibitAnyPolicy = "2.5.29.54";

    private const string BasicConstraints = "2.5.29.19";
    private const string KeyUsage = "2.5.29.15";
    private const string ExtendedKeyUsage = "2.5.29.37";
    private const string SubjectAltName = "2.5.29.17";
    private const string DistributionPoints = "2.5.29.31";

    // What is processed: by the path, by the check of names, and by the check of revocation.
    private static readonly HashSet<string> Processed =
    [
        BasicConstraints, KeyUsage, ExtendedKeyUsage, SubjectAltName, NameConstraints, CertificatePolicies, PolicyMappings, PolicyConstraints, InhibitAnyPolicy, DistributionPoints,
    ];

    // Those that are a list of one or more, or that the section forbids to be empty.
    private static readonly HashSet<string> Lists =
        [ExtendedKeyUsage, SubjectAltName, NameConstraints, CertificatePolicies, PolicyMappings, PolicyConstraints, DistributionPoints];

    /// <summary>Why a certificate cannot be on a path, or <see langword="null"/>.</summary>
    public static string? Check(X509Certificate2 certificate)
    {
        const int VersionWithExtensions = 3; // Section 4.1.2.9.
        if (certificate.Version < VersionWithExtensions && certificate.Extensions.Count > 0)
            return Refuse(certificate, $"it has extensions, and is of version {certificate.Version}: expected version 3");
        var seen = new HashSet<string>();
        foreach (var extension in certificate.Extensions)
        {
            var oid = extension.Oid?.Value ?? "";
            if (!seen.Add(oid))
                return Refuse(certificate, $"it has the extension {NameOf(oid)} more than once");
            if (extension.Critical && !Processed.Contains(oid))
                return Refuse(certificate, $"it has the critical extension {NameOf(oid)}, which is not supported");
            if (Processed.Contains(oid) && CheckForm(oid, extension) is { } failure)
                return Refuse(certificate, failure);
        }

        return null;
    }

    /// <summary>The content of an extension, or <see langword="null"/> where the certificate does not have it.</summary>
    public static X509Extension? Find(X509Certificate2 certificate, string oid)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value == oid)
                return extension;
        }

        return null;
    }

    private static string? CheckForm(string oid, X509Extension extension)
    {
        try
        {
            StrictDer.Require(extension.RawData);
            if (Lists.Contains(oid) && !new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence().HasData)
                return $"its extension {NameOf(oid)} is empty";
            _ = extension switch
            {
                X509BasicConstraintsExtension constraints => constraints.CertificateAuthority,
                X509KeyUsageExtension usage => usage.KeyUsages != X509KeyUsageFlags.None,
                _ => true,
            };
            return null;
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException or InvalidInputException)
        {
            return $"its extension {NameOf(oid)} is damaged";
        }
    }

    private static string Refuse(X509Certificate2 certificate, string reason) => $"the certificate {DistinguishedName.Brief(certificate.SubjectName)} is refused: {reason}";

    private static string NameOf(string oid) => oid switch
    {
        BasicConstraints => "basicConstraints",
        KeyUsage => "keyUsage",
        ExtendedKeyUsage => "extendedKeyUsage",
        SubjectAltName => "subjectAltName",
        NameConstraints => "nameConstraints",
        CertificatePolicies => "certificatePolicies",
        PolicyMappings => "policyMappings",
        PolicyConstraints => "policyConstraints",
        InhibitAnyPolicy => "inhibitAnyPolicy",
        DistributionPoints => "cRLDistributionPoints",
        _ => oid,
    };
}

/// <summary>The purposes in extended key usages (RFC 5280 section 4.2.1.12).</summary>
internal static class KeyPurposes
{
    /// <summary>anyExtendedKeyUsage.</summary>
    public const string Any = "2.5.29.37.0";

    /// <summary>id-kp-serverAuth.</summary>
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    /// <summary>id-kp-codeSigning.</summary>
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    /// <summary>id-kp-timeStamping.</summary>
    public const string TimeStamping = "1.3.6.1.5.5.7.3.8";

    /// <summary>The purposes of a certificate; <see langword="null"/> where it states none, and so is for all.</summary>
    /// <exception cref="CryptographicException">The extension is damaged.</exception>
    public static IReadOnlyList<string>? Of(X509Certificate2 certificate)
    {
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList();
        return usages.Count == 0 ? null : [.. usages.SelectMany(usage => usage.EnhancedKeyUsages.Cast<Oid>()).Select(oid => oid.Value ?? "")];
    }
}
