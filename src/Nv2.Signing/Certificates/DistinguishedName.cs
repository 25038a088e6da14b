using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Names of subjects and issuers in text, by RFC 4514: the last relative name first, attribute types by their short names, special characters escaped.</summary>
public static class DistinguishedName
{
    /// <summary>The name in text: <c>CN=registry.wabbit-networks.io,O=wabbit-networks inc,C=US</c> for a name that is encoded as country, organisation, common name.</summary>
    public static string Format(X500DistinguishedName name)
    {
        var text = new StringBuilder();
        foreach (var relative in name.EnumerateRelativeDistinguishedNames(reversed: true))
        {
            // RelativeDistinguishedName := SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY } (RFC 5280 section 4.1.2.4)
            var set = new AsnReader(relative.RawData, AsnEncodingRules.BER).ReadSetOf();
            for (var separator = ","; set.HasData; separator = "+")
            {
                if (text.Length > 0)
                    text.Append(separator);
                AppendElement(text, set.ReadSequence());
            }
        }

        return text.ToString();
    }

    private static void AppendElement(StringBuilder text, AsnReader element)
    {
        var oid = element.ReadObjectIdentifier();
        text.Append(ShortName(oid)).Append('=');
        var value = element.PeekEncodedValue();
        if (TryReadText(element, out var characters))
            AppendEscaped(text, characters);
        else
            text.Append('#').Append(Convert.ToHexStringLower(value.Span));
    }

    private static bool TryReadText(AsnReader element, out string characters)
    {
        characters = "";
        var tag = element.PeekTag();
        var type = (UniversalTagNumber)tag.TagValue;
        if (tag.TagClass != TagClass.Universal || type is not (UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString
            or UniversalTagNumber.IA5String or UniversalTagNumber.T61String or UniversalTagNumber.BMPString))
        {
            return false;
        }

        try
        {
            characters = element.ReadCharacterString(type);
            return true;
        }
        catch (AsnContentException)
        {
            return false; // Shown by its bytes, as RFC 4514 section 2.4 has it for values that have no text.
        }
    }

    // RFC 4514 section 3, the table of short names, and the e-mail address that many certificates carry.
    private static string ShortName(string oid) => oid switch
    {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => oid,
    };

    // RFC 4514 section 2.4. Control and format characters are escaped too, so that a name cannot disturb the line that it is printed on.
    private static void AppendEscaped(StringBuilder text, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var character = value[i];
            if (CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                foreach (var octet in Encoding.UTF8.GetBytes([character]))
                    text.Append(CultureInfo.InvariantCulture, $"\\{octet:X2}");
                continue;
            }

            var first = i == 0 && character is ' ' or '#';
            var last = i == value.Length - 1 && character == ' ';
            if (first || last || character is '"' or '+' or ',' or ';' or '<' or '>' or '\\')
                text.Append('\\');
            text.Append(character);
        }
    }
}
