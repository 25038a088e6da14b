namespace Nv2.Signing.Verification;

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
    /// <summary>What is wrong although the check passed, because the trust policy has it reported and nothing more; or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>Why the check was not made although that is no failure, since the signature holds nothing that it could be made of; or <see langword="null"/>.</summary>
    public string? NotMadeReason { get; init; }

    /// <summary>Whether nothing failed: the check passed, or was not made for <see cref="NotMadeReason"/>.</summary>
    public bool Passed => Reason is null;
}
