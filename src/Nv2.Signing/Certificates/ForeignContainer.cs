using System.Formats.Asn1;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Another file that a user gives instead of a certificate, and how to get a certificate from it.</summary>
/// <param name="What">What it is.</param>
/// <param name="Advice">What to do.</param>
internal sealed record ForeignContainer(string What, string Advice)
{
    private const string IssuedCertificate = "expected the certificate that was issued for it";

    private static readonly ForeignContainer PrivateKey = new("a private key, not a certificate", IssuedCertificate);
    private static readonly ForeignContainer PublicKey = new("a public key, not a certificate", IssuedCertificate);
    private static readonly ForeignContainer Request = new("a certificate request (PKCS #10), not a certificate", IssuedCertificate);
    private static readonly ForeignContainer RevocationList = new(
        "a revocation list (CRL), not a certificate",
        "expected the certificate of its issuer"
    );
    private static readonly ForeignContainer Pkcs12 = new(
        "a PKCS #12 container",
        "get the certificates out of it with: openssl pkcs12 -in FILE -nokeys -out NEW"
    );
    private static readonly ForeignContainer Bundle = new(
        "a PKCS #7 message",
        "get the certificates out of it with: openssl pkcs7 -inform DER -in FILE -print_certs -out NEW"
    );
    private static readonly ForeignContainer KeyStore = new(
        "a Java key store",
        "get the certificate out of it with: keytool -exportcert -rfc -keystore FILE -alias NAME -file NEW"
    );
    private static readonly ForeignContainer OpenSsh = new("an OpenSSH key, which has no X.509 certificate", "expected a certificate in PEM or DER");
    private static readonly ForeignContainer Putty = new("a PuTTY key, which has no X.509 certificate", "expected a certificate in PEM or DER");
    private static readonly ForeignContainer Pgp = new("an OpenPGP key or message, not an X.509 certificate", "expected a certificate in PEM or DER");

    /// <summary>What a file without a certificate is, or <see langword="null"/> if unknown.</summary>
    public static ForeignContainer? OfFile(ReadOnlyMemory<byte> content)
    {
        if (content.Span is [0xfe, 0xed, 0xfe, 0xed, ..] or [0xce, 0xce, 0xce, 0xce, ..])
            return KeyStore;
        if (Utf16Text.IsUnmarked(content.Span))
            return new("text in UTF-16 without a byte order mark", "convert it with: iconv -f UTF-16LE -t UTF-8 FILE > NEW");
        return PemBlocks.FirstLabel(content.Span) is { } label ? OfLabel(label) : OfText(content.Span) ?? OfDer(content);
    }

    /// <summary>The content of a PEM block with another label than a certificate's.</summary>
    public static ForeignContainer OfLabel(string label) =>
        label switch
        {
            "TRUSTED CERTIFICATE" => new(
                "a certificate with OpenSSL's trust settings (TRUSTED CERTIFICATE)",
                "convert it with: openssl x509 -in FILE -out NEW"
            ),
            "X509 CERTIFICATE" or "X.509 CERTIFICATE" => new(
                $"a certificate with an old label ({label})",
                "replace the label with CERTIFICATE, or convert it with: openssl x509 -in FILE -out NEW"
            ),
            "CERTIFICATE" => new("PEM", "expected a block -----BEGIN CERTIFICATE-----"),
            "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST" => Request,
            "X509 CRL" => RevocationList,
            "OPENSSH PRIVATE KEY" or "SSH2 PUBLIC KEY" or "SSH2 ENCRYPTED PRIVATE KEY" => OpenSsh,
            _ when label.StartsWith("PGP ", StringComparison.Ordinal) => Pgp,
            _ when label.EndsWith("PRIVATE KEY", StringComparison.Ordinal) => PrivateKey,
            _ when label.EndsWith("PUBLIC KEY", StringComparison.Ordinal) => PublicKey,
            _ => new($"PEM with a block {Quoted.Text(label)} and no certificate", "expected a block -----BEGIN CERTIFICATE-----"),
        };

    /// <summary>The kind of other ASN.1 data, by its beginning; <see langword="null"/> for anything else.</summary>
    public static ForeignContainer? OfDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var fields = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            var first = fields.PeekTag();
            return first == Asn1Tag.ObjectIdentifier ? Bundle
                : first == Asn1Tag.Integer ? OfNumbered(fields)
                : first == Asn1Tag.Sequence ? OfNested(fields)
                : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    // PFX ::= SEQUENCE { version 3, authSafe ContentInfo, … }; PrivateKeyInfo ::= SEQUENCE { version, algorithm, privateKey OCTET STRING, … };
    // RSAPrivateKey and RSAPublicKey begin with two integers, ECPrivateKey with one and an octet string.
    private static ForeignContainer? OfNumbered(AsnReader fields)
    {
        const int Pfx = 3;
        var number = fields.ReadInteger();
        var next = fields.PeekTag();
        if (next == Asn1Tag.Integer)
        {
            _ = fields.ReadInteger();
            return fields.HasData ? PrivateKey : PublicKey;
        }

        return next == Asn1Tag.Sequence && number == Pfx ? Pkcs12
            : next == Asn1Tag.Sequence || next == Asn1Tag.PrimitiveOctetString ? PrivateKey
            : null;
    }

    // SubjectPublicKeyInfo and EncryptedPrivateKeyInfo begin with an algorithm; a request and a revocation list begin with the signed part, like a
    // certificate.
    private static ForeignContainer? OfNested(AsnReader fields)
    {
        var inner = fields.ReadSequence();
        if (inner.PeekTag() == Asn1Tag.ObjectIdentifier)
            return fields.PeekTag() == Asn1Tag.PrimitiveBitString ? PublicKey
                : fields.PeekTag() == Asn1Tag.PrimitiveOctetString ? PrivateKey
                : null;

        var isNumbered = inner.PeekTag() == Asn1Tag.Integer;
        if (isNumbered)
            _ = inner.ReadInteger();
        if (inner.PeekTag() != Asn1Tag.Sequence)
            return null;
        _ = inner.ReadSequence();
        if (inner.PeekTag() != Asn1Tag.Sequence)
            return null;
        var third = inner.ReadSequence();

        // CertificationRequestInfo ::= SEQUENCE { version, subject, subjectPKInfo SEQUENCE { algorithm SEQUENCE, … }, attributes [0] }
        // TBSCertList ::= SEQUENCE { version OPTIONAL, signature, issuer, thisUpdate Time, … }
        if (inner.HasData && (inner.PeekTag() == Asn1Tag.UtcTime || inner.PeekTag() == Asn1Tag.GeneralizedTime))
            return RevocationList;
        return
            isNumbered
            && third.HasData
            && third.PeekTag() == Asn1Tag.Sequence
            && (!inner.HasData || inner.PeekTag().TagClass == TagClass.ContextSpecific)
            ? Request
            : null;
    }

    private static ForeignContainer? OfText(ReadOnlySpan<byte> content)
    {
        var text = content.TrimStart("\uFEFF"u8).TrimStart(" \t\r\n"u8);
        if (
            text.StartsWith("ssh-"u8)
            || text.StartsWith("ecdsa-sha2-"u8)
            || text.StartsWith("sk-ssh-"u8)
            || text.StartsWith("sk-ecdsa-"u8)
            || text.StartsWith("---- BEGIN SSH2 "u8)
        )
            return OpenSsh;
        if (text.StartsWith("PuTTY-User-Key-File-"u8))
            return Putty;

        // The base64 of the beginning of DER.
        var line = text.IndexOfAny("\r\n"u8) is var end && end < 0 ? text : text[..end];
        return line.StartsWith("MI"u8) && !line.ContainsAnyExcept(CharacterSets.Base64Bytes)
            ? new("base64 without its first and last line", "expected -----BEGIN CERTIFICATE----- before it and -----END CERTIFICATE----- after it")
            : null;
    }
}
