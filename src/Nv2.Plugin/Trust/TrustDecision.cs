using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Trust;
using Nv2.Signing.Trust.Policy;
using Nv2.Signing.Trust.Revocation;

namespace Nv2.Plugin.Trust;

/// <summary>Who is trusted about an artifact, and on what terms: by certificates that were given by hand, or by the trust policy.</summary>
/// <param name="Certificates">Who is trusted.</param>
/// <param name="Terms">On what terms.</param>
internal sealed record TrustDecision(TrustedCertificates Certificates, TrustTerms Terms)
{
    /// <summary>The statement of the policy that decides, or <see langword="null"/> where none does.</summary>
    public TrustPolicyStatement? Statement { get; init; }

    /// <summary>Whether a trust policy was asked, and not certificates given by hand.</summary>
    public bool IsByPolicy { get; init; }

    /// <summary>Whether an artifact that is not signed, or not by anybody who is trusted, is refused.</summary>
    public bool IsTrustRequired { get; init; } = true;

    /// <summary>Where certificates for the artifact are to be had.</summary>
    public IReadOnlyList<KeySource> Keys { get; init; } = [];

    /// <summary>Whether the policy cannot decide because the name is missing under which the artifact is used.</summary>
    public bool IsNameMissing { get; init; }

    /// <summary>Whether the policy says that nothing is to be verified.</summary>
    public bool SkipsAll => Statement?.Level.SkipsAll ?? false;

    private static TrustDecision Nobody { get; } = new(new TrustedCertificates([], []), TrustTerms.ByHand) { IsByPolicy = true };

    /// <summary>Trust in certificates that were given by hand.</summary>
    public static TrustDecision ByHand(TrustedCertificates certificates) => new(certificates, TrustTerms.ByHand);

    /// <summary>What the policy says of the artifact that is used under a name.</summary>
    /// <param name="home">Where the policy is, or <see langword="null"/> where nothing says so: then nobody is trusted.</param>
    /// <param name="reference">The name, or <see langword="null"/> where it is not known: then only a policy that is the same for all names can decide.</param>
    /// <exception cref="InvalidInputException">The policy, the settings, or what the policy names cannot be used.</exception>
    public static TrustDecision ByPolicy(TrustHome? home, Reference? reference) => Decide(home, reference, (policy, nobody) =>
    {
        if (reference is null && policy.DependsOnName)
            return (null, nobody.Refusing("the trust policy has statements for repositories, and the name is missing under which the artifact is used") with { IsNameMissing = true });
        return (policy.For(reference), nobody.Refusing($"no statement of the trust policy is for {(reference is null ? "artifacts" : Quoted.Text(reference.Repository))}, and none for all others"));
    });

    /// <summary>What the policy says of a blob.</summary>
    /// <param name="home">Where the policy is, or <see langword="null"/> where nothing says so: then nobody is trusted.</param>
    /// <param name="scope">The scope that the user names, without <c>blob:</c>; <see langword="null"/> for the statement for all blobs.</param>
    /// <exception cref="InvalidInputException">The policy, the settings, or what the policy names cannot be used.</exception>
    public static TrustDecision ByPolicyForBlob(TrustHome? home, string? scope) => Decide(home, null, (policy, nobody) => (
        policy.ForBlob(scope),
        nobody.Refusing($"no statement of the trust policy is for {(scope is null ? "blobs" : $"blob:{scope}")}: expected one with the scope {(scope is null ? "" : $"blob:{scope} or ")}blob:*, in a policy of version 1.1")));

    private static TrustDecision Decide(TrustHome? home, Reference? reference, Func<TrustPolicy, TrustDecision, (TrustPolicyStatement? Statement, TrustDecision Otherwise)> choose)
    {
        if (home is null)
            return Nobody.Refusing(TrustHome.Nowhere);

        var settings = home.ReadSettings();
        var nobody = Nobody with
        {
            IsTrustRequired = settings.IsTrustRequired,
            Keys = reference is null ? [] : settings.KeysFor(reference),
        };
        if (home.ReadPolicy() is not { } policy)
            return nobody.Refusing($"there is no trust policy: expected the file {Quoted.Text(home.PolicyFile)}");
        var (statement, otherwise) = choose(policy, nobody);
        if (statement is null)
            return otherwise;

        return nobody with
        {
            Statement = statement,
            Certificates = ReadCertificates(home.Store, statement),
            Terms = new TrustTerms
            {
                Level = statement.Level,
                Identities = statement.Identities,
                TimestampsOnlyAfterExpiry = statement.TimestampsOnlyAfterExpiry,
                Revocation = statement.Level.Revocation == ValidationAction.Skip ? null : new RevocationCheck(home.ReadRevocationLists(), TimeProvider.System),
                AllowsRelocation = settings.Relocatable.Contains(statement.Name),
            },
        };
    }

    private TrustDecision Refusing(string reason) => this with { Terms = Terms with { Refusal = reason } };

    private static TrustedCertificates ReadCertificates(TrustStore store, TrustPolicyStatement statement)
    {
        var byType = new Dictionary<TrustStoreType, List<X509Certificate2>>();
        foreach (var name in statement.TrustStores)
        {
            if (!byType.TryGetValue(name.Type, out var certificates))
                byType.Add(name.Type, certificates = []);
            try
            {
                certificates.AddRange(store.Read(name).Select(entry => entry.Certificate));
            }
            catch (Exception exception) when (FileErrors.IsAboutFile(exception) && exception is not InvalidInputException)
            {
                // FileErrors takes a folder that may not be read for a folder in the place of a file.
                throw exception is UnauthorizedAccessException
                    ? new AccessDeniedException($"cannot read the trust store {Quoted.Text(store.FolderOf(name))}: permission denied", exception)
                    : FileErrors.Explain("read the trust store", store.FolderOf(name), exception);
            }
        }

        return TrustedCertificates.PinsAndAuthorities(Of(TrustStoreType.CertificateAuthority)) with
        {
            SigningAuthorities = Of(TrustStoreType.SigningAuthority),
            TimestampAuthorities = Of(TrustStoreType.TimestampAuthority),
        };

        IReadOnlyList<X509Certificate2> Of(TrustStoreType type) => byType.GetValueOrDefault(type) ?? [];
    }
}
