using System.Globalization;

namespace Nv2.Signing.Text;

/// <summary>Times as RFC 3339 section 5.6 writes them.</summary>
internal static class Rfc3339
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss";

    // Where a fraction of the second begins; what is before it has a fixed length.
    private const int FractionStart = 19;
    private const int DigitsOfTick = 7;

    /// <summary>Writes a moment in UTC and whole seconds: <c>2026-01-31T12:00:00Z</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Seconds + "'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time. A fraction of a second may have any number of digits; what is less than a ten-millionth of a second is left
    /// out.</summary>
    /// <exception cref="InvalidInputException">The text is no such time.</exception>
    public static DateTimeOffset Parse(string text)
    {
        // The platform's K takes an offset, a Z, or nothing; the last is no time of RFC 3339, and is excluded first.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        var (whole, ticks) = SplitFraction(text);
        return hasOffset && DateTimeOffset.TryParseExact(whole, Seconds + "K", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime().AddTicks(ticks)
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a time: expected one as in RFC 3339, such as 2030-12-31T23:59:59Z");
    }

    // time-secfrac = "." 1*DIGIT. The text without it, and what it comes to; a text with a point alone stays as it is, and is no time.
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
