using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Signatures;
using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Verification;

/// <summary>What a verification comes to.</summary>
public enum Outcome
{
    /// <summary>The artifact is not verified, and must not be used.</summary>
    Refused,

    /// <summary>The artifact is verified.</summary>
    Verified,

    /// <summary>The artifact is not verified, and may be used all the same: the user's settings do not require trust, and nothing is
    /// broken.</summary>
    NotRequired,

    /// <summary>The trust policy says that nothing is to be verified.</summary>
    Skipped,
}

/// <summary>Whether an artifact may be used.</summary>
/// <param name="Outcome">Why it may, or that it must not.</param>
/// <param name="Warning">What the user must know although it may; or <see langword="null"/>.</param>
public sealed record Decision(Outcome Outcome, string? Warning)
{
    /// <summary>Whether it may be used.</summary>
    public bool IsAccepted => Outcome != Outcome.Refused;
}

/// <summary>What came out of the verification of one signature: every check with its outcome, and what that means for the artifact.</summary>
/// <param name="Checks">All checks, in the order of <see cref="CheckName"/>.</param>
/// <param name="Signature">The signature, or <see langword="null"/> when it is malformed. What it claims counts only if
/// <see cref="Verified"/>.</param>
/// <param name="Signer">The certificate of the key that the signature names, or <see langword="null"/> when it is not known.</param>
public sealed record VerificationResult(IReadOnlyList<Check> Checks, Signature? Signature, X509Certificate2? Signer)
{
    private static readonly CheckName[] Always = [.. Enum.GetValues<CheckName>().Where(name => name != CheckName.Revocation)];

    /// <summary>Whether an artifact may be used that has this signature alone.</summary>
    public required Decision Decision { get; init; }

    /// <summary>The timestamp, when it was looked at and is valid: proof that the signature was there at its time. <see langword="null"/>
    /// otherwise.</summary>
    internal TimestampToken? Timestamp { get; init; }

    /// <summary>Whether every check was made and passed, those that are not made for every signature as far as they are there.</summary>
    public bool Verified => AreAllPassed(Checks);

    /// <summary>Whether the signature is damaged, is not by its key, or is of another artifact: no matter of trust.</summary>
    public bool IsBroken => IsAnyBroken(Checks);

    /// <summary>The checks for bytes that are no signature, or cannot be read: nothing else can be checked.</summary>
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

/// <summary>What is asked of a signature, in the order in which it is reported.</summary>
public enum CheckName
{
    /// <summary>The signature is well formed.</summary>
    Format,

    /// <summary>The signed bytes are what the signer's key signed.</summary>
    Integrity,

    /// <summary>The signer's certificate is trusted, itself or by its issuers.</summary>
    Authenticity,

    /// <summary>The signer's certificate allows digital signatures (RFC 5280 section 4.2.1.3).</summary>
    KeyUsage,

    /// <summary>The signature's own dates and those of the certificates include the present moment.</summary>
    Validity,

    /// <summary>The signer's certificate speaks for the registry of every signed reference, and the reference about to be used is signed.</summary>
    References,

    /// <summary>The artifact is the one that was signed.</summary>
    Subject,

    /// <summary>No certificate on the way to the trusted one is revoked. Made only where a trust policy asks for it.</summary>
    Revocation,
}

/// <summary>The outcome of one check.</summary>
/// <param name="Name">What was asked.</param>
/// <param name="Reason">Why it failed, or <see langword="null"/> when it passed.</param>
/// <param name="WasMade"><see langword="false"/> when it failed because it could not be made, for what another check reports.</param>
public sealed record Check(CheckName Name, string? Reason, bool WasMade = true)
{
    /// <summary>What is wrong although the check passed, because the trust policy has it reported and nothing more; or
    /// <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>What the user must know about the check although nothing is wrong with the signature, or <see langword="null"/>.</summary>
    public string? Notice { get; init; }

    /// <summary>Why the check was not made although that is no failure, since the signature holds nothing that it could be made of; or
    /// <see langword="null"/>.</summary>
    public string? NotMadeReason { get; init; }

    /// <summary>Whether nothing failed: the check passed, or was not made for <see cref="NotMadeReason"/>.</summary>
    public bool Passed => Reason is null;
}
