#if LINKED_OPENSSL
using System.Runtime.InteropServices;
#endif

namespace Nv2.Plugin.Platform;

/// <summary>The OpenSSL library that the published binary is linked with.</summary>
/// <param name="Version">The version text of the library: <c>OpenSSL 3.5.4 30 Sep 2025</c>.</param>
/// <param name="IsStatic">Whether it is part of the binary; if not, the loader finds the machine's.</param>
/// <param name="Package">The distribution's package that the build took it from, or <see langword="null"/> unless scripts/publish.sh names
/// it.</param>
internal sealed partial record OpenSslLibrary(string Version, bool IsStatic, string? Package)
{
#if LINKED_OPENSSL
    // OPENSSL_VERSION of OpenSSL_version(3).
    private const int VersionText = 0;

    /// <summary>The library, or <see langword="null"/> in an unpublished build. The calls initialize nothing: the texts are constants.</summary>
    public static OpenSslLibrary? Linked =>
        new(
            Text(OpenSSL_version(VersionText))!, // Not null: it is a constant of the library.
            Text(nv2_openssl_linkage()) == "static",
            Text(nv2_openssl_package()) is { Length: > 0 } package ? package : null
        );

    private static string? Text(nint text) => Marshal.PtrToStringUTF8(text);

    [LibraryImport("libcrypto")]
    private static partial nint OpenSSL_version(int type);

    // Of Platform/openssl_setup.c. The linker chooses the library, so only what it links can say which one it is.
    [LibraryImport("openssl_setup")]
    private static partial nint nv2_openssl_linkage();

    [LibraryImport("openssl_setup")]
    private static partial nint nv2_openssl_package();
#else
    /// <summary>The library, or <see langword="null"/> in an unpublished build.</summary>
    public static OpenSslLibrary? Linked => null;
#endif
}
