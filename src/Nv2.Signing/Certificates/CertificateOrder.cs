using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>Orders certificates from sources without an order: PKCS#12 files and tokens.</summary>
internal static class CertificateOrder
{
    /// <summary>A certificate, followed by those among others that issued it, if they are present. Nothing is verified.</summary>
    public static IReadOnlyList<X509Certificate2> From(X509Certificate2 leaf, IReadOnlyList<X509Certificate2> others)
    {
        var chain = new List<X509Certificate2> { leaf };
        while (chain.Count <= others.Count && FindIssuer(chain[^1], others) is { } issuer && !chain.Contains(issuer))
            chain.Add(issuer);
        return chain;
    }

    // If several have the name, as after a renewal, the one with the key identifier (RFC 5280 section 4.2.1.1).
    private static X509Certificate2? FindIssuer(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> others)
    {
        if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
            return null;
        var named = others.Where(other => other.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)).ToList();
        var wanted = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        return named.Find(other =>
                wanted is { } id
                && other.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } its
                && its.SubjectKeyIdentifierBytes.Span.SequenceEqual(id.Span)
            ) ?? named.FirstOrDefault();
    }
}
