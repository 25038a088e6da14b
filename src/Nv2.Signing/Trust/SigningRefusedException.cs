namespace Nv2.Signing.Trust;

/// <summary>What was given for signing.</summary>
public enum SigningInput
{
    /// <summary>The key's certificate.</summary>
    Certificate,

    /// <summary>The references.</summary>
    References,

    /// <summary>The time of validity.</summary>
    Expiry,

    /// <summary>The annotations.</summary>
    Annotations,

    /// <summary>The artifact.</summary>
    Subject,
}

/// <summary>A signature that would not hold, and is not made.</summary>
/// <param name="input">What stands in the way.</param>
/// <param name="message">Why, in one sentence.</param>
public sealed class SigningRefusedException(SigningInput input, string message) : InvalidInputException(message)
{
    /// <summary>What stands in the way.</summary>
    public SigningInput Input => input;
}
