using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Reuse;

namespace Nv2.Signing.Keys;

/// <summary>The public key of a certificate, of a supported kind.</summary>
public sealed class VerificationKey : IDisposable
{
    // The kinds of kept results.
    private static readonly object OfCertificate = new();
    private static readonly object OfPublicKey = new();

    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;
    private bool isKept;

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
    public static VerificationKey Of(X509Certificate2 certificate) => KeptResults.Of(OfCertificate, certificate, Read);

    /// <summary>A public key by its DER SubjectPublicKeyInfo.</summary>
    /// <exception cref="InvalidInputException">The key is damaged, or of a kind or size that is not supported.</exception>
    public static VerificationKey Parse(byte[] subjectPublicKeyInfo) =>
        KeptResults.Of(OfPublicKey, subjectPublicKeyInfo, static encoded => Read(encoded.ToArray()));

    private static VerificationKey Read(X509Certificate2 certificate)
    {
        RSA? rsa = null;
        ECDsa? ecdsa = null;
        try
        {
            rsa = CertificateRsaKey.Of(certificate);
            ecdsa = rsa is null ? certificate.GetECDsaPublicKey() : null;
            var spec = (rsa, ecdsa) switch
            {
                ({ } key, _) => KeySpec.Of(key, new RsaPublicKey(certificate.GetPublicKey())),
                (_, { } key) => KeySpec.Of(key),
                _ => throw KeySpec.Unsupported(KeyAlgorithms.Describe(certificate.GetKeyAlgorithm())),
            };
            return new VerificationKey(rsa, ecdsa, spec) { isKept = KeptResults.OfThread is not null };
        }
        catch (Exception exception)
        {
            rsa?.Dispose();
            ecdsa?.Dispose();
            if (exception is CryptographicException or PlatformNotSupportedException or AsnContentException)
                throw KeySpec.Unsupported(
                    $"the key of the certificate ({KeyAlgorithms.Describe(certificate.GetKeyAlgorithm())}, unreadable)",
                    exception
                );
            throw;
        }
    }

    private static VerificationKey Read(byte[] subjectPublicKeyInfo)
    {
        RSA? rsa = null;
        ECDsa? ecdsa = null;
        try
        {
            var key = PublicKey.CreateFromSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            rsa = key.GetRSAPublicKey();
            ecdsa = rsa is null ? key.GetECDsaPublicKey() : null;
            var read = (rsa, ecdsa) switch
            {
                ({ } one, _) => Of(one, new RsaPublicKey(key.EncodedKeyValue.RawData)),
                (_, { } one) => Of(one),
                _ => throw KeySpec.Unsupported(KeyAlgorithms.Describe(key.Oid.Value ?? "")),
            };
            read.isKept = KeptResults.OfThread is not null;
            return read;
        }
        catch (Exception exception)
        {
            rsa?.Dispose();
            ecdsa?.Dispose();
            if (exception is CryptographicException or PlatformNotSupportedException or AsnContentException)
                throw KeySpec.Unsupported("an unreadable public key", exception);
            throw;
        }
    }

    /// <summary>The public half of a key of the platform, which is disposed with the result.</summary>
    /// <param name="key">The key.</param>
    /// <param name="encoded">Its encoded public half.</param>
    internal static VerificationKey Of(RSA key, RsaPublicKey encoded) => new(key, null, KeySpec.Of(key, encoded));

    /// <inheritdoc cref="Of(RSA, RsaPublicKey)"/>
    internal static VerificationKey Of(ECDsa key) => new(null, key, KeySpec.Of(key));

    /// <summary>Whether <paramref name="signature"/> is this key's signature of <paramref name="content"/>. ECDSA signatures are r‖s of fixed width
    /// (RFC 7518 section 3.4).</summary>
    /// <returns><see langword="false"/> also when <paramref name="algorithm"/> is for another kind of key.</returns>
    public bool Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm) =>
        algorithm.Kind == Spec.Kind
        && (rsa, ecdsa) switch
        {
            ({ } key, _) => key.VerifyData(content, signature, algorithm.Hash, algorithm.Padding),
            (_, { } key) => key.VerifyData(content, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => false,
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isKept)
            return;
        rsa?.Dispose();
        ecdsa?.Dispose();
    }
}

/// <summary>The public key of a certificate in its canonical encoding, by which keys are identified.</summary>
internal static class SubjectPublicKey
{
    private static readonly object Encoded = new();

    // SEC 1 section 2.3.3: a compressed point has the sign of its second coordinate in the first byte.
    private const byte CompressedEven = 2;
    private const byte CompressedOdd = 3;

    /// <summary>The key as DER SubjectPublicKeyInfo. A compressed point of an EC key is converted to the uncompressed form.</summary>
    /// <exception cref="CryptographicException">The key is damaged.</exception>
    public static byte[] Of(X509Certificate2 certificate) => KeptResults.Of(Encoded, certificate, Encode);

    private static byte[] Encode(X509Certificate2 certificate)
    {
        if (certificate.GetKeyAlgorithm() != KeyAlgorithms.EllipticCurve || certificate.GetPublicKey() is not [CompressedEven or CompressedOdd, ..])
            return certificate.PublicKey.ExportSubjectPublicKeyInfo();
        using var key = certificate.GetECDsaPublicKey();
        // The platform returns no key for key agreement keys, which verify nothing.
        return key?.ExportSubjectPublicKeyInfo() ?? certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }
}

/// <summary>
/// The key id of docker's libtrust: SHA-256 of the DER SubjectPublicKeyInfo, the first 30 bytes of it in base32 (RFC 4648 section 6), in twelve
/// groups of four joined by colons: <c>PF45:Q2VE:…</c>.
/// </summary>
internal static class LibtrustKeyId
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int HashBytes = 30;
    private const int BitsPerCharacter = 5;
    private const int GroupLength = 4;

    /// <summary>The key id of a public key.</summary>
    /// <param name="subjectPublicKeyInfo">The key as DER SubjectPublicKeyInfo.</param>
    public static string Compute(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var hash = SHA256.HashData(subjectPublicKeyInfo).AsSpan(0, HashBytes);
        var id = new System.Text.StringBuilder();
        var buffer = 0;
        var bits = 0;
        var characters = 0;
        foreach (var value in hash)
        {
            buffer = (buffer << 8) | value;
            for (bits += 8; bits >= BitsPerCharacter; bits -= BitsPerCharacter)
            {
                if (characters > 0 && characters % GroupLength == 0)
                    id.Append(':');
                id.Append(Alphabet[(buffer >> (bits - BitsPerCharacter)) & 31]);
                characters++;
            }

            buffer &= 0xff;
        }

        return id.ToString();
    }
}
