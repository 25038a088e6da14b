using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Signatures;
using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Verification;

/// <summary>The outcome of a verification.</summary>
public enum Outcome
{
    /// <summary>The artifact is not verified, and must not be used.</summary>
    Refused,

    /// <summary>The artifact is verified.</summary>
    Verified,

    /// <summary>The artifact is not verified, but may be used: the user's settings do not require trust, and nothing is broken.</summary>
    NotRequired,

    /// <summary>The trust policy skips verification.</summary>
    Skipped,
}

/// <summary>Whether an artifact may be used.</summary>
/// <param name="Outcome">Why it may, or that it must not.</param>
/// <param name="Warning">A warning although it may; or <see langword="null"/>.</param>
public sealed record Decision(Outcome Outcome, string? Warning)
{
    /// <summary>Whether it may be used.</summary>
    public bool IsAccepted => Outcome != Outcome.Refused;
}

/// <summary>The result of verifying one signature: every check with its outcome, and the decision about the artifact.</summary>
/// <param name="Checks">All checks, in the order of <see cref="CheckName"/>.</param>
/// <param name="Signature">The signature, or <see langword="null"/> if it is malformed. Its claims are trustworthy only if <see
/// cref="Verified"/>.</param>
/// <param name="Signer">The certificate of the key that the signature names, or <see langword="null"/> if it is not known.</param>
public sealed record VerificationResult(IReadOnlyList<Check> Checks, Signature? Signature, X509Certificate2? Signer)
{
    // Not by Enum.GetValues, which needs reflection in every verification.
    private static readonly CheckName[] Always = [.. Enumerable.Range(0, (int)CheckName.Revocation).Select(number => (CheckName)number)];

    /// <summary>Whether an artifact with only this signature may be used.</summary>
    public required Decision Decision { get; init; }

    /// <summary>The timestamp, if it was verified and is valid: it proves that the signature existed at its time. Otherwise <see
    /// langword="null"/>.</summary>
    internal TimestampToken? Timestamp { get; init; }

    /// <summary>Whether every check was made and passed; conditional checks only if they apply.</summary>
    public bool Verified => AreAllPassed(Checks);

    /// <summary>Whether the signature is damaged, is not by its key, or is of another artifact, regardless of trust.</summary>
    public bool IsBroken => IsAnyBroken(Checks);

    /// <summary>The checks for a malformed or unreadable signature: nothing else can be checked.</summary>
    internal static IReadOnlyList<Check> Malformed(string reason)
    {
        const string NotChecked = "not checked: the signature is malformed";
        return [new(CheckName.Format, reason), .. Always.Skip(1).Select(name => new Check(name, NotChecked, WasMade: false))];
    }

    internal static bool AreAllPassed(IReadOnlyList<Check> checks) =>
        Always.All(name => checks.Any(check => check.Name == name)) && checks.All(check => check.Passed);

    internal static bool IsAnyBroken(IReadOnlyList<Check> checks) =>
        checks.Any(check => check is { Passed: false, WasMade: true, Name: CheckName.Format or CheckName.Integrity or CheckName.Subject });
}

/// <summary>The checks of a signature, in the order of the report.</summary>
public enum CheckName
{
    /// <summary>The signature is well formed.</summary>
    Format,

    /// <summary>The signer's key signed the bytes.</summary>
    Integrity,

    /// <summary>The signer's certificate is trusted, itself or by its issuers.</summary>
    Authenticity,

    /// <summary>The signer's certificate allows digital signatures (RFC 5280 section 4.2.1.3).</summary>
    KeyUsage,

    /// <summary>The signature's own dates and those of the certificates include the current time.</summary>
    Validity,

    /// <summary>The signer's certificate is valid for the registry of every signed reference, and the used reference is signed.</summary>
    References,

    /// <summary>The artifact is the one that was signed.</summary>
    Subject,

    /// <summary>No certificate on the path to the trusted one is revoked. Made only if a trust policy requires it. The last one: those before it are
    /// always made.</summary>
    Revocation,
}

/// <summary>The outcome of one check.</summary>
/// <param name="Name">The name of the check.</param>
/// <param name="Reason">Why it failed, or <see langword="null"/> when it passed.</param>
/// <param name="WasMade"><see langword="false"/> if it failed because it could not be made, for a reason that another check reports.</param>
public sealed record Check(CheckName Name, string? Reason, bool WasMade = true)
{
    /// <summary>The failure although the check passed, because the trust policy only logs it; or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>A warning about the check although nothing is wrong with the signature, or <see langword="null"/>.</summary>
    public string? Notice { get; init; }

    /// <summary>Why the check was not made without being a failure, because the signature has nothing to check; or <see langword="null"/>.</summary>
    public string? NotMadeReason { get; init; }

    /// <summary>Whether nothing failed: the check passed, or was not made for <see cref="NotMadeReason"/>.</summary>
    public bool Passed => Reason is null;
}
