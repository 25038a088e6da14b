using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.Platform;

/// <summary>Takes a secret out of the environment: its bytes there are zeroed, and no program that nv2 starts gets it.</summary>
internal static unsafe partial class SecretVariable
{
    private static readonly Lock Taking = new();
    private static readonly Dictionary<string, Secret> Kept = new(StringComparer.Ordinal);

    /// <summary>Whether a value is kept for later requests, if one process answers many.</summary>
    public static bool IsKept { get; set; }

    /// <summary>Takes the value of a variable.</summary>
    /// <returns><see langword="null"/> if it is not set.</returns>
    public static Secret? Take(string name)
    {
        lock (Taking)
        {
            if (Kept.TryGetValue(name, out var kept))
                return kept.Copy();
            var secret = TakeOut(name);
            if (secret is null || !IsKept)
                return secret;
            Kept.Add(name, secret);
            return secret.Copy();
        }
    }

    private static Secret? TakeOut(string name)
    {
        if (OperatingSystem.IsWindows())
            return TakeFromPlatform(name);

        // The platform's own API would leave a string in memory that cannot be zeroed.
        var value = getenv(name);
        if (value is null)
            return null;
        var length = 0;
        while (value[length] != 0)
            length++;
        var secret = Secret.Take(new Span<byte>(value, length));
        _ = unsetenv(name);
        return secret;
    }

    // There the platform's own way is the only one.
    private static Secret? TakeFromPlatform(string name)
    {
        if (Environment.GetEnvironmentVariable(name) is not { } value)
            return null;
        Environment.SetEnvironmentVariable(name, null);
        return Secret.Take(Encoding.UTF8.GetBytes(value));
    }

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* getenv(string name);

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unsetenv(string name);
}
