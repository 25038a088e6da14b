using System.Collections;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>A certificate of a trust store, parsed when it is needed.</summary>
internal sealed class StoredCertificate
{
    private readonly ReadOnlyMemory<byte> der;
    private readonly Range subject;
    private readonly Func<ReadOnlyMemory<byte>, X509Certificate2>? parse;
    private X509Certificate2? certificate;
    private ulong? filter;
    private string? subjectKey;

    /// <summary>Takes a certificate that has been parsed.</summary>
    public StoredCertificate(string fileName, X509Certificate2 certificate)
    {
        FileName = fileName;
        this.certificate = certificate;
        der = certificate.RawDataMemory;
        IsAuthority = TrustedCertificates.IsAuthority(certificate);
    }

    /// <summary>Takes an authority's certificate in the usual form.</summary>
    /// <param name="fileName">Its file.</param>
    /// <param name="der">The certificate.</param>
    /// <param name="scan">What is known of it.</param>
    /// <param name="parse">Parses it, and refuses it with the name of the file.</param>
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
    public X509Certificate2 Certificate => certificate ??= parse!(der); // There while the certificate is not.

    /// <summary>Its subject, for comparison (<see cref="NameComparison.Key"/>); prepared once, since whoever makes signatures chooses how often it is
    /// asked for.</summary>
    /// <exception cref="InvalidInputException">The certificate is damaged.</exception>
    public string SubjectKey => subjectKey ??= NameComparison.Key(Certificate.SubjectName);

    /// <summary>Whether it is that certificate, byte for byte.</summary>
    public bool Is(ReadOnlySpan<byte> other) => der.Span.SequenceEqual(other);

    /// <summary>Whether its subject may have a name of that number (<see cref="NameFilter"/>).</summary>
    public bool MayHaveSubject(ulong number)
    {
        filter ??= NameFilter.Of(certificate is null ? der.Span[subject] : certificate.SubjectName.RawData);
        return filter == number || filter == NameFilter.Unknown || number == NameFilter.Unknown;
    }
}

/// <summary>
/// Certificates of trust stores. One is parsed where its bytes or its name show that it is needed, or where somebody asks for it; all have been
/// looked at
/// (<see cref="CertificateScan"/>). The list does not change.
/// </summary>
/// <param name="entries">The certificates.</param>
internal sealed class StoredCertificates(IReadOnlyList<StoredCertificate> entries) : IReadOnlyList<X509Certificate2>
{
    /// <inheritdoc/>
    public int Count => entries.Count;

    /// <summary>Those that are marked as authorities'.</summary>
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

    /// <summary>Whether a certificate is among them, byte for byte.</summary>
    /// <exception cref="InvalidInputException">It is, and it is damaged.</exception>
    public bool Contains(ReadOnlySpan<byte> der)
    {
        foreach (var entry in entries)
        {
            if (entry.Is(der))
                return entry.Certificate is not null; // As it must be for anybody to be trusted by it.
        }

        return false;
    }

    /// <summary>Those whose subject has a name.</summary>
    /// <exception cref="InvalidInputException">One that may be one of them is damaged.</exception>
    public IEnumerable<X509Certificate2> HavingSubject(X500DistinguishedName name)
    {
        var (number, key) = (NameFilter.Of(name.RawData), NameComparison.Key(name));
        return entries.Where(entry => entry.MayHaveSubject(number) && entry.SubjectKey == key).Select(entry => entry.Certificate);
    }

    /// <inheritdoc/>
    public IEnumerator<X509Certificate2> GetEnumerator() => entries.Select(entry => entry.Certificate).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
