using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Files;

namespace Nv2.Plugin.Contracts;

/// <summary>
/// The error codes: those of the Notation plug-in contract (specification 1.1, plugin-extensibility.md) that nv2 uses, and one of its own.
/// </summary>
internal static class ErrorCodes
{
    /// <summary>Something in the request is not what it must be.</summary>
    public const string Validation = "VALIDATION_ERROR";

    /// <summary>The request asks for a contract, or a version of one, that this program does not support.</summary>
    public const string UnsupportedVersion = "UNSUPPORTED_CONTRACT_VERSION";

    /// <summary>This user may not read a file.</summary>
    public const string AccessDenied = "ACCESS_DENIED";

    /// <summary>Anything else went wrong.</summary>
    public const string Other = "ERROR";

    /// <summary>The signature is not valid.</summary>
    public const string VerificationFailed = "VERIFICATION_FAILED";
}

/// <summary>What a host reads on standard error when a call fails.</summary>
internal sealed record ErrorObject(string ErrorCode, string ErrorMessage, ErrorMetadata ErrorMetadata) : IJsonRecord
{
    /// <summary>The error object for an exception.</summary>
    public static ErrorObject Of(Exception exception) =>
        exception switch
        {
            ProtocolException refused => new(refused.ErrorCode, refused.Message, new(refused.Path)),
            InvalidInputException invalid => new(ErrorCodes.Validation, invalid.Message, new(PathInRequest(invalid))),
            AccessDeniedException => new(ErrorCodes.AccessDenied, exception.Message, new()),
            _ => new(ErrorCodes.Other, exception.Message, new()),
        };

    public void WriteTo(JsonProperties json)
    {
        json.Text("errorCode"u8, ErrorCode);
        json.Text("errorMessage"u8, ErrorMessage);
        json.Record("errorMetadata"u8, ErrorMetadata);
    }

    // A path in a trust policy or another file means nothing to a host, which only knows its request.
    private static string? PathInRequest(InvalidInputException exception) =>
        exception.Document is null or HostCall.RequestName ? exception.Path : null;
}

/// <summary>What a program can use of an error.</summary>
/// <param name="Path">The property of the request that is not what it must be.</param>
/// <param name="FailedChecks">The names of the checks that failed, separated by commas.</param>
internal sealed record ErrorMetadata(string? Path = null, string? FailedChecks = null) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("path"u8, Path);
        json.Text("failedChecks"u8, FailedChecks);
    }
}

/// <summary>A request that cannot be carried out, with its own error code.</summary>
/// <param name="errorCode">The code.</param>
/// <param name="message">One sentence for the host's user.</param>
/// <param name="path">The property of the request that caused it.</param>
/// <param name="innerException">What the system said, if it did.</param>
internal sealed class ProtocolException(string errorCode, string message, string path, Exception? innerException = null)
    : Exception(message, innerException)
{
    public string ErrorCode { get; } = errorCode;

    public string Path { get; } = path;
}
