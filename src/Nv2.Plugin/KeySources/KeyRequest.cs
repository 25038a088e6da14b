using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.KeySources;

/// <summary>A key to open.</summary>
/// <param name="Reference">How the user names it.</param>
/// <param name="Passphrase">Where its passphrase or PIN comes from, unless the reference says so itself.</param>
internal sealed record KeyRequest(string Reference, PassphraseSource Passphrase)
{
    /// <summary>How long a step may take that a token, a plug-in or a command makes.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>What a user can do about a plug-in or a command that takes longer.</summary>
    public const string AdviceIfSlow = "give it more time with --key-timeout";

    /// <summary>The key's certificate and those that issued it, where they are named apart from the key.</summary>
    public IReadOnlyList<X509Certificate2>? Certificates { get; init; }

    /// <summary>Whether a token that wants the PIN again gets the one that was given before.</summary>
    public bool KeepsPassphrase { get; init; }

    /// <summary>How long each step may take.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Where each step is noted. A secret never is.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;
}

/// <summary>A key that is open, ready to sign any number of times.</summary>
/// <param name="Key">The key.</param>
/// <param name="Certificates">Its certificate and those that issued it: named apart from the key, or kept with it; empty where there are
/// none.</param>
/// <param name="Place">Where it was found, for people.</param>
internal sealed record OpenedKey(SigningKey Key, IReadOnlyList<X509Certificate2> Certificates, string Place) : IDisposable
{
    /// <summary>The file that holds the key, or <see langword="null"/>.</summary>
    public string? File { get; init; }

    /// <summary>What the user must know of it, or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>Where its passphrase came from; a token may ask for it at every signature.</summary>
    public PassphraseSource? Passphrase { get; init; }

    public void Dispose()
    {
        Key.Dispose();
        Passphrase?.Dispose();
    }
}
