using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Names of subjects and issuers in text, by RFC 4514: the last relative name first, attribute types by their short names, special
/// characters escaped.</summary>
internal static class DistinguishedName
{
    // RFC 4514 section 3, the table of short names; the others that RFC 5280 section 4.1.2.4 requires; and two that many certificates have: a postal
    // code, an e-mail address.
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

    // Other names for attribute types in openssl, .NET, keytool and other programs, except names that two of them use for different types. Only read,
    // never written.
    private static readonly (string Name, string Oid)[] OtherNames =
    [
        ("S", "2.5.4.8"),
        ("E", "1.2.840.113549.1.9.1"),
        ("Email", "1.2.840.113549.1.9.1"),
        ("T", "2.5.4.12"),
        ("G", "2.5.4.42"),
        ("I", "2.5.4.43"),
        ("commonName", "2.5.4.3"),
        ("surname", "2.5.4.4"),
        ("countryName", "2.5.4.6"),
        ("localityName", "2.5.4.7"),
        ("stateOrProvinceName", "2.5.4.8"),
        ("streetAddress", "2.5.4.9"),
        ("organizationName", "2.5.4.10"),
        ("organizationalUnitName", "2.5.4.11"),
        ("givenName", "2.5.4.42"),
        ("generation", "2.5.4.44"),
        ("DNQ", "2.5.4.46"),
        ("userId", "0.9.2342.19200300.100.1.1"),
        ("domainComponent", "0.9.2342.19200300.100.1.25"),
        ("description", "2.5.4.13"),
        ("businessCategory", "2.5.4.15"),
        ("postalAddress", "2.5.4.16"),
        ("postOfficeBox", "2.5.4.18"),
        ("telephoneNumber", "2.5.4.20"),
        ("name", "2.5.4.41"),
        ("houseIdentifier", "2.5.4.51"),
        ("role", "2.5.4.72"),
        ("organizationIdentifier", "2.5.4.97"),
        ("unstructuredName", "1.2.840.113549.1.9.2"),
        ("unstructuredAddress", "1.2.840.113549.1.9.8"),
        ("jurisdictionL", "1.3.6.1.4.1.311.60.2.1.1"),
        ("jurisdictionLocalityName", "1.3.6.1.4.1.311.60.2.1.1"),
        ("jurisdictionST", "1.3.6.1.4.1.311.60.2.1.2"),
        ("jurisdictionStateOrProvinceName", "1.3.6.1.4.1.311.60.2.1.2"),
        ("jurisdictionC", "1.3.6.1.4.1.311.60.2.1.3"),
        ("jurisdictionCountryName", "1.3.6.1.4.1.311.60.2.1.3"),
    ];

    private static readonly UTF32Encoding Utf32 = new(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true);

    /// <summary>The known short names, for a message.</summary>
    internal static string ShortNames => string.Join(", ", Types.Select(type => type.ShortName));

    /// <summary>
    /// The object identifier of an attribute type that is given by its short name, by another program's name for it, in any case, or by its object
    /// identifier, also with <c>OID.</c> before it (RFC 2253 section 4).
    /// </summary>
    /// <returns><see langword="null"/> for any other text.</returns>
    internal static string? OidOf(string type)
    {
        foreach (var (name, oid) in Types.Concat(OtherNames))
        {
            if (string.Equals(name, type, StringComparison.OrdinalIgnoreCase))
                return oid;
        }

        const string Prefix = "OID.";
        if (type.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            type = type[Prefix.Length..];

        return
            type.Split('.') is { Length: > 1 } arcs && arcs.All(arc => arc.Length > 0 && arc.All(char.IsAsciiDigit) && (arc == "0" || arc[0] != '0'))
            ? type
            : null;
    }

    /// <summary>The name in text: <c>CN=registry.wabbit-networks.io,O=wabbit-networks inc,C=US</c> for a name that is encoded as country,
    /// organisation, common name.</summary>
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

    /// <summary>The name in text for a message, cut after 200 characters.</summary>
    public static string Brief(X500DistinguishedName name)
    {
        var text = Format(name);
        return text.Length == 0 ? "(no name)" : Cut(text);
    }

    /// <summary>The subject of a certificate in text; if it is empty, the first name of its subjectAltName, or a note that it has no name.</summary>
    public static string FormatOf(X509Certificate2 certificate) =>
        Format(certificate.SubjectName) is { Length: > 0 } subject ? subject : DescribeWithoutSubject(certificate);

    /// <summary>The same for a message, cut after 200 characters.</summary>
    public static string BriefOf(X509Certificate2 certificate) => Cut(FormatOf(certificate));

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
            return CertificateName.Of(certificate).FirstOrDefault(name => name.IsSupported) is { } name
                ? $"subjectAltName={Quoted.Printable(name.Text)}"
                : Nothing;
        }
        catch (AsnContentException)
        {
            return Nothing; // The checks report the damage.
        }
    }

    /// <summary>The attributes of a name, the last first: the separator before each, its type, its text if it has one, and its encoded
    /// value.</summary>
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
        if (
            tag.TagClass != TagClass.Universal
            || type
                is not (
                    UniversalTagNumber.UTF8String
                    or UniversalTagNumber.PrintableString
                    or UniversalTagNumber.IA5String
                    or UniversalTagNumber.T61String
                    or UniversalTagNumber.BMPString
                    or UniversalTagNumber.UniversalString
                    or UniversalTagNumber.VisibleString
                    or UniversalTagNumber.NumericString
                )
        )
        {
            return false;
        }

        try
        {
            // The platform does not read UTF-32.
            characters = type == UniversalTagNumber.UniversalString ? ReadUtf32(element.ReadEncodedValue().Span) : element.ReadCharacterString(type);
            return true;
        }
        catch (Exception exception) when (exception is AsnContentException or DecoderFallbackException)
        {
            return false; // Shown by its bytes (RFC 4514 section 2.4).
        }
    }

    private static string ReadUtf32(ReadOnlySpan<byte> value)
    {
        AsnDecoder.ReadEncodedValue(value, AsnEncodingRules.DER, out var offset, out var length, out _);
        return Utf32.GetString(value.Slice(offset, length));
    }

    /// <summary>The short name of an attribute type, or its object identifier if it has none.</summary>
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
            if (
                Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
            )
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
