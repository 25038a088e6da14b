using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Trust;

/// <summary>A whole chain of certificates, as the Notary Project has them: the signer's first, each issued by the next, a root last (signature specification, "Certificate Chain").</summary>
public static class CertificateChain
{
    /// <summary>The chain must be whole and in order. Dates are not looked at.</summary>
    /// <param name="certificates">The chain, one certificate or more.</param>
    /// <param name="now">The present moment.</param>
    /// <returns>A complaint, or <see langword="null"/>.</returns>
    public static string? CheckWhole(IReadOnlyList<X509Certificate2> certificates, DateTimeOffset now)
    {
        for (var index = 0; index < certificates.Count; index++)
        {
            var certificate = certificates[index];
            var isLast = index == certificates.Count - 1;
            var above = isLast ? certificate : certificates[index + 1];
            if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(above.SubjectName.RawData))
            {
                return isLast
                    ? $"the chain ends at {Name(certificate)}, which is no root: its issuer {DistinguishedName.Brief(certificate.IssuerName)} is missing"
                    : $"the chain is not in order: {Name(certificate)} is followed by {Name(above)}, and its issuer is {DistinguishedName.Brief(certificate.IssuerName)}";
            }

            if (SignedStructure.Parse(certificate.RawDataMemory).Check(above) is { } complaint)
                return $"the certificate {Name(certificate)} is not issued by {(isLast ? "itself" : Name(above))}: {complaint}";
        }

        // The last certificate counts as trusted here, which says nothing of whom a verifier trusts: only that the way up to it is whole.
        var root = certificates[^1];
        var anchors = certificates.Count == 1 ? new TrustedCertificates([root], []) : new TrustedCertificates([], [root]);
        var path = CertificatePath.Find(certificates[0], [.. certificates.Skip(1).SkipLast(1)], anchors, now);
        return path.Complaint ?? (path.Certificates.Count == certificates.Count ? null : "the chain has certificates that are not on the way from the signer's to the root");
    }

    private static string Name(X509Certificate2 certificate) => DistinguishedName.Brief(certificate.SubjectName);
}
