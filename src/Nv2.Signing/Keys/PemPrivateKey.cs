using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Keys;

/// <summary>Private keys in PEM: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 appendix A.1.2) and SEC1 (RFC 5915).</summary>
internal static class PemPrivateKey
{
    private const string ConvertAdvice = "convert it with: openssl pkey -in KEY -out NEW";

    /// <summary>Reads the one private key in <paramref name="pem"/>.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="passphrase">Gives the passphrase if the key is encrypted, or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">
    /// There is no key or more than one; it is damaged, or of an unsupported kind or size; or it is encrypted and cannot be decrypted.
    /// </exception>
    public static SigningKey Parse(ReadOnlySpan<byte> pem, Func<Secret>? passphrase = null)
    {
        if (pem.IndexOf("Proc-Type: 4,ENCRYPTED"u8) >= 0) // RFC 1421: the block is not only base64.
        {
            throw new InvalidInputException(
                "its private key is encrypted in OpenSSL's old format (Proc-Type: 4,ENCRYPTED), which is not supported: "
                    + "encrypt it again, with the same passphrase, with: openssl pkey -in KEY -aes256 -out NEW"
            );
        }

        SigningKey? key = null;
        try
        {
            var blocks = new PemBlocks(pem, label => label.EndsWith("PRIVATE KEY", StringComparison.Ordinal));
            while (blocks.MoveNext())
            {
                if (key is not null)
                    throw new InvalidInputException("it contains more than one private key: expected one");
                key = Parse(blocks.Label, blocks.Content, passphrase);
            }

            return key ?? throw KeyContainer.NoKey(pem);
        }
        catch
        {
            key?.Dispose();
            throw;
        }
    }

    /// <summary>Reads a PrivateKeyInfo (RFC 5208 section 5), with the certificates that were stored with it. The input is zeroed.</summary>
    /// <exception cref="InvalidInputException">It is damaged, or of a kind or size that is not supported.</exception>
    internal static SigningKey ParsePkcs8(byte[] der, IReadOnlyList<X509Certificate2> certificates) => Guard(der, () => ReadPkcs8(der, certificates));

    private static SigningKey Parse(string label, byte[] der, Func<Secret>? passphrase) =>
        Guard(
            der,
            () =>
                label switch
                {
                    "PRIVATE KEY" => ReadPkcs8(der, []),
                    "RSA PRIVATE KEY" => Import(
                        RSA.Create(),
                        rsa =>
                        {
                            rsa.ImportRSAPrivateKey(der, out var read);
                            return read;
                        },
                        der.Length,
                        key => SigningKey.Of(key, RsaPublicKey.OfPrivateKey(der), [])
                    ),
                    "EC PRIVATE KEY" => Import(
                        ECDsa.Create(),
                        ec =>
                        {
                            ec.ImportECPrivateKey(der, out var read);
                            return read;
                        },
                        der.Length,
                        SigningKey.Of
                    ),
                    "ENCRYPTED PRIVATE KEY" => Decrypt(der, passphrase),
                    "DSA PRIVATE KEY" => throw KeySpec.Unsupported("a DSA key"),
                    "OPENSSH PRIVATE KEY" => throw new InvalidInputException(
                        "its private key is in OpenSSH's format, which is not supported: convert a copy of it with: ssh-keygen -p -m PKCS8 -f COPY"
                    ),
                    "ENCRYPTED SIGSTORE PRIVATE KEY" or "ENCRYPTED COSIGN PRIVATE KEY" => throw new InvalidInputException(
                        "it contains a cosign private key, which is not supported: expected a key with an X.509 certificate"
                    ),
                    _ => throw new InvalidInputException(
                        $"its private key is in the format {Quoted.Text(label)}, which is not supported: {ConvertAdvice}"
                    ),
                }
        );

    private static SigningKey Decrypt(byte[] der, Func<Secret>? passphrase)
    {
        if (passphrase is null)
            throw new InvalidInputException("its private key is encrypted, and no passphrase was given");
        using var secret = passphrase();
        return ParsePkcs8(PasswordBasedEncryption.DecryptKey(der, secret), []);
    }

    // The input is secret, and is zeroed in any case.
    private static SigningKey Guard(byte[] der, Func<SigningKey> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            throw new InvalidInputException(
                "its private key is damaged, or on a curve that is not supported (expected P-256, P-384 or P-521)",
                exception
            );
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException("its private key is damaged: it is not the DER of its label", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    // PrivateKeyInfo := SEQUENCE { version INTEGER, privateKeyAlgorithm SEQUENCE { algorithm OBJECT IDENTIFIER, … }, privateKey OCTET STRING, … }
    private static SigningKey ReadPkcs8(byte[] der, IReadOnlyList<X509Certificate2> certificates)
    {
        var info = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        info.ReadInteger();
        var oid = info.ReadSequence().ReadObjectIdentifier();
        return oid switch
        {
            KeyAlgorithms.Rsa => Import(
                RSA.Create(),
                rsa =>
                {
                    rsa.ImportPkcs8PrivateKey(der, out var read);
                    return read;
                },
                der.Length,
                key => SigningKey.Of(key, RsaPublicKey.OfPrivateKey(ReadPrimitive(info)), certificates)
            ),
            KeyAlgorithms.EllipticCurve => Import(
                ECDsa.Create(),
                ec =>
                {
                    ec.ImportPkcs8PrivateKey(der, out var read);
                    return read;
                },
                der.Length,
                key => SigningKey.Of(key, certificates)
            ),
            _ => throw KeySpec.Unsupported(KeyAlgorithms.Describe(oid)),
        };
    }

    // Without a copy, which would have to be zeroed.
    private static ReadOnlyMemory<byte> ReadPrimitive(AsnReader reader) =>
        reader.TryReadPrimitiveOctetString(out var content) ? content : throw new AsnContentException();

    private static SigningKey Import<T>(T key, Func<T, int> import, int length, Func<T, SigningKey> wrap)
        where T : AsymmetricAlgorithm
    {
        try
        {
            if (import(key) != length)
                throw new InvalidInputException("its private key is damaged: bytes follow its end");
            return wrap(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
