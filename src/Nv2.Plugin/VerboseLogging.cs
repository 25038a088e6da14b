using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Nv2.Plugin;

/// <summary>
/// Logs for <c>--verbose</c>. In this namespace, the method is found before the library's own of that name, which calls a generic virtual method
/// even if nothing is logged: to resolve one takes longer than to read a certificate.
/// </summary>
internal static class VerboseLogging
{
    /// <summary>Logs a message, if <paramref name="log"/> shows any.</summary>
    [SuppressMessage("Usage", "CA2254", Justification = "The message is the caller's template.")]
    public static void LogDebug(this ILogger log, string message, params ReadOnlySpan<object?> values)
    {
        if (log.IsEnabled(LogLevel.Debug))
            log.Log(LogLevel.Debug, message, values.ToArray());
    }
}
