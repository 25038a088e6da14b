using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Nv2.Signing.Keys;

/// <summary>Other content in place of a private key in PEM: text in another encoding, which is converted, and other containers, which the error names
/// with a conversion.</summary>
internal static class KeyContainer
{
    private const byte DerSequence = 0x30;

    // What a file begins with or contains, its kind, and the next step. The first match is used.
    private static readonly (string Text, bool IsBeginning, string What, string Advice)[] Known =
    [
        (
            "PuTTY-User-Key-File-",
            true,
            "a PuTTY private key",
            "convert it with: puttygen KEY -O private-openssh -o COPY && ssh-keygen -p -m PKCS8 -f COPY"
        ),
        ("ssh-", true, "an OpenSSH public key", "expected the private key, not the file that ends in .pub"),
        ("ecdsa-sha2-", true, "an OpenSSH public key", "expected the private key, not the file that ends in .pub"),
        ("-----BEGIN SSH2 PUBLIC KEY", false, "an OpenSSH public key", "expected the private key"),
        ("---- BEGIN SSH2", false, "an SSH2 key", "convert a private key with: ssh-keygen -p -m PKCS8 -f COPY"),
        ("-----BEGIN PGP ", false, "an OpenPGP key", "expected a key with an X.509 certificate"),
        ("-----BEGIN PUBLIC KEY-----", false, "a public key", "expected the private key"),
        ("-----BEGIN RSA PUBLIC KEY-----", false, "a public key", "expected the private key"),
        ("-----BEGIN CERTIFICATE REQUEST-----", false, "a certificate request", "expected the private key"),
        ("-----BEGIN CERTIFICATE-----", false, "a certificate", "expected the private key; certificates have their own option"),
        ("-----BEGIN TRUSTED CERTIFICATE-----", false, "a certificate", "expected the private key; certificates have their own option"),
        ("-----BEGIN X509 CERTIFICATE-----", false, "a certificate", "expected the private key; certificates have their own option"),
        ("-----BEGIN PKCS7-----", false, "certificates in PKCS#7", "expected the private key; certificates have their own option"),
        ("-----BEGIN EC PARAMETERS-----", false, "the parameters of a curve", "expected the private key"),
        ("{", true, "JSON, perhaps a JSON Web Key", "expected a private key in PEM"),
    ];

    /// <summary>The text in UTF-8, if it is UTF-16 or UTF-32 with a byte order mark (as PowerShell's &gt; writes); otherwise <see
    /// langword="null"/>.</summary>
    /// <returns>To be zeroed by the caller.</returns>
    public static byte[]? FromUtf16(ReadOnlySpan<byte> content)
    {
        Encoding? encoding = content switch
        {
            [0xff, 0xfe, 0, 0, ..] => Encoding.UTF32,
            [0xff, 0xfe, ..] => Encoding.Unicode,
            [0xfe, 0xff, ..] => Encoding.BigEndianUnicode,
            _ => null,
        };
        if (encoding is null)
            return null;
        var text = new char[encoding.GetMaxCharCount(content.Length)];
        try
        {
            var length = encoding.GetChars(content[encoding.GetPreamble().Length..], text);
            return Encoding.UTF8.GetBytes(text, 0, length);
        }
        finally
        {
            text.AsSpan().Clear();
        }
    }

    /// <summary>A refusal that names the content in place of a private key.</summary>
    public static InvalidInputException NoKey(ReadOnlySpan<byte> content)
    {
        if (content is [DerSequence, ..])
            return new InvalidInputException(DescribeDer(content.ToArray()));
        var isUtf8WithMark = content is [0xef, 0xbb, 0xbf, ..];
        var text = (isUtf8WithMark ? content[3..] : content).TrimStart(" \t\r\n"u8);
        foreach (var (known, isBeginning, what, advice) in Known)
        {
            var bytes = Encoding.ASCII.GetBytes(known);
            if (isBeginning ? text.StartsWith(bytes) : text.IndexOf(bytes) >= 0)
                return new InvalidInputException($"it contains no private key, but {what}: {advice}");
        }

        if (content.Length >= 4 && (content[1] == 0 || content[0] == 0))
            return new InvalidInputException(
                "it contains no private key in PEM: it looks like UTF-16 without a byte order mark; "
                    + "convert it with: iconv -f UTF-16LE -t UTF-8 OLD > NEW"
            );
        return new InvalidInputException(
            "it contains no private key in PEM: expected a block -----BEGIN PRIVATE KEY-----, RSA PRIVATE KEY or EC PRIVATE KEY"
        );
    }

    // PrivateKeyInfo and RSAPrivateKey begin with a version, EncryptedPrivateKeyInfo, certificates and public keys with a sequence, PKCS#7 with an
    // object identifier.
    private static string DescribeDer(byte[] der)
    {
        const string Convert = "convert it with: openssl pkey -inform DER -in KEY -out NEW";
        const string NoKey = "it contains no private key in PEM";
        try
        {
            var sequence = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            var tag = sequence.PeekTag();
            if (tag.HasSameClassAndValue(Asn1Tag.Integer))
                return $"{NoKey}, but a private key in DER: {Convert}";
            if (tag.HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
                return "it contains no private key, but PKCS#7: expected the private key; certificates have their own option";
            var first = sequence.ReadSequence();
            if (!first.HasData)
                return $"{NoKey}: expected PEM or PKCS#12";
            if (first.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
            {
                return sequence.PeekTag().HasSameClassAndValue(Asn1Tag.PrimitiveOctetString)
                    ? $"{NoKey}, but an encrypted private key in DER: convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc -inform DER -in "
                        + "KEY -out NEW"
                    : "it contains no private key, but a public key: expected the private key";
            }

            return "it contains no private key, but a certificate or a certificate request: expected the private key; "
                + "certificates have their own option";
        }
        catch (AsnContentException)
        {
            return $"{NoKey}: it looks like damaged DER";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }
}
