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
/// Advice for a user if no trusted signer signed: who signed, and where to get each certificate. Nothing is fetched here; the user decides whom to
/// trust.
/// </summary>
internal static class KeyAdvice
{
    private const int MaxSigners = 8;

    /// <summary>The lines; <see langword="null"/> if no signer is untrusted, or if the name must be known first.</summary>
    /// <param name="trust">The trust by the policy.</param>
    /// <param name="reference">The name that the artifact is used under, or <see langword="null"/>.</param>
    /// <param name="results">The result for each signature.</param>
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
                    $"if you trust one of them, get its certificate or its authority's certificate from its owner, and try again:\n"
                        + $"  nv2 trust add NAME FILE --fingerprint SHA256{allow}"
                )
                .ToString();
        }

        var store = reference is null ? NoStore : CertificateSource.NewStore(trust, reference);
        var isClaimed = sources.Any(source => source.Sha256Thumbprint is null);
        text.Append(
            isClaimed
                ? "if you trust them, get the certificate's SHA-256 fingerprint from its owner (only the signer names the address), "
                    + "and try again:\n  "
                : "if you trust them, get the certificate, check it, and try again:\n  "
        );
        return text.AppendJoin("\n  ", Commands(trust, reference, sources, store)).ToString();
    }

    private static TrustStoreName NoStore { get; } = new(TrustStoreType.CertificateAuthority, "NAME");

    // Without settings, the address comes from an untrusted signer: the user must fill in the fingerprint, and nothing is added without it.
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

        // Only for this repository: the applying statement may be the one for everything.
        foreach (var store in stores.Distinct().Where(store => reference is not null && !(trust.Statement?.TrustStores.Contains(store) ?? false)))
            commands.Add($"nv2 trust allow {reference!.Repository} --store {store}"); // Not null: checked by the caller.
        return commands;
    }

    private static string Thumbprint(X509Certificate2 certificate) => CertificateDescription.Of(certificate).Sha256Thumbprint;
}
