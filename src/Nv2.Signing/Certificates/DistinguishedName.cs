using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Names of subjects and issuers in text, by RFC 4514: the last relative name first, attribute types by their short names, special characters escaped.</summary>
public static class DistinguishedName
{
    // RFC 4514 section 3, the table of short names; what else RFC 5280 section 4.1.2.4 has implementations know; and what many certificates carry beside: a post code, an e-mail address.
    private static readonly (string ShortName, string Oid)[] Types =
    [
        ("CN", "2.5.4.3"),
        ("SN", "2.5.4.4"),
        ("serialNumber", "2.5.4.5"),
        ("C", "2.5.4.6"),
        ("L", "2.5.4.7"),
        ("ST", "2.5.4.8"),
        ("street", "2.5.4.9"),
        ("O", "2.5.4.10"),
        ("OU", "2.5.4.11"),
        ("title", "2.5.4.12"),
        ("postalCode", "2.5.4.17"),
        ("GN", "2.5.4.42"),
        ("initials", "2.5.4.43"),
        ("generationQualifier", "2.5.4.44"),
        ("dnQualifier", "2.5.4.46"),
        ("pseudonym", "2.5.4.65"),
        ("UID", "0.9.2342.19200300.100.1.1"),
        ("DC", "0.9.2342.19200300.100.1.25"),
        ("emailAddress", "1.2.840.113549.1.9.1"),
    ];

    private static readonly UTF32Encoding Utf32 = new(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true);

    /// <summary>The short names that are known, for a message.</summary>
    internal static string ShortNames => string.Join(", ", Types.Select(type => type.ShortName));

    /// <summary>The object identifier of an attribute type that is given by its short name in any case, by <c>S</c> for <c>ST</c>, or by its object identifier.</summary>
    /// <returns><see langword="null"/> for any other text.</returns>
    internal static string? OidOf(string type)
    {
        if (string.Equals(type, "S", StringComparison.OrdinalIgnoreCase))
            return OidOf("ST");
        foreach (var (shortName, oid) in Types)
        {
            if (string.Equals(shortName, type, StringComparison.OrdinalIgnoreCase))
                return oid;
        }

        return type.Split('.') is { Length: > 1 } arcs && arcs.All(arc => arc.Length > 0 && arc.All(char.IsAsciiDigit) && (arc == "0" || arc[0] != '0')) ? type : null;
    }

    /// <summary>The name in text: <c>CN=registry.wabbit-networks.io,O=wabbit-networks inc,C=US</c> for a name that is encoded as country, organisation, common name.</summary>
    public static string Format(X500DistinguishedName name)
    {
        var text = new StringBuilder();
        foreach (var (separator, oid, characters, value) in Attributes(name))
        {
            if (text.Length > 0)
                text.Append(separator);
            text.Append(ShortName(oid)).Append('=');
            if (characters is null)
                text.Append('#').Append(Convert.ToHexStringLower(value.Span));
            else
                AppendEscaped(text, characters);
        }

        return text.ToString();
    }

    /// <summary>The name in text for a message: what is longer than 200 characters is cut.</summary>
    public static string Brief(X500DistinguishedName name)
    {
        var text = Format(name);
        return text.Length == 0 ? "(no name)" : Cut(text);
    }

    /// <summary>The subject of a certificate in text; where it is empty, the first name of its subjectAltName, or that there is none.</summary>
    public static string FormatOf(X509Certificate2 certificate) =>
        Format(certificate.SubjectName) is { Length: > 0 } subject ? subject : DescribeWithoutSubject(certificate);

    /// <summary>The same for a message: what is longer than 200 characters is cut.</summary>
    public static string BriefOf(X509Certificate2 certificate) => Cut(FormatOf(certificate));

    /// <summary>Whether two names that are not the same look the same in text: they differ in their encoding alone.</summary>
    internal static bool LookTheSame(X500DistinguishedName one, X500DistinguishedName other) => Format(one) == Format(other);

    private static string Cut(string text)
    {
        const int MaxLength = 200;
        return text.Length <= MaxLength ? text : $"{text.AsSpan(0, MaxLength)}…";
    }

    private static string DescribeWithoutSubject(X509Certificate2 certificate)
    {
        const string Nothing = "(no subject)";
        try
        {
            return CertificateName.Of(certificate).FirstOrDefault(name => name.IsSupported) is { } name ? $"subjectAltName={Quoted.Printable(name.Text)}" : Nothing;
        }
        catch (AsnContentException)
        {
            return Nothing; // The checks say that it is damaged.
        }
    }

    /// <summary>The attributes of a name, the last first: what separates each from the one before, its type, its text if it has one, and its encoded value.</summary>
    internal static IEnumerable<(char Separator, string Oid, string? Text, ReadOnlyMemory<byte> Value)> Attributes(X500DistinguishedName name)
    {
        foreach (var relative in name.EnumerateRelativeDistinguishedNames(reversed: true))
        {
            // RelativeDistinguishedName := SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY } (RFC 5280 section 4.1.2.4)
            var set = new AsnReader(relative.RawData, AsnEncodingRules.BER).ReadSetOf();
            for (var separator = ','; set.HasData; separator = '+')
            {
                var element = set.ReadSequence();
                var oid = element.ReadObjectIdentifier();
                var value = element.PeekEncodedValue();
                yield return (separator, oid, TryReadText(element, out var text) ? text : null, value);
            }
        }
    }

    private static bool TryReadText(AsnReader element, out string characters)
    {
        characters = "";
        var tag = element.PeekTag();
        var type = (UniversalTagNumber)tag.TagValue;
        if (tag.TagClass != TagClass.Universal || type is not (UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
            or UniversalTagNumber.T61String or UniversalTagNumber.BMPString or UniversalTagNumber.UniversalString or UniversalTagNumber.VisibleString or UniversalTagNumber.NumericString))
        {
            return false;
        }

        try
        {
            // UTF-32 is the one that the platform does not read.
            characters = type == UniversalTagNumber.UniversalString ? ReadUtf32(element.ReadEncodedValue().Span) : element.ReadCharacterString(type);
            return true;
        }
        catch (Exception exception) when (exception is AsnContentException or DecoderFallbackException)
        {
            return false; // Shown by its bytes, as RFC 4514 section 2.4 has it for values that have no text.
        }
    }

    private static string ReadUtf32(ReadOnlySpan<byte> value)
    {
        AsnDecoder.ReadEncodedValue(value, AsnEncodingRules.DER, out var offset, out var length, out _);
        return Utf32.GetString(value.Slice(offset, length));
    }

    /// <summary>The short name of an attribute type, or its object identifier where it has none.</summary>
    internal static string ShortName(string oid)
    {
        foreach (var (shortName, known) in Types)
        {
            if (known == oid)
                return shortName;
        }

        return oid;
    }

    // RFC 4514 section 2.4. Control and format characters are escaped too, so that a name cannot disturb the line that it is printed on.
    private static void AppendEscaped(StringBuilder text, string value)
    {
        var position = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            var first = position == 0 && rune.Value is ' ' or '#';
            position += rune.Utf16SequenceLength;
            var last = position == value.Length && rune.Value == ' ';
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                foreach (var octet in Encoding.UTF8.GetBytes(rune.ToString()))
                    text.Append(CultureInfo.InvariantCulture, $"\\{octet:X2}");
                continue;
            }

            if (first || last || rune.Value is '"' or '+' or ',' or ';' or '<' or '>' or '\\')
                text.Append('\\');
            text.Append(rune);
        }
    }
}
