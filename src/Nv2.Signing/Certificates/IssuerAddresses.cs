using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>Where a certificate says that its issuer's is to be had: <c>id-ad-caIssuers</c> of its authority information access (RFC 5280 section 4.2.2.1).</summary>
public static class IssuerAddresses
{
    /// <summary>The addresses that are HTTP and hold nothing that could be taken for anything else in a command. A certificate whose extension is damaged says nothing.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        try
        {
            return
            [
                .. certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().SelectMany(access => access.EnumerateCAIssuersUris())
                    .Where(address => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && !address.AsSpan().ContainsAnyExcept(CharacterSets.Url)),
            ];
        }
        catch (CryptographicException)
        {
            return []; // Nobody's trust hangs on it.
        }
    }
}
