using System.Globalization;
using System.Text;

namespace Nv2.Signing;

/// <summary>Text that came from outside, made safe to print in an error message: quoted, shortened, control characters shown as escapes.</summary>
public static class Quoted
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

    // Format characters go too: bidirectional overrides can make one text look like another.
    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) && rune != Rune.ReplacementChar;
}
