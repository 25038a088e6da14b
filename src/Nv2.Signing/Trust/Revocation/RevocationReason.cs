namespace Nv2.Signing.Trust.Revocation;

/// <summary>Why a certificate is on a revocation list (RFC 5280 section 5.3.1, CRLReason), as far as it makes a difference.</summary>
internal enum RevocationReason
{
    /// <summary>Revoked for good, for whatever reason; also where none is given.</summary>
    Revoked,

    /// <summary>certificateHold: for the time being.</summary>
    OnHold,

    /// <summary>removeFromCRL: no longer on hold. Only a delta list may say so.</summary>
    Removed,
}
