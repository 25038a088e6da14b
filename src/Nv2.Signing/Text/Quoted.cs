using System.Globalization;
using System.Text;

namespace Nv2.Signing.Text;

/// <summary>Makes text from outside safe to print in a message: quoted, shortened, with escapes for control characters.</summary>
internal static class Quoted
{
    private const int MaxLength = 200;

    /// <summary><paramref name="text"/> in double quotes, at most 200 characters of it, on one line.</summary>
    public static string Text(string? text)
    {
        var printable = new StringBuilder("\"");
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (printable.Length > MaxLength)
                return printable.Append("…\"").ToString();

            _ = IsPrintable(rune) ? printable.Append(rune) : printable.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }

        return printable.Append('"').ToString();
    }

    /// <summary>The same without the quotes, for a line with nothing else.</summary>
    public static string Printable(string? text) => Text(text)[1..^1];

    /// <summary><paramref name="text"/> of several lines on one, joined by semicolons, without quotes; of a long text, the beginning and the
    /// end.</summary>
    public static string Lines(string text, int maxLength)
    {
        const string Gap = " … ";
        var printable = new StringBuilder();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (printable.Length > 0)
                printable.Append("; ");
            foreach (var rune in line.EnumerateRunes())
                _ = IsPrintable(rune) ? printable.Append(rune) : printable.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }

        var half = maxLength / 2;
        return printable.Length <= maxLength
            ? printable.ToString()
            : $"{Whole(printable, 0, half)}{Gap}{Whole(printable, printable.Length - half, half)}";
    }

    // Half of a surrogate pair, left at a cut, is not valid text.
    private static string Whole(StringBuilder text, int start, int length)
    {
        if (char.IsLowSurrogate(text[start]))
            (start, length) = (start + 1, length - 1);
        if (char.IsHighSurrogate(text[start + length - 1]))
            length--;
        return text.ToString(start, length);
    }

    // Format characters are escaped too: bidirectional overrides can make one text look like another.
    private static bool IsPrintable(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            )
        && rune != Rune.ReplacementChar;
}

/// <summary>Lists of expected values for messages.</summary>
internal static class Alternatives
{
    /// <summary>The alternatives in one text: <c>jwt, json or jws</c>.</summary>
    public static string Of<T>(IEnumerable<T> alternatives)
    {
        var texts = alternatives.Select(alternative => $"{alternative}").ToList();
        return texts.Count < 2 ? string.Concat(texts) : $"{string.Join(", ", texts.SkipLast(1))} or {texts[^1]}";
    }
}
