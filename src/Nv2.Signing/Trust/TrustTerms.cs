using Nv2.Signing.Trust.Policy;
using Nv2.Signing.Trust.Revocation;

namespace Nv2.Signing.Trust;

/// <summary>On what terms signatures by trusted certificates count: what a trust policy says besides whose they are.</summary>
public sealed record TrustTerms
{
    /// <summary>The terms where certificates are given by hand: everything is enforced, every signer counts whom they vouch for, and revocation is not looked at.</summary>
    public static TrustTerms ByHand { get; } = new();

    /// <summary>Which validations are enforced. The one that skips all is for the caller to honour: whoever asks for a verification gets one.</summary>
    public VerificationLevel Level { get; init; } = VerificationLevel.Strict;

    /// <summary>Why nobody is trusted, whatever certificates there are; or <see langword="null"/>.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whose signatures count, or <see langword="null"/> for everybody's.</summary>
    public TrustedIdentities? Identities { get; init; }

    /// <summary>Whether timestamps are looked at only where a certificate is not valid any more.</summary>
    public bool TimestampsOnlyAfterExpiry { get; init; }

    /// <summary>Tells whether certificates are revoked, or <see langword="null"/> to leave that out.</summary>
    public RevocationCheck? Revocation { get; init; }

    /// <summary>Whether an artifact that is signed for one name may be used under another.</summary>
    public bool AllowsRelocation { get; init; }
}
