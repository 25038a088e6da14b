using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Keys;

/// <summary>The encoded public half of an RSA key, RSAPublicKey (RFC 8017 appendix A.1.1): the platform has OpenSSL encode it, which takes an eighth
/// of a signature.</summary>
/// <param name="Encoded">The DER.</param>
internal readonly record struct RsaPublicKey(ReadOnlyMemory<byte> Encoded)
{
    /// <summary>The public half in an RSAPrivateKey (RFC 8017 appendix A.1.2): both begin with the modulus and the public exponent, the private key
    /// after its version.</summary>
    /// <exception cref="AsnContentException">It is damaged.</exception>
    public static RsaPublicKey OfPrivateKey(ReadOnlyMemory<byte> encoded)
    {
        var numbers = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence(); // As OpenSSL reads it.
        _ = numbers.ReadIntegerBytes();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(numbers.ReadIntegerBytes().Span);
            writer.WriteInteger(numbers.ReadIntegerBytes().Span);
        }

        return new(writer.Encode());
    }

    /// <summary>The key in a SubjectPublicKeyInfo.</summary>
    /// <exception cref="CryptographicException">It is damaged.</exception>
    public static RsaPublicKey Parse(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        new(PublicKey.CreateFromSubjectPublicKeyInfo(subjectPublicKeyInfo, out _).EncodedKeyValue.RawData);

    /// <summary>Its public exponent, without leading zeros.</summary>
    /// <exception cref="AsnContentException">The key is damaged.</exception>
    public ReadOnlyMemory<byte> ReadExponent()
    {
        var numbers = new AsnReader(Encoded, AsnEncodingRules.DER).ReadSequence();
        _ = numbers.ReadIntegerBytes();
        return numbers.ReadIntegerBytes().TrimStart((byte)0);
    }

    /// <summary>The key as DER SubjectPublicKeyInfo (RFC 3279 section 2.3.1).</summary>
    public byte[] EncodeSubjectPublicKeyInfo()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(KeyAlgorithms.Rsa);
                writer.WriteNull();
            }

            writer.WriteBitString(Encoded.Span);
        }

        return writer.Encode();
    }
}
