using System.Formats.Asn1;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The form of a certificate (RFC 5280 section 4.1), where the platform accepts more than one: DER without default values, and a public key in the
/// encoding of its algorithm. The two encodings of an EC point are one key (<see cref="SubjectPublicKey"/>).
/// </summary>
internal static class CertificateForm
{
    private const int Version2 = 1;
    private const int Version3 = 2;

    // SEC 1 section 2.3.3. The hybrid form (6 and 7) is redundant, and RFC 5480 section 2.2 does not allow it.
    private const byte CompressedEven = 2;
    private const byte CompressedOdd = 3;
    private const byte Uncompressed = 4;

    /// <summary>The most extensions of a certificate, far more than are in use. Each is read more than once.</summary>
    private const int MaxExtensions = 128;

    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag IssuerIdTag = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag SubjectIdTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);

    /// <summary>Checks the form.</summary>
    /// <exception cref="AsnContentException">The encoding is another form of ASN.1 than DER.</exception>
    /// <exception cref="InvalidInputException">The version does not fit the content, or the public key has another form.</exception>
    public static void Require(ReadOnlyMemory<byte> der)
    {
        StrictDer.Require(der);

        // TBSCertificate ::= SEQUENCE { version [0] DEFAULT v1, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, …,
        // extensions [3] OPTIONAL }
        const int FieldsBeforeKey = 5;
        var fields = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var version = ReadVersion(fields);
        for (var field = 0; field < FieldsBeforeKey; field++)
            _ = fields.ReadEncodedValue();
        RequireKey(fields.ReadSequence());
        foreach (var tag in new[] { IssuerIdTag, SubjectIdTag })
        {
            if (fields.HasData && fields.PeekTag().HasSameClassAndValue(tag))
                _ = fields.ReadEncodedValue();
        }

        if (!fields.HasData)
            return;
        if (version != Version3)
            throw new InvalidInputException("it has extensions, but its version is not 3 (RFC 5280 section 4.1.2.1)");
        RequireExtensions(fields.ReadSequence(ExtensionsTag).ReadSequence());
        fields.ThrowIfNotEmpty();
    }

    private static int ReadVersion(AsnReader fields)
    {
        if (fields.PeekTag() != VersionTag)
            return 0;
        return fields.ReadSequence(VersionTag).ReadInteger() is var version && version.IsZero ? throw new AsnContentException()
            : version >= Version2 && version <= Version3 ? (int)version
            : throw new InvalidInputException("its version is not 1, 2 or 3 (RFC 5280 section 4.1.2.1)");
    }

    // Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
    private static void RequireExtensions(AsnReader extensions)
    {
        for (var count = 0; extensions.HasData; count++)
        {
            if (count == MaxExtensions)
                throw new InvalidInputException($"it has more than {MaxExtensions} extensions");
            var extension = extensions.ReadSequence();
            _ = extension.ReadObjectIdentifier();
            if (extension.PeekTag() == Asn1Tag.Boolean && !extension.ReadBoolean())
                throw new AsnContentException();
            _ = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
        }
    }

    // SubjectPublicKeyInfo ::= SEQUENCE { algorithm SEQUENCE { algorithm, parameters OPTIONAL }, subjectPublicKey BIT STRING }
    private static void RequireKey(AsnReader key)
    {
        var algorithm = key.ReadSequence();
        var oid = algorithm.ReadObjectIdentifier();
        var value = key.ReadBitString(out var unusedBits);
        switch (oid)
        {
            case KeyAlgorithms.Rsa:
                RequireRsa(algorithm, value, unusedBits);
                break;
            case KeyAlgorithms.EllipticCurve:
                RequireNamedCurve(algorithm);
                if (unusedBits != 0 || value is not [CompressedEven or CompressedOdd or Uncompressed, ..])
                    throw new InvalidInputException(
                        "the point of its EC key is neither in the uncompressed nor in the compressed form (RFC 5480 section 2.2)"
                    );
                break;
        }
    }

    // RFC 3279 section 2.3.1: the parameters are NULL, and the key is SEQUENCE { modulus INTEGER, publicExponent INTEGER }.
    private static void RequireRsa(AsnReader algorithm, ReadOnlyMemory<byte> value, int unusedBits)
    {
        try
        {
            algorithm.ReadNull();
            algorithm.ThrowIfNotEmpty();
            StrictDer.Require(value);
            var numbers = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
            var isPositive = numbers.ReadInteger().Sign > 0 && numbers.ReadInteger().Sign > 0;
            numbers.ThrowIfNotEmpty();
            if (isPositive && unusedBits == 0)
                return;
        }
        catch (AsnContentException exception)
        {
            throw Unexpected(exception);
        }

        throw Unexpected(null);

        static InvalidInputException Unexpected(Exception? exception) =>
            new("its RSA key is not encoded by RFC 3279 section 2.3.1: expected NULL as parameters, and a modulus and an exponent in DER", exception);
    }

    // RFC 5480 section 2.1.1: the parameters of an EC key are the name of a curve. A curve given by numbers can be made weak on purpose.
    private static void RequireNamedCurve(AsnReader algorithm)
    {
        if (algorithm.HasData && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier)
        {
            _ = algorithm.ReadObjectIdentifier();
            algorithm.ThrowIfNotEmpty();
            return;
        }

        throw new InvalidInputException(
            "its EC key has explicit curve parameters, which are refused: expected a named curve (RFC 5480 section 2.1.1)"
        );
    }
}
