using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The certificates of a signature that are trusted, or signed by a trusted certificate directly or indirectly. They are found from the trusted ones
/// down: nothing is computed with a key of an untrusted certificate, because the maker of the signature controls how long that takes.
/// </summary>
internal sealed class VouchedCertificates
{
    /// <summary>The most signatures of certificates that are verified.</summary>
    public const int MaxSignatures = 256;

    private readonly Dictionary<X509Certificate2, List<X509Certificate2>> issuers = new(ReferenceEqualityComparer.Instance);

    private VouchedCertificates() { }

    /// <summary>Whether the limit was reached, so that there may be more.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Whether a certificate is trusted or signed by a trusted one, directly or indirectly.</summary>
    public bool Contains(X509Certificate2 certificate) => issuers.ContainsKey(certificate);

    /// <summary>Whether one such certificate signed another.</summary>
    public bool IsSigned(X509Certificate2 issued, X509Certificate2 issuer)
    {
        foreach (var known in issuers.GetValueOrDefault(issued) ?? [])
        {
            if (ReferenceEquals(known, issuer))
                return true;
        }

        return false;
    }

    /// <summary>Finds them.</summary>
    /// <param name="certificates">The certificates of a signature, in any order.</param>
    /// <param name="trusted">The trusted ones, a list that does not change.</param>
    public static VouchedCertificates Of(IReadOnlyList<X509Certificate2> certificates, IReadOnlyList<X509Certificate2> trusted)
    {
        certificates = CertificatePath.Distinct(certificates, trusted);
        var names = new CertificateNames();
        var vouched = new VouchedCertificates();
        var issuers = new Queue<X509Certificate2>(
            certificates
                .SelectMany(certificate => names.IssuersOf(certificate, trusted))
                .Distinct<X509Certificate2>(ReferenceEqualityComparer.Instance)
        );
        var budget = MaxSignatures;
        while (issuers.TryDequeue(out var issuer))
        {
            foreach (var issued in certificates)
            {
                if (
                    ReferenceEquals(issued, issuer)
                    || !names.IsIssuer(issuer, issued)
                    || CertificateSignature.FindRefusedAlgorithm(issued) is not null
                )
                    continue;
                if (--budget < 0)
                {
                    vouched.IsExhausted = true;
                    return vouched;
                }

                if (!CertificateIssuance.IsSigned(issued, issuer))
                    continue;
                if (vouched.Add(issued, issuer) && MayIssue(issued))
                    issuers.Enqueue(issued);
            }
        }

        return vouched;
    }

    private bool Add(X509Certificate2 issued, X509Certificate2 issuer)
    {
        if (issuers.TryGetValue(issued, out var known))
        {
            known.Add(issuer);
            return false;
        }

        issuers.Add(issued, [issuer]);
        return true;
    }

    // The owner of such a certificate chose its key, and may not be trusted to issue certificates.
    private static bool MayIssue(X509Certificate2 certificate)
    {
        if (!TrustedCertificates.IsAuthority(certificate))
            return false;
        if (certificate.GetKeyAlgorithm() is KeyAlgorithms.Ed25519 or KeyAlgorithms.Ed448)
            return true;
        try
        {
            using var key = VerificationKey.Of(certificate);
            return true;
        }
        catch (InvalidInputException)
        {
            return false; // The path through it reports the error.
        }
    }
}
