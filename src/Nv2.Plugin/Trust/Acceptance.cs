using Nv2.Signing;
using Nv2.Signing.Storage;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Trust;

/// <summary>Whether an artifact may be used: because it is verified, or because the user's policy lets it pass unverified.</summary>
/// <param name="IsAccepted">Whether it may.</param>
/// <param name="Warning">What the user should know although it may; or <see langword="null"/>.</param>
internal sealed record Acceptance(bool IsAccepted, string? Warning)
{
    /// <summary>Where the policy says that nothing is to be verified.</summary>
    public static Acceptance Skipped(TrustDecision trust) =>
        new(true, $"nothing was verified: the statement {Quoted.Text(trust.Statement!.Name)} of the trust policy skips it"); // There is one: the caller looked.

    /// <summary>Decides about an artifact by the verification of its signatures.</summary>
    public static Acceptance Of(ArtifactVerification verification, TrustDecision trust) => Decide(
        verification.Complaint,
        verification.Signatures.Where(signature => signature.Result.Verified).SelectMany(signature => signature.Result.Checks),
        verification.Signatures.Any(signature => signature.Result.IsBroken),
        trust);

    /// <summary>Decides about an artifact by one signature.</summary>
    public static Acceptance Of(VerificationResult result, TrustDecision trust) =>
        Decide(result.Verified ? null : "its signature does not hold", result.Checks, result.IsBroken, trust);

    // Where trust is not required, whoever wants to pass can leave the signature out; one that is broken says that something is wrong, and never passes.
    private static Acceptance Decide(string? complaint, IEnumerable<Check> checks, bool isBroken, TrustDecision trust)
    {
        if (complaint is not null)
            return new(!trust.IsTrustRequired && !isBroken, trust.IsTrustRequired || isBroken ? null : $"{complaint}; it passes because trust is not required (nv2 trust required on)");
        var warnings = checks.Where(check => check.Warning is not null).Select(check => check.Warning).Distinct().ToList();
        return new(true, warnings.Count == 0 ? null : $"the trust policy only reports: {string.Join("; ", warnings)}");
    }
}
