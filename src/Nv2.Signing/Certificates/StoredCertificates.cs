using System.Collections;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>A certificate of a trust store, parsed on demand.</summary>
internal sealed class StoredCertificate
{
    private readonly ReadOnlyMemory<byte> der;
    private readonly Range subject;
    private readonly Func<ReadOnlyMemory<byte>, X509Certificate2>? parse;
    private X509Certificate2? certificate;
    private ulong? filter;
    private string? subjectKey;

    /// <summary>Wraps a parsed certificate.</summary>
    public StoredCertificate(string fileName, X509Certificate2 certificate)
    {
        FileName = fileName;
        this.certificate = certificate;
        der = certificate.RawDataMemory;
        IsAuthority = TrustedCertificates.IsAuthority(certificate);
    }

    /// <summary>Wraps an authority's certificate in the usual form.</summary>
    /// <param name="fileName">Its file.</param>
    /// <param name="der">The certificate.</param>
    /// <param name="scan">The result of the scan.</param>
    /// <param name="parse">Parses it, or refuses it with the name of the file.</param>
    public StoredCertificate(string fileName, ReadOnlyMemory<byte> der, CertificateScan scan, Func<ReadOnlyMemory<byte>, X509Certificate2> parse)
    {
        FileName = fileName;
        this.der = der;
        this.parse = parse;
        subject = scan.Subject;
        IsAuthority = scan.IsAuthority;
    }

    /// <summary>The name of its file.</summary>
    public string FileName { get; }

    /// <summary>Whether it is marked as an authority's.</summary>
    public bool IsAuthority { get; }

    /// <summary>The certificate.</summary>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public X509Certificate2 Certificate => certificate ??= parse!(der); // Not null before the certificate is parsed.

    /// <summary>Its subject, for comparison (<see cref="NameComparison.Key"/>); prepared once, because the maker of a signature controls how often it
    /// is used.</summary>
    /// <exception cref="InvalidInputException">The certificate is damaged.</exception>
    public string SubjectKey => subjectKey ??= NameComparison.Key(Certificate.SubjectName);

    /// <summary>Whether it is the same certificate, byte for byte.</summary>
    public bool Is(ReadOnlySpan<byte> other) => der.Span.SequenceEqual(other);

    /// <summary>Whether its subject may have a name with that number (<see cref="NameFilter"/>).</summary>
    public bool MayHaveSubject(ulong number)
    {
        filter ??= NameFilter.Of(certificate is null ? der.Span[subject] : certificate.SubjectName.RawData);
        return filter == number || filter == NameFilter.Unknown || number == NameFilter.Unknown;
    }
}

/// <summary>
/// Certificates of trust stores. A certificate is parsed if its bytes or its name show that it is needed, or if a caller asks for it; all have been
/// scanned (<see cref="CertificateScan"/>). The list does not change.
/// </summary>
/// <param name="entries">The certificates.</param>
internal sealed class StoredCertificates(IReadOnlyList<StoredCertificate> entries) : IReadOnlyList<X509Certificate2>
{
    /// <inheritdoc/>
    public int Count => entries.Count;

    /// <summary>The certificates that are marked as authorities.</summary>
    public StoredCertificates Authorities => new([.. entries.Where(entry => entry.IsAuthority)]);

    /// <summary>Whether all of certificates can be read. One of a store that cannot is refused where it is needed, and nowhere else.</summary>
    public static bool AreReadable(IReadOnlyList<X509Certificate2> certificates)
    {
        if (certificates is not StoredCertificates)
            return true;
        try
        {
            return certificates.All(certificate => certificate is not null); // Each of which is parsed.
        }
        catch (InvalidInputException)
        {
            return false; // Where it is needed, the search says so.
        }
    }

    /// <inheritdoc/>
    public X509Certificate2 this[int index] => entries[index].Certificate;

    /// <summary>Whether they contain a certificate, byte for byte.</summary>
    /// <exception cref="InvalidInputException">The certificate is damaged.</exception>
    public bool Contains(ReadOnlySpan<byte> der)
    {
        foreach (var entry in entries)
        {
            if (entry.Is(der))
                return entry.Certificate is not null; // Parses it: a damaged certificate must not establish trust.
        }

        return false;
    }

    /// <summary>The certificates with a subject.</summary>
    /// <exception cref="InvalidInputException">One that may match is damaged.</exception>
    public IEnumerable<X509Certificate2> HavingSubject(X500DistinguishedName name)
    {
        var (number, key) = (NameFilter.Of(name.RawData), NameComparison.Key(name));
        return entries.Where(entry => entry.MayHaveSubject(number) && entry.SubjectKey == key).Select(entry => entry.Certificate);
    }

    /// <inheritdoc/>
    public IEnumerator<X509Certificate2> GetEnumerator() => entries.Select(entry => entry.Certificate).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
