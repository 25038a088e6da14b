using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Policy;

namespace Nv2.Plugin.Operations;

/// <summary>The exit codes of the command line, and the one place that turns an error into a message on standard error and an exit code.</summary>
internal static class ExitCodes
{
    /// <summary>The command succeeded; for <c>verify</c>, the artifact is verified.</summary>
    public const int Success = 0;

    /// <summary>The command failed, or the artifact is not verified.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong, and nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Runs <paramref name="run"/> and returns its exit code, or that of its exception.</summary>
    /// <param name="command">The command whose help the message names.</param>
    /// <param name="run">The work.</param>
    public static int Guard(string command, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (UsageException exception)
        {
            return Fail($"{exception.Message} (see: {command} --help)", Usage);
        }
        catch (Exception exception) when (exception is InvalidInputException or AccessDeniedException or IOException or UnauthorizedAccessException)
        {
            return Fail(exception.Message, Failure, InvalidInputException.FindHint(exception) ?? FindStoreHint(exception));
        }
#pragma warning disable CA1031 // A person must never see a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Fail($"unexpected error, a defect of this program: {exception.GetType().Name}: {exception.Message}", Failure);
        }
    }

    // The library does not know the commands of nv2.
    private static string? FindStoreHint(Exception exception)
    {
        if ((exception as MissingTrustStoreException ?? exception.InnerException as MissingTrustStoreException) is not { Store: var store })
            return null;
        var type = store.Type == TrustStoreType.CertificateAuthority ? "" : $" --type {store.TypeText}";
        return $"create it with 'nv2 trust add {store.Name} FILE{type}'";
    }

    private static int Fail(string message, int exitCode, string? hint = null)
    {
        StandardStreams.WriteErrorLine($"nv2: {message}");
        if (hint is not null)
            StandardStreams.WriteErrorLine($"hint: {hint}");
        return exitCode;
    }
}

/// <summary>The command line is wrong: exit code 2, and a pointer to the help.</summary>
internal sealed class UsageException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Parses the value of an option. An invalid value makes the command line wrong.</summary>
    /// <exception cref="UsageException"><paramref name="parse"/> refuses the value; the message names the option.</exception>
    public static T Parse<T>(string option, string value, Func<string, T> parse)
    {
        try
        {
            return parse(value);
        }
        catch (InvalidInputException exception)
        {
            throw new UsageException($"{option}: {exception.Message}", exception);
        }
    }
}
