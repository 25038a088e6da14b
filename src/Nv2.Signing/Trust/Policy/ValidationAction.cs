namespace Nv2.Signing.Trust.Policy;

/// <summary>What a failed validation leads to (trust-store-trust-policy.md, "Signature Verification details").</summary>
public enum ValidationAction
{
    /// <summary>The signature does not hold.</summary>
    Enforce,

    /// <summary>The failure is reported, and changes nothing else.</summary>
    Log,

    /// <summary>The validation is not made at all.</summary>
    Skip,
}
