using System.Globalization;
using System.Text;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>
/// Reads distinguished names from text (RFC 4514 section 3), and accepts the spaces around separators of its predecessor RFC 2253. A quote within a
/// value is literal: in RFC 2253 it was special only at the beginning of a value.
/// </summary>
internal ref struct DistinguishedNameText
{
    private const string Escapable = "\"+,;<>\\ #=";
    private const string NeverPlain = ";<>";

    private readonly string text;
    private readonly bool takesSets;
    private int position;

    private DistinguishedNameText(string text, bool takesSets)
    {
        this.text = text;
        this.takesSets = takesSets;
    }

    /// <summary>The attributes in their order: the type as an object identifier, and the value.</summary>
    /// <exception cref="InvalidInputException">
    /// The text is not such a name; or it has a relative name of several attributes, joined by <c>+</c>; or a value in hexadecimal; or an unknown
    /// attribute type.
    /// </exception>
    public static IReadOnlyList<(string Oid, string Value)> Parse(string text)
    {
        return [.. Parse(text, takesSets: false).SelectMany(relative => relative)];
    }

    /// <summary>The relative names in their order, each with its attributes: one, or several that are joined by <c>+</c>.</summary>
    /// <exception cref="InvalidInputException">The text is not such a name; or it has a value in hexadecimal, or an unknown attribute
    /// type.</exception>
    public static List<IReadOnlyList<(string Oid, string Value)>> ParseRelative(string text) => Parse(text, takesSets: true);

    private static List<IReadOnlyList<(string Oid, string Value)>> Parse(string text, bool takesSets)
    {
        var reader = new DistinguishedNameText(text, takesSets);
        var names = new List<IReadOnlyList<(string, string)>>();
        do
        {
            var attributes = new List<(string, string)>();
            do attributes.Add((reader.ReadType(), reader.ReadValue()));
            while (reader.Take('+'));
            names.Add(attributes);
        } while (reader.Take(','));
        return reader.position == text.Length ? names : throw reader.Unexpected();
    }

    private string ReadType()
    {
        SkipSpaces();
        var start = position;
        while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] is '-' or '.'))
            position++;
        var type = text[start..position];
        SkipSpaces();
        if (type.Length == 0 || !Take('='))
            throw new InvalidInputException($"it is not a distinguished name: expected TYPE=VALUE at character {start + 1}");

        return DistinguishedName.OidOf(type)
            ?? throw new InvalidInputException(
                $"the attribute type {Quoted.Text(type)} is unknown: expected its object identifier, as in 2.5.4.15=VALUE, "
                    + $"or one of {DistinguishedName.ShortNames}"
            );
    }

    private string ReadValue()
    {
        SkipSpaces();
        if (position < text.Length && text[position] == '#')
            throw new InvalidInputException(
                $"it has a value in hexadecimal at character {position + 1}, which is not supported: expected text, with a leading # escaped as \\#"
            );

        if (position < text.Length && text[position] == '"')
        {
            throw new InvalidInputException(
                "it has a value that begins with a quote "
                    + $"at character {position + 1}, which programs read in two ways: escape a quote that is part of the value with a backslash; "
                    + "omit quotes around the value, and escape each of ,+;<>\\ in it"
            );
        }

        var value = new List<byte>();
        var length = 0; // Without unescaped spaces at the end.
        while (position < text.Length && text[position] is not (',' or '+'))
        {
            if (text[position] == '\\')
            {
                ReadEscape(value);
                length = value.Count;
                continue;
            }

            if (NeverPlain.Contains(text[position], StringComparison.Ordinal) || text[position] == '\0')
                throw Unexpected();

            var rune = Rune.GetRuneAt(text, position);
            position += rune.Utf16SequenceLength;
            value.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
            if (rune.Value != ' ')
                length = value.Count;
        }

        if (!takesSets && position < text.Length && text[position] == '+')
            throw new InvalidInputException(
                "it has several attributes in one relative name, joined by +, which is not supported: escape a + that is part of a value as \\+"
            );
        if (length == 0)
            throw new InvalidInputException($"it has an attribute without a value at character {position + 1}");
        return Decode(value, length);
    }

    // A backslash and one of the special characters, or two hexadecimal digits: one byte of UTF-8 (RFC 4514 section 2.4).
    private void ReadEscape(List<byte> value)
    {
        var escaped = text.AsSpan(position + 1);
        if (escaped is [var special, ..] && Escapable.Contains(special, StringComparison.Ordinal))
        {
            value.Add((byte)special);
            position += 2;
        }
        else if (escaped.Length >= 2 && byte.TryParse(escaped[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
        {
            value.Add(octet);
            position += 3;
        }
        else
        {
            throw new InvalidInputException(
                $"it has an invalid escape at character {position + 1}: expected a backslash and one of {Escapable}, or two hexadecimal digits"
            );
        }
    }

    private static string Decode(List<byte> value, int length)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString([.. value.Take(length)]);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidInputException("it has a value that is not UTF-8", exception);
        }
    }

    private void SkipSpaces()
    {
        while (position < text.Length && text[position] == ' ')
            position++;
    }

    private bool Take(char expected)
    {
        if (position == text.Length || text[position] != expected)
            return false;
        position++;
        return true;
    }

    private readonly InvalidInputException Unexpected() =>
        new($"it is not a distinguished name: {Quoted.Text(text[position].ToString())} at character {position + 1} must be escaped with a backslash");
}
