using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>
/// What a user can do whom nobody trusted has signed for: who did sign, and where each one's certificate is to be had. Nothing is fetched here;
/// whoever follows the advice decides to trust.
/// </summary>
internal static class KeyAdvice
{
    private const int MaxSigners = 8;

    /// <summary>The lines; <see langword="null"/> where no signer is untrusted, or nobody can tell before the name is known.</summary>
    /// <param name="trust">What the policy said.</param>
    /// <param name="reference">The name that the artifact is used under, or <see langword="null"/>.</param>
    /// <param name="results">What came out for each signature.</param>
    public static string? Describe(Trust trust, Reference? reference, IReadOnlyList<VerificationResult> results)
    {
        var untrusted = CertificateSource.Untrusted(results);
        if (untrusted.Count == 0 || trust.IsNameMissing)
            return null;

        var text = new StringBuilder("signed by:\n");
        foreach (
            var signer in untrusted
                .Where(signature => signature.Certificates.Count > 0)
                .Select(signature => signature.Certificates[0])
                .DistinctBy(Thumbprint)
                .Take(MaxSigners)
        )
            text.Append(CultureInfo.InvariantCulture, $"  {DistinguishedName.BriefOf(signer)}, sha256 {Thumbprint(signer)}\n");
        foreach (
            var keyId in untrusted.Where(signature => signature.KeyId is not null).Select(signature => signature.KeyId).Distinct().Take(MaxSigners)
        )
            text.Append(CultureInfo.InvariantCulture, $"  the key {Quoted.Text(keyId)[1..^1]}\n");

        var sources = CertificateSource.Of(trust, results);
        if (sources.Count == 0)
        {
            var allow = reference is null ? "" : $" && nv2 trust allow {reference.Repository} --store NAME";
            return text.Append(
                    CultureInfo.InvariantCulture,
                    $"if you trust one of them, get its certificate or its authority's from its owner, and try again:\n  nv2 trust add NAME FILE --fingerprint SHA256{allow}"
                )
                .ToString();
        }

        var store = reference is null ? NoStore : CertificateSource.NewStore(trust, reference);
        var isClaimed = sources.Any(source => source.Sha256Thumbprint is null);
        text.Append(
            isClaimed
                ? "if you trust them, ask their owner for the certificate's SHA-256 fingerprint, since only the signer says where the certificate is, and try again:\n  "
                : "if you trust them, get the certificate, look at it, and try again:\n  "
        );
        return text.AppendJoin("\n  ", Commands(trust, reference, sources, store)).ToString();
    }

    private static TrustStoreName NoStore { get; } = new(TrustStoreType.CertificateAuthority, "NAME");

    // Where nothing is set, the address is the word of somebody who is not trusted: the fingerprint is for the user to fill in, and nothing is added
    // without it.
    private static List<string> Commands(Trust trust, Reference? reference, IReadOnlyList<CertificateSource> sources, TrustStoreName newStore)
    {
        var commands = new List<string>();
        var stores = new List<TrustStoreName>();
        foreach (var source in sources)
        {
            var store = source.Store ?? newStore;
            var type = store.Type == TrustStoreType.CertificateAuthority ? "" : $" --type {store.TypeText}";
            commands.Add($"curl -fsSL '{source.Url}' | nv2 trust add {store.Name} -{type} --fingerprint {source.Sha256Thumbprint ?? "SHA256"}");
            stores.Add(store);
        }

        // For this repository and no other: the statement in charge may be the one for everything.
        foreach (var store in stores.Distinct().Where(store => reference is not null && !(trust.Statement?.TrustStores.Contains(store) ?? false)))
            commands.Add($"nv2 trust allow {reference!.Repository} --store {store}"); // Has been asked.
        return commands;
    }

    private static string Thumbprint(X509Certificate2 certificate) => CertificateDescription.Of(certificate).Sha256Thumbprint;
}
