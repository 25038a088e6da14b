using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The Notary Project's requirements for the certificates of an envelope (signature specification, "Certificate Requirements"), independent of trust
/// and the same for signing and verifying. Each check returns a failure that names the certificate and the rule, or <see langword="null"/>.
/// </summary>
internal static class CertificateRequirements
{
    private const X509KeyUsageFlags ForbiddenToSigner =
        X509KeyUsageFlags.KeyEncipherment
        | X509KeyUsageFlags.DataEncipherment
        | X509KeyUsageFlags.KeyAgreement
        | X509KeyUsageFlags.KeyCertSign
        | X509KeyUsageFlags.EncipherOnly
        | X509KeyUsageFlags.DecipherOnly
        | X509KeyUsageFlags.CrlSign;

    private static readonly object Order = new();
    private static readonly object Signing = new();

    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    // RFC 5280 section 4.2.1.12. The specification does not name OCSPSigning; the Notary Project's own implementation refuses it too.
    private static readonly Dictionary<string, string> ForbiddenPurposes = new()
    {
        ["2.5.29.37.0"] = "anyExtendedKeyUsage",
        ["1.3.6.1.5.5.7.3.1"] = "serverAuth",
        ["1.3.6.1.5.5.7.3.2"] = "clientAuth",
        ["1.3.6.1.5.5.7.3.4"] = "emailProtection",
        [TimeStamping] = "timeStamping",
        ["1.3.6.1.5.5.7.3.9"] = "OCSPSigning",
    };

    // "Other requirements": other extensions are ignored.
    private static readonly Dictionary<string, string> Honored = new()
    {
        ["2.5.29.19"] = "basicConstraints",
        ["2.5.29.15"] = "keyUsage",
        ["2.5.29.37"] = "extendedKeyUsage",
    };

    /// <summary>The certificates must be one ordered chain: the signer's first, each issued by the next, and only the last self-signed.</summary>
    public static string? CheckOrder(IReadOnlyList<X509Certificate2> chain) => KeptResults.Of(Order, chain, FindDisorder);

    private static string? FindDisorder(IReadOnlyList<X509Certificate2> chain)
    {
        if (chain.Count == 0)
            return "there is no certificate: expected the signer's certificate chain";

        // A refused signature algorithm proves no order.
        if (chain.Select(CertificateIssuance.CheckAlgorithm).FirstOrDefault(failure => failure is not null) is { } weak)
            return weak;

        for (var i = 0; i < chain.Count - 1; i++)
        {
            if (CertificateIssuance.IsSelfSigned(chain[i]))
                return $"the certificate {Name(chain[i])} is self-signed, but others follow it: expected the root last, once";
            if (CertificateIssuance.Check(chain[i], chain[i + 1]) is { } failure)
                return $"{failure}: expected each certificate to be followed by its issuer";
        }

        return CertificateIssuance.IsSelfSigned(chain[^1])
            ? null
            : $"the certificate {Name(chain[^1])} is the last, but is not self-signed: expected the whole chain, including its root";
    }

    /// <summary>All requirements for the certificates of an envelope: their order, each certificate, and their validity at <paramref
    /// name="time"/>.</summary>
    public static string? CheckChain(IReadOnlyList<X509Certificate2> chain, DateTimeOffset time) =>
        CheckOrder(chain) ?? CheckSigning(chain) ?? SignerCertificate.CheckDates(chain, time);

    /// <summary>The certificates of a signature, in order, must meet the requirements for a signer and for authorities. A single one is only the
    /// signer's.</summary>
    public static string? CheckSigning(IReadOnlyList<X509Certificate2> chain) =>
        KeptResults.Of(Signing, chain, static chain => Check(chain, CheckSigner));

    /// <summary>The certificates of a timestamp, from the authority's to the trusted one, must meet the requirements for timestamping. A single one
    /// is only the authority's.</summary>
    public static string? CheckTimestamping(IReadOnlyList<X509Certificate2> chain) => Check(chain, CheckTimestamper);

    private static string? Check(IReadOnlyList<X509Certificate2> chain, Func<X509Certificate2, string?> checkLeaf)
    {
        for (var i = 0; i < chain.Count; i++)
        {
            try
            {
                if (
                    (
                        CheckStrength(chain[i])
                        ?? CheckForm(chain[i])
                        ?? (
                            i == 0
                                ? checkLeaf(chain[0])
                                : CheckAuthority(chain[i], chain.Take(i).Skip(1).Count(below => !NameComparison.IsSelfIssued(below)))
                        )
                    ) is
                    { } failure
                )
                    return failure;
            }
            catch (CryptographicException)
            {
                return $"the certificate {Name(chain[i])} has a damaged extension";
            }
        }

        return null;
    }

    private static string? CheckStrength(X509Certificate2 certificate)
    {
        try
        {
            using var key = VerificationKey.Of(certificate);
            return CertificateIssuance.CheckAlgorithm(certificate);
        }
        catch (InvalidInputException exception)
        {
            return $"the key of the certificate {Name(certificate)} is refused: {exception.Message}";
        }
    }

    // RFC 5280 section 4.2: of two, one would be ignored; and an empty one can be read in two ways.
    private static string? CheckForm(X509Certificate2 certificate)
    {
        var seen = new HashSet<string>();
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value is not { } oid || !Honored.TryGetValue(oid, out var name))
                continue;
            if (!seen.Add(oid))
                return $"the certificate {Name(certificate)} has the extension {name} more than once, which is refused";
            if (ExtensionForm.Check(oid, extension) is { } failure)
                return $"the certificate {Name(certificate)} is refused: {failure}";
        }

        return null;
    }

    private static string? CheckSigner(X509Certificate2 certificate)
    {
        if (CheckLeaf(certificate) is { } failure)
            return failure;
        using (var key = VerificationKey.Of(certificate)) // Supported: CheckStrength.
        {
            if (key.Spec.NotaryAlgorithm is null)
                return $"the key of the certificate {Name(certificate)} is {key.Spec}: "
                    + "expected RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521";
        }

        var forbidden = Purposes(certificate).FirstOrDefault(ForbiddenPurposes.ContainsKey);
        return forbidden is null
            ? null
            : $"the extended key usage of the certificate {Name(certificate)} includes {ForbiddenPurposes[forbidden]}, which is not allowed "
                + "for a signer";
    }

    // RFC 3161 section 2.3 requires more than the specification: one extended key usage, critical, with only this purpose.
    private static string? CheckTimestamper(X509Certificate2 certificate)
    {
        if (CheckLeaf(certificate) is { } failure)
            return failure;
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList();
        if (usages.Count != 1 || !Purposes(certificate).Contains(TimeStamping))
            return $"the certificate {Name(certificate)} is not for timestamps: expected timeStamping as its extended key usage";
        if (!usages[0].Critical)
            return $"the extended key usage of the certificate {Name(certificate)} is not critical, which is required for a timestamp authority";
        var other = Purposes(certificate).FirstOrDefault(purpose => purpose != TimeStamping);
        return other is null
            ? null
            : $"the extended key usage of the certificate {Name(certificate)} includes {NameOfPurpose(other)}: "
                + "expected only timeStamping for a timestamp authority";
    }

    private static string NameOfPurpose(string purpose) =>
        purpose == CodeSigning ? "codeSigning" : ForbiddenPurposes.GetValueOrDefault(purpose, purpose);

    private static string? CheckLeaf(X509Certificate2 certificate)
    {
        if (IsAuthority(certificate))
            return $"the basic constraints of the certificate {Name(certificate)} make it a certificate authority, which is not allowed for a signer";
        if (CheckKeyUsage(certificate, X509KeyUsageFlags.DigitalSignature, "digitalSignature") is { } failure)
            return failure;
        var foreign = KeyUsages.Of(KeyUsage(certificate)!) & ForbiddenToSigner; // Not null: CheckKeyUsage.
        return foreign == 0
            ? null
            : $"the key usage of the certificate {Name(certificate)} includes {Describe(foreign)}: "
                + "expected digitalSignature, and optionally nonRepudiation";
    }

    private static string? CheckAuthority(X509Certificate2 certificate, int authoritiesBelow)
    {
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (constraints is null)
            return $"the certificate {Name(certificate)} has no basic constraints, which are required for an authority";
        if (!constraints.CertificateAuthority)
            return $"the basic constraints of the certificate {Name(certificate)} do not make it a certificate authority, but it issued "
                + "another certificate";
        if (!constraints.Critical)
            return $"the basic constraints of the certificate {Name(certificate)} are not critical, which is required for an authority";
        return constraints.HasPathLengthConstraint && constraints.PathLengthConstraint < authoritiesBelow
            ? $"the path length of the certificate {Name(certificate)} is {constraints.PathLengthConstraint}: "
                + $"expected {authoritiesBelow} or more, for the authorities below it"
            : CheckKeyUsage(certificate, X509KeyUsageFlags.KeyCertSign, "keyCertSign");
    }

    private static string? CheckKeyUsage(X509Certificate2 certificate, X509KeyUsageFlags needed, string name)
    {
        if (KeyUsage(certificate) is not { } usage)
            return $"the certificate {Name(certificate)} has no key usage: expected {name}";
        if (!usage.Critical)
            return $"the key usage of the certificate {Name(certificate)} is not critical, which is required";
        return KeyUsages.Allow(usage, needed) ? null : $"the key usage of the certificate {Name(certificate)} does not include {name}";
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);

    private static X509KeyUsageExtension? KeyUsage(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();

    private static IEnumerable<string> Purposes(X509Certificate2 certificate) =>
        certificate
            .Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .SelectMany(usage => usage.EnhancedKeyUsages.Cast<Oid>())
            .Select(oid => oid.Value ?? "");

    private static string Describe(X509KeyUsageFlags flags) =>
        string.Join(
            ", ",
            new[]
            {
                (X509KeyUsageFlags.KeyEncipherment, "keyEncipherment"),
                (X509KeyUsageFlags.DataEncipherment, "dataEncipherment"),
                (X509KeyUsageFlags.KeyAgreement, "keyAgreement"),
                (X509KeyUsageFlags.KeyCertSign, "keyCertSign"),
                (X509KeyUsageFlags.CrlSign, "cRLSign"),
                (X509KeyUsageFlags.EncipherOnly, "encipherOnly"),
                (X509KeyUsageFlags.DecipherOnly, "decipherOnly"),
            }
                .Where(one => flags.HasFlag(one.Item1))
                .Select(one => one.Item2)
        );

    private static string Name(X509Certificate2 certificate) => DistinguishedName.BriefOf(certificate);
}
