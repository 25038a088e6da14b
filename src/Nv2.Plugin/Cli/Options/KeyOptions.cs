using System.CommandLine;
using Nv2.Plugin.KeySources;
using Nv2.Plugin.Operations;

namespace Nv2.Plugin.Cli.Options;

/// <summary>The options about a key, for all commands that use one.</summary>
internal static class KeyOptions
{
    private const string PassphraseName = "--passphrase-from";
    private const string TimeoutName = "--key-timeout";

    public static Option<string?> PassphraseFrom() =>
        new(PassphraseName)
        {
            Description = "The source of the passphrase or PIN of the key: file:PATH, env:NAME, fd:NUMBER or prompt [default: prompt]",
            HelpName = "source",
        };

    public static Option<string?> Timeout() =>
        new(TimeoutName) { Description = "The time limit for each step of a token, a plug-in or a command [default: 1m]", HelpName = "duration" };

    /// <summary>The key that is named, or the default one.</summary>
    /// <exception cref="UsageException">None is named, and there is no default.</exception>
    public static string ReadKey(ParseResult result, Option<string?> key) =>
        result.GetValue(key)
        ?? NamedKeys.Read().Default
        ?? throw new UsageException("--key is missing: expected the private key, or a default key set with 'nv2 key default NAME'");

    /// <summary>Where the passphrase comes from.</summary>
    /// <exception cref="UsageException">The value is not valid.</exception>
    public static PassphraseSource ReadPassphraseSource(ParseResult result, Option<string?> option) =>
        CommonOptions.Parse(result, option, text => PassphraseSource.Parse(text)) ?? PassphraseSource.Person;

    /// <summary>How long a step may take.</summary>
    /// <exception cref="UsageException">The value is not valid.</exception>
    public static TimeSpan ReadTimeout(ParseResult result, Option<string?> option) =>
        result.GetValue(option) is { } text ? UsageException.Parse(TimeoutName, text, Duration.Parse) : KeyRequest.DefaultTimeout;
}
