using System.Globalization;

namespace Nv2.Signing.Text;

/// <summary>Times as RFC 3339 section 5.6 writes them.</summary>
internal static class Rfc3339
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss";

    // The position of a fraction of the second; the text before it has a fixed length.
    private const int FractionStart = 19;
    private const int DigitsOfTick = 7;

    /// <summary>Writes a moment in UTC and whole seconds: <c>2026-01-31T12:00:00Z</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Seconds + "'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time. A fraction of a second may have any number of digits; fractions below a ten-millionth of a second are
    /// dropped.</summary>
    /// <exception cref="InvalidInputException">The text is no such time.</exception>
    public static DateTimeOffset Parse(string text)
    {
        // The platform's K accepts an offset, a Z, or nothing; RFC 3339 does not allow nothing, which is excluded first.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        var (whole, ticks) = SplitFraction(text);
        return hasOffset && DateTimeOffset.TryParseExact(whole, Seconds + "K", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime().AddTicks(ticks)
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a time: expected RFC 3339, such as 2030-12-31T23:59:59Z");
    }

    // time-secfrac = "." 1*DIGIT. Returns the text without it, and its value; a text with only a dot is not changed, and is not a time.
    private static (string Whole, long Ticks) SplitFraction(string text)
    {
        if (text.Length <= FractionStart || text[FractionStart] != '.')
            return (text, 0);
        var digits = text.AsSpan(FractionStart + 1);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        if (end <= 0)
            return (text, 0);

        var ticks = 0L;
        for (var place = 0; place < DigitsOfTick; place++)
            ticks = (ticks * 10) + (place < end ? digits[place] - '0' : 0);
        return ($"{text.AsSpan(0, FractionStart)}{digits[end..]}", ticks);
    }
}
