using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Signing.Verification;

/// <summary>
/// Who is trusted about an artifact, and on what terms: given certificates, or a trust policy. Every verification requires one; there is no default,
/// so it cannot be forgotten.
/// </summary>
public sealed record Trust
{
    private Trust(TrustedCertificates certificates) => Certificates = certificates;

    /// <summary>The trusted certificates.</summary>
    internal TrustedCertificates Certificates { get; init; }

    /// <summary>The enforced validations. If it skips all, the artifact is accepted with any signatures.</summary>
    internal VerificationLevel Level { get; init; } = VerificationLevel.Strict;

    /// <summary>Why no signer is trusted, whatever certificates there are; or <see langword="null"/>.</summary>
    internal string? Refusal { get; init; }

    /// <summary>The trusted identities, or <see langword="null"/> for every signer with a path to a trusted certificate.</summary>
    internal TrustedIdentities? Identities { get; init; }

    /// <summary>Additional identities, of which the signer must have one, or <see langword="null"/> if the settings require none.</summary>
    internal SignerIdentities? SignerIdentities { get; init; }

    /// <summary>How far the signer's clock may be ahead: a signature that becomes valid within that time is valid. Does not apply to the dates of
    /// certificates.</summary>
    internal TimeSpan ClockTolerance { get; init; }

    /// <summary>Whether timestamps are verified only if a certificate has expired.</summary>
    internal bool TimestampsOnlyAfterExpiry { get; init; }

    /// <summary>Whether a signature without a timestamp is not valid, even while its certificates are.</summary>
    internal bool RequiresTimestamp { get; init; }

    /// <summary>Tells whether certificates are revoked, or <see langword="null"/> to skip that.</summary>
    internal RevocationCheck? Revocation { get; init; }

    /// <summary>Whether an artifact that is signed for one name may be used under another.</summary>
    internal bool AllowsRelocation { get; init; }

    /// <summary>
    /// Whether a name fails that the signature cannot confirm: signatures in some formats carry no names. Given certificates are not bound to
    /// repositories, so only a signed name binds the artifact to the requested one; the statement of a policy is selected by the repository.
    /// </summary>
    internal bool RequiresSignedName { get; init; }

    /// <summary>Whether an artifact without a trusted signature is refused. Otherwise it is accepted with a warning, unless a signature is
    /// broken.</summary>
    internal bool IsRequired { get; init; } = true;

    /// <summary>Whether a trust policy decides, not given certificates.</summary>
    internal bool IsByPolicy { get; init; }

    /// <summary>The applying statement of the policy, or <see langword="null"/>.</summary>
    internal TrustPolicyStatement? Statement { get; init; }

    /// <summary>The rules for the name, in order of precedence.</summary>
    internal IReadOnlyList<ScopeRule> Rules { get; init; } = [];

    /// <summary>The settings in addition to the policy.</summary>
    internal TrustSettings Settings { get; init; } = TrustSettings.Default;

    /// <summary>The sources of certificates for the artifact in the user's settings.</summary>
    internal IReadOnlyList<KeySource> Keys { get; init; } = [];

    /// <summary>The trust home, or <see langword="null"/> if unknown.</summary>
    internal TrustHome? Home { get; init; }

    /// <summary>The policy, or <see langword="null"/>.</summary>
    internal TrustPolicy? Policy { get; init; }

    /// <summary>Whether the policy cannot decide because the name of the artifact is unknown.</summary>
    internal bool IsNameMissing { get; init; }

    /// <summary>Trusts given certificates: everything is enforced, every signer with a path to them is trusted, and revocation is not
    /// checked.</summary>
    /// <remarks>A requested name must be signed, in every format. <see cref="AllowingUnsignedName"/> and <see cref="AllowingRelocation"/> relax
    /// that.</remarks>
    public static Trust ByHand(TrustedCertificates certificates) => new(certificates) { RequiresSignedName = true };

    /// <summary>Trusts no signer, as without a policy.</summary>
    /// <param name="reason">Why.</param>
    internal static Trust InNobody(string reason) => new(TrustedCertificates.None) { IsByPolicy = true, Refusal = reason };

    /// <summary>Trusts by the policy for an artifact with a name.</summary>
    /// <param name="home">The trust home.</param>
    /// <param name="reference">The name, or <see langword="null"/> if unknown: then only a policy that is the same for all names can decide.</param>
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
                    return new([], "the trust policy has statements for repositories, but the name of the artifact is unknown", IsNameMissing: true);
                return new(
                    ScopeRule.For(policy, settings, reference),
                    $"no statement of the trust policy applies to {(reference is null ? "artifacts" : Quoted.Text(reference.Repository))}, "
                        + "and none applies to all others",
                    IsNameMissing: false
                );
            }
        );

    /// <summary>Trusts by the policy for a blob.</summary>
    /// <param name="home">The trust home.</param>
    /// <param name="scope">The scope from the user, without <c>blob:</c>; <see langword="null"/> for the statement for all blobs.</param>
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
                    $"no statement of the trust policy applies to {(scope is null ? "blobs" : $"blob:{scope}")}: "
                        + $"expected one with the scope {(scope is null ? "" : $"blob:{scope} or ")}blob:*, in a policy of version 1.1",
                    IsNameMissing: false
                )
        );

    /// <summary>The same, but refuses an artifact that is not verified, whatever the user's settings are.</summary>
    public Trust Requiring() => this with { IsRequired = true };

    /// <summary>The same, but accepts any name for a signature in a format that carries no names; in the others the name must be signed.</summary>
    public Trust AllowingUnsignedName() => this with { RequiresSignedName = false };

    /// <summary>The same, but accepts an artifact that is signed for another name.</summary>
    public Trust AllowingRelocation() => this with { AllowsRelocation = true, RequiresSignedName = false };

    /// <summary>The same, but with another tolerance for the signer's clock than the settings.</summary>
    public Trust Tolerating(TimeSpan clockTolerance) => this with { ClockTolerance = clockTolerance };

    /// <summary>The signer must have a trusted identity.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    internal string? CheckIdentities(X509Certificate2 signer) => Identities?.Check(signer) ?? SignerIdentities?.Check(signer);

    /// <summary>The decision of the policy for a name.</summary>
    /// <param name="Rules">The rules for it, in order of precedence.</param>
    /// <param name="Refusal">Why no signer is trusted if there is no rule.</param>
    /// <param name="IsNameMissing">Whether there is no rule because the name is unknown.</param>
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
