using System.Formats.Asn1;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace Nv2.Signing.Keys;

/// <summary>Encryption with a passphrase, PKCS#5 (RFC 8018) and PKCS#12 appendix C (RFC 7292): the supported algorithms, and a limit for the
/// work.</summary>
internal static class PasswordBasedEncryption
{
    /// <summary>The most iterations of the key derivation for one file: a few seconds. Tools write 1 to 1,000,000; a hostile file can require
    /// years.</summary>
    public const int MaxIterations = 4_000_000;

    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string Scrypt = "1.3.6.1.4.1.11591.4.11";
    private const string HmacSha1 = "1.2.840.113549.2.7";

    private static readonly string[] Hmacs = [HmacSha1, "1.2.840.113549.2.9", "1.2.840.113549.2.10", "1.2.840.113549.2.11"];

    // AES-CBC with keys of 128, 192 and 256 bits, and triple DES.
    private static readonly string[] Ciphers = ["2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.22", "2.16.840.1.101.3.4.1.42", "1.2.840.113549.3.7"];

    // pbeWithSHAAnd3-KeyTripleDES-CBC and pbeWithSHAAnd2-KeyTripleDES-CBC.
    private static readonly string[] OldSchemes = ["1.2.840.113549.1.12.1.3", "1.2.840.113549.1.12.1.4"];

    // pbeWithSHAAnd128BitRC2-CBC and pbeWithSHAAnd40BitRC2-CBC, used only for certificates in old files.
    private static readonly string[] RivestSchemes = ["1.2.840.113549.1.12.1.5", "1.2.840.113549.1.12.1.6"];

    /// <summary>Decrypts an EncryptedPrivateKeyInfo (RFC 5958 section 3).</summary>
    /// <returns>A PrivateKeyInfo, to be zeroed by the caller.</returns>
    /// <exception cref="InvalidInputException">The passphrase is wrong, the key is damaged, or its encryption is not supported or takes too
    /// long.</exception>
    /// <exception cref="AsnContentException">The encoding is damaged.</exception>
    public static byte[] DecryptKey(ReadOnlyMemory<byte> der, Secret passphrase)
    {
        RequireIterations(ReadIterations(new AsnReader(der, AsnEncodingRules.BER).ReadSequence()));
        try
        {
            var key = Pkcs8PrivateKeyInfo.DecryptAndDecode(passphrase.Chars, der, out var read);
            try
            {
                return read == der.Length ? key.Encode() : throw new InvalidInputException("its private key is damaged: bytes follow its end");
            }
            finally
            {
                CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(key.PrivateKeyBytes).Span); // It is a separate copy.
            }
        }
        catch (CryptographicException exception)
        {
            throw new InvalidInputException("cannot decrypt its private key: the passphrase is wrong, or the key is damaged", exception);
        }
    }

    /// <summary>Reads an AlgorithmIdentifier of an encryption, and refuses unsupported ones.</summary>
    /// <param name="from">The reader in front of it.</param>
    /// <param name="isKey">Whether it encrypts a key, not certificates.</param>
    /// <returns>The number of its iterations.</returns>
    /// <exception cref="InvalidInputException">It is not supported.</exception>
    /// <exception cref="AsnContentException">The encoding is damaged.</exception>
    public static BigInteger ReadIterations(AsnReader from, bool isKey = true)
    {
        var identifier = from.ReadSequence();
        var scheme = identifier.ReadObjectIdentifier();
        if (OldSchemes.Contains(scheme) || (!isKey && RivestSchemes.Contains(scheme)))
        {
            var old = identifier.ReadSequence(); // SEQUENCE { salt OCTET STRING, iterations INTEGER }
            old.ReadOctetString();
            return old.ReadInteger();
        }

        if (scheme != Pbes2)
            throw Unsupported($"the scheme {Describe(scheme)}");

        // SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier } (RFC 8018 appendix A.4)
        var parameters = identifier.ReadSequence();
        var derivation = parameters.ReadSequence();
        var function = derivation.ReadObjectIdentifier();
        if (function != Pbkdf2)
            throw Unsupported(function == Scrypt ? "scrypt" : $"the key derivation {function}");
        var cipher = parameters.ReadSequence().ReadObjectIdentifier();
        if (!Ciphers.Contains(cipher))
            throw Unsupported($"the cipher {Describe(cipher)}");

        // SEQUENCE { salt, iterationCount INTEGER, keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier DEFAULT hmacWithSHA1 } (appendix A.2)
        var settings = derivation.ReadSequence();
        settings.ReadOctetString();
        var iterations = settings.ReadInteger();
        if (settings.HasData && settings.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            settings.ReadInteger();
        var hmac = settings.HasData ? settings.ReadSequence().ReadObjectIdentifier() : HmacSha1;
        return Hmacs.Contains(hmac) ? iterations : throw Unsupported($"the pseudorandom function {Describe(hmac)}");
    }

    /// <summary>Refuses more iterations than <see cref="MaxIterations"/>.</summary>
    /// <exception cref="InvalidInputException">There are more.</exception>
    public static void RequireIterations(BigInteger iterations)
    {
        if (iterations < 1 || iterations > MaxIterations)
            throw new InvalidInputException($"its encryption has {iterations} iterations of the key derivation: expected 1 to {MaxIterations}");
    }

    private static InvalidInputException Unsupported(string what) =>
        new(
            $"it is encrypted with {what}, which is not supported: expected PBKDF2 and AES in CBC mode; "
                + "encrypt a key again with: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW"
        );

    // The algorithms that openssl writes.
    private static string Describe(string oid) =>
        oid switch
        {
            "1.2.840.113549.1.5.1" or "1.2.840.113549.1.5.3" => "MD2 or MD5 and DES",
            "1.2.840.113549.1.5.10" => "SHA-1 and DES",
            "1.2.840.113549.1.5.4" or "1.2.840.113549.1.5.6" or "1.2.840.113549.1.5.11" => "MD2, MD5 or SHA-1 and RC2",
            "1.2.840.113549.1.12.1.1" or "1.2.840.113549.1.12.1.2" => "SHA-1 and RC4",
            "1.2.840.113549.1.12.1.5" or "1.2.840.113549.1.12.1.6" or "1.2.840.113549.3.2" => "RC2",
            "1.3.14.3.2.7" => "DES",
            "1.2.840.113549.2.8" => "HMAC-SHA-224",
            "1.2.840.113549.2.12" or "1.2.840.113549.2.13" => "HMAC-SHA-512/224 or HMAC-SHA-512/256",
            _ when oid.StartsWith("1.2.410.200046.1.1.", StringComparison.Ordinal) => "ARIA",
            _ when oid.StartsWith("1.2.392.200011.61.1.1.1.", StringComparison.Ordinal) => "Camellia",
            _ when oid.StartsWith("2.16.840.1.101.3.4.1.", StringComparison.Ordinal) => "AES in a mode other than CBC",
            _ => oid,
        };
}
