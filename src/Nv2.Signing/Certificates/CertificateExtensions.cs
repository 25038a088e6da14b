using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>
/// Checks the extensions of certificates on a path one by one: none twice (RFC 5280 section 4.2), no unsupported critical extension, and all
/// processed extensions well formed. docs/verification.md lists them.
/// </summary>
internal static class CertificateExtensions
{
    /// <summary>basicConstraints (RFC 5280 section 4.2.1.9).</summary>
    public const string BasicConstraints = "2.5.29.19";

    /// <summary>keyUsage (RFC 5280 section 4.2.1.3).</summary>
    public const string KeyUsage = "2.5.29.15";

    /// <summary>extKeyUsage (RFC 5280 section 4.2.1.12).</summary>
    public const string ExtendedKeyUsage = "2.5.29.37";

    /// <summary>subjectAltName (RFC 5280 section 4.2.1.6).</summary>
    public const string SubjectAltName = "2.5.29.17";

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

    /// <summary>cRLDistributionPoints (RFC 5280 section 4.2.1.13).</summary>
    public const string DistributionPoints = "2.5.29.31";

    // Processed by the path, by the check of names, and by the check of revocation.
    private static readonly HashSet<string> Processed =
    [
        BasicConstraints,
        KeyUsage,
        ExtendedKeyUsage,
        SubjectAltName,
        NameConstraints,
        CertificatePolicies,
        PolicyMappings,
        PolicyConstraints,
        InhibitAnyPolicy,
        DistributionPoints,
    ];

    /// <summary>Why a certificate cannot be on a path, or <see langword="null"/>.</summary>
    public static string? Check(X509Certificate2 certificate)
    {
        var seen = new HashSet<string>();
        foreach (var extension in certificate.Extensions)
        {
            var oid = extension.Oid?.Value ?? "";
            if (!seen.Add(oid))
                return Refuse(certificate, $"it has the extension {NameOf(oid)} more than once");
            if (extension.Critical && !Processed.Contains(oid))
                return Refuse(certificate, $"it has the critical extension {NameOf(oid)}, which is not supported");
            if (Processed.Contains(oid) && ExtensionForm.Check(oid, extension) is { } failure)
                return Refuse(certificate, failure);
        }

        return null;
    }

    /// <summary>The content of an extension, or <see langword="null"/> if the certificate does not have it.</summary>
    public static X509Extension? Find(X509Certificate2 certificate, string oid)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value == oid)
                return extension;
        }

        return null;
    }

    private static string Refuse(X509Certificate2 certificate, string reason) =>
        $"the certificate {DistinguishedName.BriefOf(certificate)} is refused: {reason}";

    /// <summary>The name of a processed extension, or the object identifier of another.</summary>
    public static string NameOf(string oid) =>
        oid switch
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

/// <summary>Key usages (RFC 5280 section 4.2.1.3), read without the platform's decoder, which reads them by reflection: that takes longer than the
/// rest of a certificate.</summary>
internal static class KeyUsages
{
    // The platform's flags are the bits as they are encoded: the first byte, then decipherOnly in the second one.
    private const int MaxBytes = 4;

    /// <summary>The usages of an extension; those that RFC 5280 does not define are left out.</summary>
    /// <exception cref="CryptographicException">The extension is damaged.</exception>
    public static X509KeyUsageFlags Of(X509KeyUsageExtension extension)
    {
        try
        {
            var bits = AsnDecoder.ReadBitString(extension.RawData, AsnEncodingRules.BER, out _, out var length);
            if (length != extension.RawData.Length || bits.Length > MaxBytes)
                throw new CryptographicException("the key usage is damaged");
            var flags = (bits is [var first, ..] ? first : 0) | (bits is [_, var second, ..] ? (second & 0x80) << 8 : 0);
            return (X509KeyUsageFlags)flags;
        }
        catch (AsnContentException exception)
        {
            throw new CryptographicException("the key usage is damaged", exception);
        }
    }

    /// <summary>Whether an extension has a usage.</summary>
    /// <exception cref="CryptographicException">The extension is damaged.</exception>
    public static bool Allow(X509KeyUsageExtension extension, X509KeyUsageFlags usage) => Of(extension).HasFlag(usage);
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

    /// <summary>The purposes of a certificate; <see langword="null"/> if it states none, and so allows all.</summary>
    /// <exception cref="CryptographicException">The extension is damaged.</exception>
    public static IReadOnlyList<string>? Of(X509Certificate2 certificate)
    {
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList();
        return usages.Count == 0 ? null : [.. usages.SelectMany(usage => usage.EnhancedKeyUsages.Cast<Oid>()).Select(oid => oid.Value ?? "")];
    }
}
