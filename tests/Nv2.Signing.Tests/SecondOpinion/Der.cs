using System.Formats.Asn1;
using System.Net;
using System.Text;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>Pieces of certificates in DER, and in forms that DER forbids.</summary>
internal static class Der
{
    public static byte[] Sequence(params byte[][] parts) => Encoded(Asn1Tag.Sequence, parts);

    public static byte[] Oid(string oid) => Write(writer => writer.WriteObjectIdentifier(oid));

    public static byte[] Integer(long number) => Write(writer => writer.WriteInteger(number));

    public static byte[] Boolean(bool value) => Write(writer => writer.WriteBoolean(value));

    public static byte[] Null { get; } = [5, 0];

    public static byte[] OctetString(byte[] content) => Write(writer => writer.WriteOctetString(content));

    public static byte[] BitString(byte[] content, int unused = 0) => Write(writer => writer.WriteBitString(content, unused));

    public static byte[] Text(UniversalTagNumber type, string text) => Write(writer => writer.WriteCharacterString(type, text));

    /// <summary>A tag of a context around others.</summary>
    public static byte[] Tagged(int number, params byte[][] parts) =>
        Encoded(new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true), parts);

    /// <summary>A tag of a context in place of the tag of a primitive value.</summary>
    public static byte[] Implicit(int number, byte[] content) =>
        Write(writer => writer.WriteOctetString(content, new Asn1Tag(TagClass.ContextSpecific, number)));

    public static byte[] Time(DateTimeOffset time, bool isAlwaysGeneralized = false) =>
        Write(writer =>
        {
            if (time.Year >= 2050 || isAlwaysGeneralized)
                writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
            else
                writer.WriteUtcTime(time);
        });

    /// <summary>GeneralName (RFC 5280 section 4.2.1.6).</summary>
    public static byte[] Dns(string name) => Implicit(2, Encoding.ASCII.GetBytes(name));

    public static byte[] Email(string name) => Implicit(1, Encoding.ASCII.GetBytes(name));

    public static byte[] Uri(string name) => Implicit(6, Encoding.ASCII.GetBytes(name));

    public static byte[] RegisteredId(string oid) => Implicit(8, Oid(oid)[2..]);

    public static byte[] OtherName(string oid, string text) => Tagged(0, Oid(oid), Tagged(0, Text(UniversalTagNumber.UTF8String, text)));

    public static byte[] Directory(IEnumerable<Attribute> name) => Tagged(4, Name(name));

    /// <summary>An address, or an address and a mask with a slash between.</summary>
    public static byte[] Address(string text) => Implicit(7, [.. text.Split('/').SelectMany(part => IPAddress.Parse(part).GetAddressBytes())]);

    public static byte[] Name(IEnumerable<Attribute> attributes) =>
        Sequence([.. attributes.Select(attribute => Encoded(Asn1Tag.SetOf, [Sequence(Oid(attribute.Oid), Text(attribute.Type, attribute.Text))]))]);

    /// <summary>The same value with a length in more bytes than it needs, which is BER.</summary>
    public static byte[] WithLongLength(byte[] der)
    {
        _ = AsnDecoder.ReadEncodedValue(der, AsnEncodingRules.BER, out var offset, out var length, out _);
        return [der[0], 0x84, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. der.AsSpan(offset, length)];
    }

    /// <summary>The same value with an indefinite length, which is BER.</summary>
    public static byte[] WithIndefiniteLength(byte[] der)
    {
        _ = AsnDecoder.ReadEncodedValue(der, AsnEncodingRules.BER, out var offset, out var length, out _);
        return [der[0], 0x80, .. der.AsSpan(offset, length), 0, 0];
    }

    private static byte[] Encoded(Asn1Tag tag, byte[][] parts)
    {
        var content = parts.SelectMany(part => part).ToArray();
        byte[] length = content.Length switch
        {
            < 0x80 => [(byte)content.Length],
            < 0x100 => [0x81, (byte)content.Length],
            < 0x10000 => [0x82, (byte)(content.Length >> 8), (byte)content.Length],
            _ => [0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length],
        };
        var identifier = (byte)(((int)tag.TagClass) | 0x20 | tag.TagValue);
        return [identifier, .. length, .. content];
    }

    private static byte[] Write(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}

/// <summary>One attribute of a distinguished name.</summary>
internal sealed record Attribute(string Oid, string Text, UniversalTagNumber Type = UniversalTagNumber.UTF8String)
{
    public static Attribute Country(string text) => new("2.5.4.6", text, UniversalTagNumber.PrintableString);

    public static Attribute Organization(string text) => new("2.5.4.10", text);

    public static Attribute CommonName(string text) => new("2.5.4.3", text);

    public static Attribute EmailAddress(string text) => new("1.2.840.113549.1.9.1", text, UniversalTagNumber.IA5String);
}
