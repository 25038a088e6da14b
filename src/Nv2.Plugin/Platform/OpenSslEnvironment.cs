using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Plugin.Platform;

/// <summary>
/// The environment of OpenSSL, which the platform uses on Linux: isolated from the machine's trust and configuration. <c>openssl_setup.c</c> sets up
/// the library itself before its first use.
/// </summary>
internal static partial class OpenSslEnvironment
{
    /// <summary>A path that cannot exist: nothing can be below a device.</summary>
    private const string Nothing = "/dev/null/none";

    private const string TrustFolder = "SSL_CERT_DIR";
    private const string TrustFile = "SSL_CERT_FILE";
    private const string Configuration = "OPENSSL_CONF";
    private const string TimeZone = "TZ";
    private const string Home = "HOME";

    /// <summary>
    /// The values of the variables before <see cref="Isolate"/>: a program that nv2 starts gets its own trust, configuration and home.
    /// </summary>
    public static TrueEnvironment Before { get; private set; } = TrueEnvironment.Unchanged;

    /// <summary>
    /// Points the machine's root store at nothing. No decision depends on that store, but the platform reads all of it before it builds any chain,
    /// which takes several times as long as everything else together. The same for OpenSSL's configuration file, which could load code and change
    /// verification, and for the home folder, in which the platform keeps certificates: verification must not depend on the user, and without a home
    /// (in an empty container) the platform could not build a chain. Must be called before the first use of cryptography.
    /// </summary>
    /// <remarks>
    /// Through the C library, not the platform: the platform copies the whole environment at the first change, including a passphrase in it. The
    /// environment is also copied for a program that nv2 starts, with the changed values; <see cref="Before"/> restores the originals for such a
    /// program.
    /// </remarks>
    public static void Isolate()
    {
        if (!OperatingSystem.IsLinux())
            return;

        Before = TrueEnvironment.Capture(TrustFolder, TrustFile, Configuration, TimeZone, Home);
        _ = setenv(TrustFolder, Nothing, overwrite: 1);
        _ = setenv(TrustFile, Nothing, overwrite: 1);
        _ = setenv(Configuration, Nothing, overwrite: 1);
        _ = setenv(TimeZone, "UTC", overwrite: 1); // OpenSSL reads dates in the C library's time zone; nv2 passes UTC.
        _ = setenv(Home, Nothing, overwrite: 1);
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}

/// <summary>Environment variables before nv2 changed its own, for the programs that it starts.</summary>
internal sealed class TrueEnvironment
{
    private readonly (string Name, string? Value)[] variables;

    private TrueEnvironment((string Name, string? Value)[] variables) => this.variables = variables;

    /// <summary>For a process without changes.</summary>
    public static TrueEnvironment Unchanged { get; } = new([]);

    /// <summary>Records variables that are about to change.</summary>
    public static TrueEnvironment Capture(params ReadOnlySpan<string> names)
    {
        var variables = new (string, string?)[names.Length];
        for (var index = 0; index < names.Length; index++)
            variables[index] = (names[index], Environment.GetEnvironmentVariable(names[index]));
        return new(variables);
    }

    /// <summary>The original value of a variable, or <see langword="null"/>.</summary>
    public string? Find(string name)
    {
        foreach (var (captured, value) in variables)
        {
            if (captured == name)
                return value;
        }

        return Environment.GetEnvironmentVariable(name);
    }

    /// <summary>Restores the variables in the environment of a program to start; variables that were not set are removed.</summary>
    public void RestoreIn(IDictionary<string, string?> environment)
    {
        foreach (var (name, value) in variables)
        {
            if (value is null)
                environment.Remove(name);
            else
                environment[name] = value;
        }
    }
}
