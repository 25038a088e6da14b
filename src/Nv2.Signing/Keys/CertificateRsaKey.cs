using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
#if LINKED_OPENSSL
using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
#endif

namespace Nv2.Signing.Keys;

/// <summary>The RSA key of a certificate.</summary>
internal static partial class CertificateRsaKey
{
#if LINKED_OPENSSL
    // OpenSSL decodes the key when it reads the certificate, and the platform takes an EC key from there. It decodes an RSA key a second time, which
    // takes a fifth of a verification.

    /// <summary>The key of a certificate, or <see langword="null"/> if it is not an RSA key.</summary>
    /// <exception cref="CryptographicException">The key is damaged, or its numbers are not those of an RSA key.</exception>
    public static RSA? Of(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsLinux())
            return certificate.GetRSAPublicKey();
        if (certificate.GetKeyAlgorithm() != KeyAlgorithms.Rsa)
            return null;
        using var handle = new SafeEvpPKeyHandle(X509_get_pubkey(certificate.Handle), ownsHandle: true);
        GC.KeepAlive(certificate);
        if (handle.IsInvalid)
            throw new CryptographicException("the key is damaged");
        var key = new RSAOpenSsl(handle);
        if (IsSound(key, new(certificate.GetPublicKey())))
            return key;
        key.Dispose();
        throw new CryptographicException("the numbers of the key are not those of an RSA key");
    }

    // The platform's own check of a decoded key: with an exponent of 1, everybody could sign.
    private static bool IsSound(RSA key, RsaPublicKey encoded)
    {
        try
        {
            var exponent = encoded.ReadExponent().Span;
            return key.KeySize is > 0 and <= KeySpec.MaxRsaBits && exponent is not ([] or [1]) && (exponent[^1] & 1) == 1;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libcrypto")]
    private static partial nint X509_get_pubkey(nint certificate);
#else
    /// <summary>The key of a certificate, or <see langword="null"/> if it is not an RSA key.</summary>
    /// <exception cref="CryptographicException">The key is damaged, or its numbers are not those of an RSA key.</exception>
    public static RSA? Of(X509Certificate2 certificate) => certificate.GetRSAPublicKey();
#endif
}
