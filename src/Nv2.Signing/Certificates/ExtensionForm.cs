using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The form of each processed extension (RFC 5280 section 4.2.1): in DER, without default values, and not empty if it must have content. Programs
/// disagree about empty extensions and other forms.
/// </summary>
internal static class ExtensionForm
{
    // The only qualifiers that RFC 5280 section 4.2.1.4 defines, both for people.
    private static readonly string[] KnownQualifiers = ["1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"];

    /// <summary>Why an extension cannot be processed, or <see langword="null"/>.</summary>
    public static string? Check(string oid, X509Extension extension)
    {
        var name = CertificateExtensions.NameOf(oid);
        try
        {
            StrictDer.Require(extension.RawData);
            return oid switch
            {
                CertificateExtensions.BasicConstraints => CheckBasicConstraints(extension, name),
                CertificateExtensions.KeyUsage => CheckKeyUsage(extension, name),
                CertificateExtensions.ExtendedKeyUsage => CheckItems(extension, name, purposes => _ = purposes.ReadObjectIdentifier()),
                CertificateExtensions.SubjectAltName => CheckItems(extension, name, names => _ = CertificateName.Read(names)),
                CertificateExtensions.NameConstraints => CheckNameConstraints(extension, name),
                CertificateExtensions.CertificatePolicies => CheckPolicies(extension, name),
                CertificateExtensions.PolicyMappings => CheckItems(extension, name, mappings => _ = mappings.ReadSequence()),
                CertificateExtensions.PolicyConstraints => CheckItems(extension, name, fields => _ = fields.ReadEncodedValue()),
                CertificateExtensions.DistributionPoints => CheckItems(extension, name, points => _ = points.ReadSequence()),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            return $"its extension {name} is damaged, or not in DER";
        }
    }

    // BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }
    private static string? CheckBasicConstraints(X509Extension extension, string name)
    {
        var fields = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        if (fields.HasData && fields.PeekTag() == Asn1Tag.Boolean && !fields.ReadBoolean())
            throw new AsnContentException();
        var isNegative = fields.HasData && fields.ReadInteger().Sign < 0;
        fields.ThrowIfNotEmpty();
        return isNegative ? $"the path length in its {name} is negative" : null;
    }

    // A named bit list ends with a set bit (X.690 section 11.2.2), and has at least one (RFC 5280 section 4.2.1.3).
    private static string? CheckKeyUsage(X509Extension extension, string name)
    {
        var bits = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadBitString(out var unusedBits);
        if (bits.Length == 0)
            return $"its {name} is empty";
        return ((bits[^1] >> unusedBits) & 1) == 1 ? null : throw new AsnContentException();
    }

    private static string? CheckNameConstraints(X509Extension extension, string name)
    {
        if (CheckItems(extension, name, subtrees => _ = subtrees.ReadEncodedValue()) is { } failure)
            return failure;
        _ = new NameConstraints(extension.RawData);
        return null;
    }

    // PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE OF SEQUENCE { policyQualifierId, qualifier } OPTIONAL }. In a
    // critical extension, qualifiers must be known too.
    private static string? CheckPolicies(X509Extension extension, string name)
    {
        string? unknown = null;
        var failure = CheckItems(
            extension,
            name,
            policies =>
            {
                var policy = policies.ReadSequence();
                _ = policy.ReadObjectIdentifier();
                if (!policy.HasData)
                    return;
                var qualifiers = policy.ReadSequence();
                policy.ThrowIfNotEmpty();
                while (qualifiers.HasData)
                {
                    var qualifier = qualifiers.ReadSequence().ReadObjectIdentifier();
                    if (!KnownQualifiers.Contains(qualifier))
                        unknown = qualifier;
                }
            }
        );
        return failure
            ?? (extension.Critical && unknown is not null ? $"its critical {name} has the qualifier {unknown}, which is not supported" : null);
    }

    private static string? CheckItems(X509Extension extension, string name, Action<AsnReader> read)
    {
        var items = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        if (!items.HasData)
            return $"its {name} is empty";
        while (items.HasData)
            read(items);
        return null;
    }
}
