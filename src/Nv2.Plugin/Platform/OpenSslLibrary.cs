#if LINKED_OPENSSL
using System.Runtime.InteropServices;
#endif

namespace Nv2.Plugin.Platform;

/// <summary>The OpenSSL library that the published binary is linked with.</summary>
internal static partial class OpenSslLibrary
{
#if LINKED_OPENSSL
    // OPENSSL_VERSION of OpenSSL_version(3): "OpenSSL 3.5.4 30 Sep 2025".
    private const int VersionText = 0;

    /// <summary>
    /// The version text of the library, or <see langword="null"/> in an unpublished build. The call initializes nothing: the text is a constant of
    /// the library.
    /// </summary>
    public static string? Version => Marshal.PtrToStringUTF8(OpenSSL_version(VersionText));

    [LibraryImport("libcrypto")]
    private static partial nint OpenSSL_version(int type);
#else
    /// <summary>The version text of the library, or <see langword="null"/> in an unpublished build.</summary>
    public static string? Version => null;
#endif
}
