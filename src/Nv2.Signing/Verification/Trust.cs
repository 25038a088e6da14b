using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Signing.Verification;

/// <summary>
/// Whom one trusts about an artifact, and on what terms: certificates that are given by hand, or what a trust policy says. Every verification is
/// given one; there is no default, so that it cannot be forgotten.
/// </summary>
public sealed record Trust
{
    private Trust(TrustedCertificates certificates) => Certificates = certificates;

    /// <summary>The trusted certificates.</summary>
    internal TrustedCertificates Certificates { get; init; }

    /// <summary>Which validations are enforced. Where it skips all, the artifact is accepted whatever its signatures are.</summary>
    internal VerificationLevel Level { get; init; } = VerificationLevel.Strict;

    /// <summary>Why nobody is trusted, whatever certificates there are; or <see langword="null"/>.</summary>
    internal string? Refusal { get; init; }

    /// <summary>Whose signatures count, or <see langword="null"/> for everybody's for whom the certificates vouch.</summary>
    internal TrustedIdentities? Identities { get; init; }

    /// <summary>Of which identities the signer must have one besides, or <see langword="null"/> where the settings ask for none.</summary>
    internal SignerIdentities? SignerIdentities { get; init; }

    /// <summary>How far the signer's clock may be ahead: a signature that is not valid yet is, where it will be within that time. The dates of
    /// certificates are not concerned.</summary>
    internal TimeSpan ClockTolerance { get; init; }

    /// <summary>Whether timestamps are looked at only where a certificate is not valid any more.</summary>
    internal bool TimestampsOnlyAfterExpiry { get; init; }

    /// <summary>Whether a signature without a timestamp is not valid, also while its certificates are.</summary>
    internal bool RequiresTimestamp { get; init; }

    /// <summary>Tells whether certificates are revoked, or <see langword="null"/> to leave that out.</summary>
    internal RevocationCheck? Revocation { get; init; }

    /// <summary>Whether an artifact that is signed for one name may be used under another.</summary>
    internal bool AllowsRelocation { get; init; }

    /// <summary>
    /// Whether a name that nothing signed can confirm fails: signatures in some formats carry no names. Certificates by hand say nothing of
    /// repositories, so there only a signed name binds the artifact to the one that was asked for; the statement of a policy is chosen by the
    /// repository.
    /// </summary>
    internal bool RequiresSignedName { get; init; }

    /// <summary>Whether an artifact that is not signed, or not by anybody who is trusted, is refused. Otherwise it is accepted with a warning, unless
    /// a signature is broken.</summary>
    internal bool IsRequired { get; init; } = true;

    /// <summary>Whether a trust policy was asked, and not certificates given by hand.</summary>
    internal bool IsByPolicy { get; init; }

    /// <summary>The statement of the policy that decides, or <see langword="null"/> where none does.</summary>
    internal TrustPolicyStatement? Statement { get; init; }

    /// <summary>The rules that are for the name, the one that decides first.</summary>
    internal IReadOnlyList<ScopeRule> Rules { get; init; } = [];

    /// <summary>The settings that count beside the policy.</summary>
    internal TrustSettings Settings { get; init; } = TrustSettings.Default;

    /// <summary>Where the user's settings say that certificates for the artifact can be got.</summary>
    internal IReadOnlyList<KeySource> Keys { get; init; } = [];

    /// <summary>Where the policy is, or <see langword="null"/> where nothing says where.</summary>
    internal TrustHome? Home { get; init; }

    /// <summary>The policy, or <see langword="null"/> where there is none.</summary>
    internal TrustPolicy? Policy { get; init; }

    /// <summary>Whether the policy cannot decide because the name is missing under which the artifact is used.</summary>
    internal bool IsNameMissing { get; init; }

    /// <summary>Trusts certificates that are given by hand: everything is enforced, every signer counts for whom they vouch, and revocation is not
    /// looked at.</summary>
    /// <remarks>A name that is asked for must be signed, in every format. <see cref="AllowingUnsignedName"/> and <see cref="AllowingRelocation"/>
    /// give that up.</remarks>
    public static Trust ByHand(TrustedCertificates certificates) => new(certificates) { RequiresSignedName = true };

    /// <summary>Trusts nobody, as a policy would that is not there.</summary>
    /// <param name="reason">Why.</param>
    internal static Trust InNobody(string reason) => new(TrustedCertificates.None) { IsByPolicy = true, Refusal = reason };

    /// <summary>Trusts as the policy says for the artifact that is used under a name.</summary>
    /// <param name="home">Where the policy is.</param>
    /// <param name="reference">The name, or <see langword="null"/> where it is not known: then only a policy that is the same for all names can
    /// decide.</param>
    /// <param name="clock">Tells the present moment, for revocation.</param>
    /// <exception cref="InvalidInputException">The policy, the settings, or what the policy names cannot be used.</exception>
    /// <exception cref="Files.AccessDeniedException">One of them may not be read.</exception>
    public static Trust ByPolicy(TrustHome home, Reference? reference, TimeProvider clock) =>
        Decide(
            home,
            reference,
            clock,
            (policy, settings) =>
            {
                if (reference is null && (policy.DependsOnName || settings.Scopes.Count > 0))
                    return new(
                        [],
                        "the trust policy has statements for repositories, and the name is missing under which the artifact is used",
                        IsNameMissing: true
                    );
                return new(
                    ScopeRule.For(policy, settings, reference),
                    $"no statement of the trust policy is for {(reference is null ? "artifacts" : Quoted.Text(reference.Repository))}, and none for all others",
                    IsNameMissing: false
                );
            }
        );

    /// <summary>Trusts as the policy says for a blob.</summary>
    /// <param name="home">Where the policy is.</param>
    /// <param name="scope">The scope that the user names, without <c>blob:</c>; <see langword="null"/> for the statement for all blobs.</param>
    /// <param name="clock">Tells the present moment, for revocation.</param>
    /// <exception cref="InvalidInputException">The policy, the settings, or what the policy names cannot be used.</exception>
    /// <exception cref="Files.AccessDeniedException">One of them may not be read.</exception>
    internal static Trust ByPolicyForBlob(TrustHome home, string? scope, TimeProvider clock) =>
        Decide(
            home,
            null,
            clock,
            (policy, _) =>
                new(
                    policy.ForBlob(scope) is { } statement
                        ? [new(scope is null ? ScopeRuleKind.Everything : ScopeRuleKind.Repository, $"blob:{scope ?? "*"}", statement)]
                        : [],
                    $"no statement of the trust policy is for {(scope is null ? "blobs" : $"blob:{scope}")}: expected one with the scope {(scope is null ? "" : $"blob:{scope} or ")}blob:*, in a policy of version 1.1",
                    IsNameMissing: false
                )
        );

    /// <summary>The same, but an artifact that is not verified is refused, whatever the user's settings say.</summary>
    public Trust Requiring() => this with { IsRequired = true };

    /// <summary>The same, but a signature in a format that carries no names may be used under any name; in the others the name must be
    /// signed.</summary>
    public Trust AllowingUnsignedName() => this with { RequiresSignedName = false };

    /// <summary>The same, but an artifact that is signed for one name may be used under another.</summary>
    public Trust AllowingRelocation() => this with { AllowsRelocation = true, RequiresSignedName = false };

    /// <summary>The same, but the signer's clock may be ahead by another time than the settings say.</summary>
    public Trust Tolerating(TimeSpan clockTolerance) => this with { ClockTolerance = clockTolerance };

    /// <summary>The signer must have an identity whose signatures count.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    internal string? CheckIdentities(X509Certificate2 signer) => Identities?.Check(signer) ?? SignerIdentities?.Check(signer);

    /// <summary>What the policy says of a name.</summary>
    /// <param name="Rules">The rules that are for it, the one that decides first.</param>
    /// <param name="Refusal">Why nobody is trusted where there is none.</param>
    /// <param name="IsNameMissing">Whether there is none because the name is missing.</param>
    private sealed record Choice(IReadOnlyList<ScopeRule> Rules, string Refusal, bool IsNameMissing);

    private static Trust Decide(TrustHome home, Reference? reference, TimeProvider clock, Func<TrustPolicy, TrustSettings, Choice> choose) =>
        home.ReadTogether(() => DecideNow(home, reference, clock, choose));

    private static Trust DecideNow(TrustHome home, Reference? reference, TimeProvider clock, Func<TrustPolicy, TrustSettings, Choice> choose)
    {
        var settings = home.ReadSettings();
        var policy = home.ReadPolicy();
        StatementSettings.Require(settings, home.SettingsFile, policy);
        IReadOnlyList<KeySource> keys = reference is null ? [] : settings.KeysFor(reference);
        var (rules, refusal, isNameMissing) = policy is null
            ? new([], $"there is no trust policy: expected the file {Quoted.Text(home.PolicyFile)}", IsNameMissing: false)
            : choose(policy, settings);
        var statement = rules.Count == 0 ? null : rules[0].Statement;
        if (statement is null)
        {
            return InNobody(refusal) with
            {
                IsRequired = settings.IsTrustRequired,
                Keys = keys,
                IsNameMissing = isNameMissing,
                Settings = settings,
                ClockTolerance = settings.ClockTolerance,
                Home = home,
                Policy = policy,
            };
        }

        return new Trust(home.ReadCertificates(statement))
        {
            Level = statement.Level,
            Identities = statement.Identities,
            SignerIdentities = settings.SignerIdentities.GetValueOrDefault(statement.Name),
            ClockTolerance = settings.ClockTolerance,
            TimestampsOnlyAfterExpiry = statement.TimestampsOnlyAfterExpiry,
            Revocation =
                statement.Level.Revocation == ValidationAction.Skip
                    ? null
                    : new RevocationCheck(home.ReadRevocationLists(), clock) { OtherIssuers = home.ReadAllCertificates },
            RequiresTimestamp = settings.TimestampRequired.Contains(statement.Name),
            AllowsRelocation = settings.Relocatable.Contains(statement.Name),
            IsRequired = settings.IsTrustRequired,
            IsByPolicy = true,
            Statement = statement,
            Rules = rules,
            Settings = settings,
            Keys = keys,
            Home = home,
            Policy = policy,
        };
    }
}
