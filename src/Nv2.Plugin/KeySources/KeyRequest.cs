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
    /// <summary>The default time limit for each step of a token, a plug-in or a command.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The hint for a plug-in or a command that exceeds the limit.</summary>
    public const string AdviceIfSlow = "give it more time with --key-timeout";

    /// <summary>The key's certificate and its issuers' certificates, if they are named separately from the key.</summary>
    public IReadOnlyList<X509Certificate2>? Certificates { get; init; }

    /// <summary>Whether a token that asks for the PIN again gets the PIN that was given before.</summary>
    public bool KeepsPassphrase { get; init; }

    /// <summary>How long each step may take.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>The log of each step. It never contains a secret.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;
}

/// <summary>An open key that can sign any number of times.</summary>
/// <param name="Key">The key.</param>
/// <param name="Certificates">Its certificate and its issuers' certificates, named separately or stored with the key; may be empty.</param>
/// <param name="Place">Its location, for people.</param>
internal sealed record OpenedKey(SigningKey Key, IReadOnlyList<X509Certificate2> Certificates, string Place) : IDisposable
{
    /// <summary>The file of the key, or <see langword="null"/>.</summary>
    public string? File { get; init; }

    /// <summary>A warning about the key, or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>Where its passphrase came from; a token may ask for it at every signature.</summary>
    public PassphraseSource? Passphrase { get; init; }

    public void Dispose()
    {
        Key.Dispose();
        Passphrase?.Dispose();
    }
}
