using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Keys;

/// <summary>The public key of a certificate, as far as it is one that signatures are verified with.</summary>
public sealed class VerificationKey : IDisposable
{
    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;

    private VerificationKey(RSA? rsa, ECDsa? ecdsa, KeySpec spec)
    {
        this.rsa = rsa;
        this.ecdsa = ecdsa;
        Spec = spec;
    }

    /// <summary>Kind and size.</summary>
    public KeySpec Spec { get; }

    /// <summary>The public key of <paramref name="certificate"/>.</summary>
    /// <exception cref="InvalidInputException">The key is of a kind or size that is not supported.</exception>
    public static VerificationKey Of(X509Certificate2 certificate)
    {
        RSA? rsa = null;
        ECDsa? ecdsa = null;
        try
        {
            rsa = certificate.GetRSAPublicKey();
            ecdsa = rsa is null ? certificate.GetECDsaPublicKey() : null;
            var spec = (rsa, ecdsa) switch
            {
                ({ } key, _) => KeySpec.Of(key),
                (_, { } key) => KeySpec.Of(key),
                _ => throw KeySpec.Unsupported(KeyAlgorithms.Describe(certificate.GetKeyAlgorithm())),
            };
            return new VerificationKey(rsa, ecdsa, spec);
        }
        catch (Exception exception)
        {
            rsa?.Dispose();
            ecdsa?.Dispose();
            if (exception is CryptographicException or PlatformNotSupportedException)
                throw KeySpec.Unsupported($"the key of the certificate ({KeyAlgorithms.Describe(certificate.GetKeyAlgorithm())}, unreadable)", exception);
            throw;
        }
    }

    /// <summary>Whether <paramref name="signature"/> is this key's signature of <paramref name="content"/>. ECDSA signatures are r‖s of fixed width (RFC 7518 section 3.4).</summary>
    /// <returns><see langword="false"/> also when <paramref name="algorithm"/> is for another kind of key.</returns>
    public bool Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm) =>
        algorithm.Kind == Spec.Kind && (rsa, ecdsa) switch
        {
            ({ } key, _) => key.VerifyData(content, signature, algorithm.Hash, algorithm.Padding),
            (_, { } key) => key.VerifyData(content, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => false,
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        rsa?.Dispose();
        ecdsa?.Dispose();
    }
}
