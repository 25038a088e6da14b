using System.Globalization;
using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Verification;

/// <summary>Where to get a certificate that would make an untrusted signer trusted.</summary>
/// <param name="Url">The address. It is safe in a shell command and on a terminal.</param>
/// <param name="Sha256Thumbprint">The fingerprint to expect, or <see langword="null"/> if only the signer names the address.</param>
/// <param name="Store">The trust store to put it into, or <see langword="null"/> if the user chooses.</param>
internal sealed record CertificateSource(string Url, string? Sha256Thumbprint, TrustStoreName? Store)
{
    private const int MaxSources = 8;

    // A file name may have 255 bytes, and people read this one.
    private const int MaxStoreName = 100;
    private const int HashDigits = 16;

    /// <summary>The sources for the untrusted signers of an artifact: those in the settings for its repository, else the issuer addresses in the
    /// certificates.</summary>
    public static IReadOnlyList<CertificateSource> Of(Trust trust, IEnumerable<VerificationResult> results)
    {
        var untrusted = Untrusted(results);
        if (untrusted.Count == 0 || !trust.IsByPolicy || trust.IsNameMissing)
            return [];
        return trust.Keys.Count > 0
            ?
            [
                .. trust.Keys.Select(key => new CertificateSource(
                    key.Url.OriginalString,
                    key.Sha256Thumbprint,
                    key.Store is not null && IsNew(trust, key.Store, key.Sha256Thumbprint) ? key.Store : null
                )),
            ]
            :
            [
                .. untrusted
                    .SelectMany(signature => signature.Certificates)
                    .SelectMany(IssuerAddresses.Of)
                    .Distinct()
                    .Take(MaxSources)
                    .Select(url => new CertificateSource(url, null, null)),
            ];
    }

    /// <summary>
    /// A trust store for the signers of a repository: a new one that no statement of the policy names, so a certificate in it is trusted only for
    /// what the user allows next. Its name is derived from host and repository, and is unique to the repository.
    /// </summary>
    public static TrustStoreName NewStore(Trust trust, Reference reference)
    {
        var name = new StringBuilder(reference.Repository.Length);
        foreach (var character in reference.Repository)
            name.Append(CharacterSets.Tag.Contains(character) ? character : '-');
        var text = name.ToString().TrimStart('-', '.', '_');

        // The hyphen replaces characters that a store name cannot have. If the repository contains a hyphen, or its text is cut, another repository
        // could have the same text; the upper-case digits of the digest make the name unique.
        if (text.Length > MaxStoreName || reference.Repository.AsSpan().ContainsAny('-', ':', '['))
            text =
                $"{text.AsSpan(0, Math.Min(text.Length, MaxStoreName))}-"
                + Digest.Compute(DigestAlgorithm.Sha256, Encoding.UTF8.GetBytes(reference.Repository)).Hex[..HashDigits].ToUpperInvariant();
        var store = new TrustStoreName(TrustStoreType.CertificateAuthority, text);
        for (var number = 2; !IsNew(trust, store, thumbprint: null); number++)
            store = store with { Name = string.Create(CultureInfo.InvariantCulture, $"{text}-{number}") };
        return store;
    }

    // A store with exactly the certificates to add is as good as a new one, if no statement names it.
    private static bool IsNew(Trust trust, TrustStoreName store, string? thumbprint)
    {
        if (trust.Policy?.Statements.Any(statement => statement.TrustStores.Contains(store)) ?? false)
            return false;
        if (trust.Home is not { } home || !Path.Exists(home.Store.FolderOf(store)))
            return true;
        try
        {
            return home.Store.ReadIfAny(store).All(entry => CertificateDescription.Of(entry.Certificate).Sha256Thumbprint == thumbprint);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            return false; // Nothing can be added to an unreadable store.
        }
    }

    /// <summary>The signatures that are not broken, but whose signers are not trusted.</summary>
    public static IReadOnlyList<Signature> Untrusted(IEnumerable<VerificationResult> results) =>
        [
            .. results
                .Where(result =>
                    result is { IsBroken: false, Signature: not null }
                    && result.Checks.Any(check => check is { Name: CheckName.Authenticity, Passed: false })
                )
                .Select(result => result.Signature!), // Not null: filtered.
        ];
}
