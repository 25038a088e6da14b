using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Verification;

/// <summary>Where to get a certificate by which an untrusted signer would be trusted.</summary>
/// <param name="Url">The address. It holds nothing that a shell or a terminal would take for anything else.</param>
/// <param name="Sha256Thumbprint">The fingerprint to expect, or <see langword="null"/> where only the signer says that it is there.</param>
/// <param name="Store">The trust store to put it into, or <see langword="null"/> to leave the choice to the user.</param>
public sealed record CertificateSource(string Url, string? Sha256Thumbprint, TrustStoreName? Store)
{
    private const int MaxSources = 8;

    /// <summary>The sources for the untrusted signers of an artifact: what is set for its repository, else what the certificates themselves say of their issuers.</summary>
    public static IReadOnlyList<CertificateSource> Of(Trust trust, IEnumerable<VerificationResult> results)
    {
        var untrusted = Untrusted(results);
        if (untrusted.Count == 0 || !trust.IsByPolicy || trust.IsNameMissing)
            return [];
        return trust.Keys.Count > 0
            ? [.. trust.Keys.Select(key => new CertificateSource(key.Url.OriginalString, key.Sha256Thumbprint, key.Store))]
            : [.. untrusted.SelectMany(signature => signature.Certificates).SelectMany(IssuerAddresses.Of).Distinct().Take(MaxSources).Select(url => new CertificateSource(url, null, null))];
    }

    /// <summary>The signatures that fail because their signers are not trusted, and are not broken.</summary>
    public static IReadOnlyList<Signature> Untrusted(IEnumerable<VerificationResult> results) =>
    [
        .. results
            .Where(result => result is { IsBroken: false, Signature: not null } && result.Checks.Any(check => check is { Name: CheckName.Authenticity, Passed: false }))
            .Select(result => result.Signature!), // Has been looked at.
    ];
}
