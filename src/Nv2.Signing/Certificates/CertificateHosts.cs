using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The registries that a certificate is valid for: its DNS names if it has any, otherwise its Common Name; for a registry with an address, its IP
/// addresses. A wildcard matches exactly one label, the first (RFC 6125 section 6.4.3). Case does not matter.
/// </summary>
internal sealed class CertificateHosts
{
    private const string CommonNameOid = "2.5.4.3";
    private const string NameConstraintsOid = "2.5.29.30";

    private readonly List<string> names = [];
    private readonly List<IPAddress> addresses = [];

    // An address matches only iPAddress names (RFC 9525 section 6.2), unless the certificate has no alternative names at all.
    private readonly bool isCommonName;

    /// <summary>Reads the names of <paramref name="certificate"/>.</summary>
    /// <param name="certificate">The certificate of a signer.</param>
    /// <param name="issuers">
    /// The certificates above it. If one of them constrains names (RFC 5280 section 4.2.1.10), the Common Name is ignored: constraints do not
    /// reliably apply to it.
    /// </param>
    /// <exception cref="InvalidInputException">Its subjectAltName is damaged.</exception>
    public CertificateHosts(X509Certificate2 certificate, IEnumerable<X509Certificate2> issuers)
    {
        try
        {
            foreach (var alternativeNames in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
            {
                names.AddRange(alternativeNames.EnumerateDnsNames());
                addresses.AddRange(alternativeNames.EnumerateIPAddresses());
            }
        }
        catch (CryptographicException exception)
        {
            throw new InvalidInputException("the subjectAltName of the certificate is damaged", exception);
        }

        var areConstrained = issuers.Any(issuer => issuer.Extensions.Any(extension => extension.Oid?.Value == NameConstraintsOid));
        if (names.Count == 0 && !areConstrained && CommonName(certificate.SubjectName) is { } commonName)
        {
            names.Add(commonName);
            isCommonName = addresses.Count == 0;
        }
    }

    /// <summary>Whether the certificate is valid for <paramref name="host"/>, a host name or an address without port.</summary>
    public bool Cover(string host) =>
        TryParseAddress(host, out var address) && !isCommonName ? addresses.Contains(address) : names.Exists(name => Matches(name, host));

    /// <summary>The names for a message: <c>registry.example.com, *.example.org</c>.</summary>
    public override string ToString()
    {
        var all = names.Concat(addresses.Select(address => address.ToString())).ToList();
        return all.Count == 0 ? "no registry" : string.Join(", ", all.Select(name => Quoted.Text(name)[1..^1]));
    }

    // Only the usual form of IPv4: the platform also reads 127.1, 0x7f.0.0.1 and a plain number as addresses.
    private static bool TryParseAddress(string host, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(host, out address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == host);

    private static bool Matches(string name, string host)
    {
        const string AnyLabel = "*.";
        if (!name.StartsWith(AnyLabel, StringComparison.Ordinal) || IPAddress.TryParse(host, out _))
            return string.Equals(name, host, StringComparison.OrdinalIgnoreCase);

        var firstDot = host.IndexOf('.', StringComparison.Ordinal);
        return firstDot > 0 && host.AsSpan(firstDot + 1).Equals(name.AsSpan(AnyLabel.Length), StringComparison.OrdinalIgnoreCase);
    }

    // With several common names, the intended one is not known.
    private static string? CommonName(X500DistinguishedName subject) =>
        DistinguishedName.Attributes(subject).Where(attribute => attribute.Oid == CommonNameOid).ToList() is [{ Text: { } only }] ? only : null;
}
