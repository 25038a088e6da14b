using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Plugin.Platform;

/// <summary>
/// The environment of OpenSSL, which the platform uses on Linux: away from the machine's own trust and configuration. The library itself is set up
/// before its first use, by
/// <c>openssl_setup.c</c>.
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
    /// What the variables were that <see cref="Isolate"/> changed: a program that is started from here has its own trust, configuration and home.
    /// </summary>
    public static TrueEnvironment Before { get; private set; } = TrueEnvironment.Unchanged;

    /// <summary>
    /// Points the machine's root store at nothing. No decision here depends on that store, yet the platform reads all of it before it builds any
    /// chain, which takes several times as long as everything else together. The same for OpenSSL's configuration file, which could load code and
    /// change what verifies. And for the home folder, in which the platform keeps certificates of its own: what verifies must not depend on who asks,
    /// and where there is no home (a container made from nothing) the platform could not build a chain at all. To be called before the first use of
    /// cryptography.
    /// </summary>
    /// <remarks>
    /// By the C library, and not by the platform: the platform copies the whole environment when it is first changed there, a passphrase in it
    /// included. It is copied too when it is listed, for a program that is started from here, with what was set here: such a program must be given
    /// all of it back, see <see cref="Before"/>.
    /// </remarks>
    public static void Isolate()
    {
        if (!OperatingSystem.IsLinux())
            return;

        Before = TrueEnvironment.Capture(TrustFolder, TrustFile, Configuration, TimeZone, Home);
        _ = setenv(TrustFolder, Nothing, overwrite: 1);
        _ = setenv(TrustFile, Nothing, overwrite: 1);
        _ = setenv(Configuration, Nothing, overwrite: 1);
        _ = setenv(TimeZone, "UTC", overwrite: 1); // Dates go to OpenSSL through the C library's time zone, and are in UTC here.
        _ = setenv(Home, Nothing, overwrite: 1);
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}

/// <summary>Environment variables as they were before this program changed its own, for the programs that it starts.</summary>
internal sealed class TrueEnvironment
{
    private readonly (string Name, string? Value)[] variables;

    private TrueEnvironment((string Name, string? Value)[] variables) => this.variables = variables;

    /// <summary>That of a process which has changed nothing.</summary>
    public static TrueEnvironment Unchanged { get; } = new([]);

    /// <summary>Takes note of variables that are about to be changed.</summary>
    public static TrueEnvironment Capture(params ReadOnlySpan<string> names)
    {
        var variables = new (string, string?)[names.Length];
        for (var index = 0; index < names.Length; index++)
            variables[index] = (names[index], Environment.GetEnvironmentVariable(names[index]));
        return new(variables);
    }

    /// <summary>The value of any variable as it was, or <see langword="null"/>.</summary>
    public string? Find(string name)
    {
        foreach (var (captured, value) in variables)
        {
            if (captured == name)
                return value;
        }

        return Environment.GetEnvironmentVariable(name);
    }

    /// <summary>Puts the variables back in the environment of a program that is to be started; those that were not set are removed.</summary>
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
