using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>
/// Certificates by name, with each name prepared for comparison once. Certificates are identified as objects: the platform considers two certificates
/// equal if they have the same issuer, serial number and beginning of a hash, all chosen by their maker.
/// </summary>
internal sealed class CertificateNames
{
    private static readonly ConditionalWeakTable<IReadOnlyList<X509Certificate2>, ILookup<string, X509Certificate2>> Indexes = [];

    private readonly Dictionary<X509Certificate2, (string Subject, string Issuer)> keys = new(ReferenceEqualityComparer.Instance);

    /// <summary>The certificates in <paramref name="certificates"/>, a list that does not change, whose subject is the issuer of <paramref
    /// name="issued"/>.</summary>
    public IEnumerable<X509Certificate2> IssuersOf(X509Certificate2 issued, IReadOnlyList<X509Certificate2> certificates) =>
        certificates is StoredCertificates stored
            ? stored.HavingSubject(issued.IssuerName)
            : Indexes.GetValue(certificates, all => all.ToLookup(certificate => NameComparison.Key(certificate.SubjectName)))[KeysOf(issued).Issuer];

    /// <summary>The certificates in <paramref name="certificates"/> with a subject.</summary>
    public static IEnumerable<X509Certificate2> HavingSubject(IReadOnlyList<X509Certificate2> certificates, X500DistinguishedName name) =>
        certificates is StoredCertificates stored
            ? stored.HavingSubject(name)
            : certificates.Where(candidate => NameComparison.AreSame(candidate.SubjectName, name));

    /// <summary>Whether a certificate names another as its issuer.</summary>
    public bool IsIssuer(X509Certificate2 issuer, X509Certificate2 issued) => KeysOf(issued).Issuer == KeysOf(issuer).Subject;

    private (string Subject, string Issuer) KeysOf(X509Certificate2 certificate)
    {
        if (!keys.TryGetValue(certificate, out var known))
            keys.Add(certificate, known = (NameComparison.Key(certificate.SubjectName), NameComparison.Key(certificate.IssuerName)));
        return known;
    }
}
