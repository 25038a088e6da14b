namespace Nv2.Plugin.Hosts;

/// <summary>The error codes: those of the Notation plug-in contract (specification 1.1, plugin-extensibility.md) as far as they come up here, and one of our own.</summary>
internal static class ErrorCodes
{
    /// <summary>Something in the request is not what it must be.</summary>
    public const string Validation = "VALIDATION_ERROR";

    /// <summary>The request speaks a version, or a contract, that this program does not.</summary>
    public const string UnsupportedVersion = "UNSUPPORTED_CONTRACT_VERSION";

    /// <summary>A file may not be read.</summary>
    public const string AccessDenied = "ACCESS_DENIED";

    /// <summary>Anything else went wrong.</summary>
    public const string Other = "ERROR";

    /// <summary>The signature does not hold.</summary>
    public const string VerificationFailed = "VERIFICATION_FAILED";
}
