using System.Runtime.InteropServices;

namespace Nv2.Plugin.Platform;

/// <summary>Keeps OpenSSL, which the platform uses on Linux, away from the machine's own trust and configuration.</summary>
internal static partial class OpenSslEnvironment
{
    /// <summary>A path that cannot exist: nothing can be below a device.</summary>
    private const string Nothing = "/dev/null/none";

    /// <summary>
    /// Points the machine's root store at nothing. No decision here depends on that store, yet the platform reads all of it before it builds any chain, which
    /// takes several times as long as everything else together. The same for OpenSSL's configuration file, which could load code and change what verifies.
    /// To be called before the first use of cryptography.
    /// </summary>
    /// <remarks>The platform's own environment is a copy that native code does not see, hence the call to the C library.</remarks>
    public static void Isolate()
    {
        if (!OperatingSystem.IsLinux())
            return;

        _ = setenv("SSL_CERT_DIR", Nothing, overwrite: 1);
        _ = setenv("SSL_CERT_FILE", Nothing, overwrite: 1);
        _ = setenv("OPENSSL_CONF", Nothing, overwrite: 1);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
