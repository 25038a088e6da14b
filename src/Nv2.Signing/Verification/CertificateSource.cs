using System.Globalization;
using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Verification;

/// <summary>Where to get a certificate by which an untrusted signer would be trusted.</summary>
/// <param name="Url">The address. It holds nothing that a shell or a terminal would take for anything else.</param>
/// <param name="Sha256Thumbprint">The fingerprint to expect, or <see langword="null"/> where only the signer says that it is there.</param>
/// <param name="Store">The trust store to put it into, or <see langword="null"/> to leave the choice to the user.</param>
internal sealed record CertificateSource(string Url, string? Sha256Thumbprint, TrustStoreName? Store)
{
    private const int MaxSources = 8;

    // Names of files may have 255 bytes, and people read this one.
    private const int MaxStoreName = 100;
    private const int HashDigits = 16;

    /// <summary>The sources for the untrusted signers of an artifact: what is set for its repository, else what the certificates themselves say of
    /// their issuers.</summary>
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
    /// A trust store for the signers of a repository: one that is not there and that no statement of the policy names, so that a certificate in it
    /// counts for nothing but what the user allows next. Its name is made of host and repository, and no other repository gets the same one.
    /// </summary>
    public static TrustStoreName NewStore(Trust trust, Reference reference)
    {
        var name = new StringBuilder(reference.Repository.Length);
        foreach (var character in reference.Repository)
            name.Append(CharacterSets.Tag.Contains(character) ? character : '-');
        var text = name.ToString().TrimStart('-', '.', '_');

        // The hyphen stands for what a name of a store cannot have. Where the repository has one of its own, or its text is cut, another one could
        // have the same text; none has upper-case letters.
        if (text.Length > MaxStoreName || reference.Repository.AsSpan().ContainsAny('-', ':', '['))
            text =
                $"{text.AsSpan(0, Math.Min(text.Length, MaxStoreName))}-{Digest.Compute(DigestAlgorithm.Sha256, Encoding.UTF8.GetBytes(reference.Repository)).Hex[..HashDigits].ToUpperInvariant()}";
        var store = new TrustStoreName(TrustStoreType.CertificateAuthority, text);
        for (var number = 2; !IsNew(trust, store, thumbprint: null); number++)
            store = store with { Name = string.Create(CultureInfo.InvariantCulture, $"{text}-{number}") };
        return store;
    }

    // One that holds what is to be added to it and nothing else is as good as new, as long as it does not count anywhere.
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
            return false; // A store that cannot be read is no place to add to.
        }
    }

    /// <summary>The signatures that fail because their signers are not trusted, and are not broken.</summary>
    public static IReadOnlyList<Signature> Untrusted(IEnumerable<VerificationResult> results) =>
        [
            .. results
                .Where(result =>
                    result is { IsBroken: false, Signature: not null }
                    && result.Checks.Any(check => check is { Name: CheckName.Authenticity, Passed: false })
                )
                .Select(result => result.Signature!), // Has been looked at.
        ];
}
