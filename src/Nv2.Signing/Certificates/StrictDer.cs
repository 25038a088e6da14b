using System.Formats.Asn1;

namespace Nv2.Signing.Certificates;

/// <summary>
/// Strict DER (X.690 section 10): definite lengths in their shortest form, strings in one piece, primitive values in their one form. Two encodings of
/// one certificate would have two fingerprints.
/// </summary>
internal static class StrictDer
{
    private const int MaxDepth = 64;

    /// <summary>Checks the encoding at every depth.</summary>
    /// <exception cref="AsnContentException">It is encoded otherwise, or bytes follow the end.</exception>
    public static void Require(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        Walk(reader, 0);
        reader.ThrowIfNotEmpty();
    }

    private static void Walk(AsnReader reader, int depth)
    {
        if (depth > MaxDepth)
            throw new AsnContentException();
        var tag = reader.PeekTag();
        if (tag.IsConstructed)
        {
            // Read as a sequence, whatever the tag: the content is walked in its order. Only these two universal types are constructed.
            if (
                tag.TagClass == TagClass.Universal
                && (UniversalTagNumber)tag.TagValue is not (UniversalTagNumber.Sequence or UniversalTagNumber.SetOf)
            )
                throw new AsnContentException();
            var content =
                tag.TagClass == TagClass.Universal && tag.TagValue == (int)UniversalTagNumber.SetOf
                    ? reader.ReadSetOf(tag)
                    : reader.ReadSequence(tag);
            while (content.HasData)
                Walk(content, depth + 1);
            return;
        }

        if (tag.TagClass != TagClass.Universal)
        {
            _ = reader.ReadEncodedValue();
            return;
        }

        switch ((UniversalTagNumber)tag.TagValue)
        {
            case UniversalTagNumber.Boolean:
                _ = reader.ReadBoolean();
                break;
            case UniversalTagNumber.Integer:
                _ = reader.ReadIntegerBytes();
                break;
            case UniversalTagNumber.Enumerated:
                _ = reader.ReadEnumeratedBytes();
                break;
            case UniversalTagNumber.BitString:
                if (!reader.TryReadPrimitiveBitString(out _, out _))
                    throw new AsnContentException();
                break;
            case UniversalTagNumber.ObjectIdentifier:
                _ = reader.ReadObjectIdentifier();
                break;
            case UniversalTagNumber.Null:
                reader.ReadNull();
                break;
            case UniversalTagNumber.UtcTime:
                _ = reader.ReadUtcTime();
                break;
            case UniversalTagNumber.GeneralizedTime:
                _ = reader.ReadGeneralizedTime();
                break;
            default:
                _ = reader.ReadEncodedValue();
                break;
        }
    }
}
