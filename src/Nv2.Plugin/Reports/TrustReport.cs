using Nv2.Signing.Policy;

namespace Nv2.Plugin.Reports;

/// <summary>A trust store, its certificates, and the statements of the trust policy that name it.</summary>
internal sealed record TrustStoreReport(string Store, IReadOnlyList<CertificateReport> Certificates, IReadOnlyList<string> Statements);

/// <summary>The decision of the trust policy for the artifacts of a repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="PolicyFile">The file of the trust policy.</param>
/// <param name="TrustRequired">Whether an artifact without a trusted signature is refused.</param>
/// <param name="Reason">Why no certificate is trusted; <see langword="null"/> if a statement applies.</param>
/// <param name="Statement">The statement that applies.</param>
/// <param name="Rules">The rules for the repository, in order of precedence.</param>
/// <param name="ClockToleranceInSeconds">How far a signer's clock may be ahead.</param>
/// <param name="CertificateSources">The sources of certificates in the settings.</param>
internal sealed record TrustCheckReport(
    string Repository,
    string PolicyFile,
    bool TrustRequired,
    string? Reason,
    TrustStatementReport? Statement,
    IReadOnlyList<ScopeRuleReport> Rules,
    int ClockToleranceInSeconds,
    IReadOnlyList<CertificateSourceReport> CertificateSources
);

/// <summary>A rule for a repository.</summary>
/// <param name="Scope">A scope of the trust policy, a pattern of the settings, or <c>*</c>.</param>
/// <param name="File">The file that has it.</param>
/// <param name="Statement">The statement of the trust policy that it names.</param>
internal sealed record ScopeRuleReport(string Scope, string File, string Statement);

/// <summary>A statement of the trust policy.</summary>
internal sealed record TrustStatementReport(
    string Name,
    IReadOnlyList<string> Scopes,
    TrustLevelReport Level,
    IReadOnlyList<TrustedStoreReport> TrustStores,
    IReadOnlyList<string> TrustedIdentities,
    IReadOnlyList<string>? SignerIdentities,
    bool AllowRelocated
);

/// <summary>The certificates that a statement trusts through one store.</summary>
internal sealed record TrustedStoreReport(string Store, IReadOnlyList<CertificateReport> Certificates);

/// <summary>A verification level, and its action for each validation: <c>enforce</c>, <c>log</c> or <c>skip</c>.</summary>
internal sealed record TrustLevelReport(
    string Name,
    string Integrity,
    string Authenticity,
    string AuthenticTimestamp,
    string Expiry,
    string Revocation
)
{
    public static TrustLevelReport Of(VerificationLevel level) =>
        level.SkipsAll
            ? new(level.Name, Skip, Skip, Skip, Skip, Skip)
            : new(level.Name, Enforce, Word(level.Authenticity), Word(level.AuthenticTimestamp), Word(level.Expiry), Word(level.Revocation));

    private const string Enforce = "enforce";
    private const string Skip = "skip";

    private static string Word(ValidationAction action) =>
        action switch
        {
            ValidationAction.Enforce => Enforce,
            ValidationAction.Log => "log",
            _ => Skip,
        };
}
