using System.Buffers;
using System.Globalization;
using Nv2.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>
/// Spans of time as people write them: Go's durations (<c>8760h</c>, <c>1h30m</c>, <c>90s</c>, <c>1.5h</c>, <c>500ms</c>) and days (<c>365d</c>).
/// </summary>
internal static class Duration
{
    private const string Expected = "expected numbers with units, such as 365d, 8760h, 1h30m or 90s";

    /// <summary>More digits than a number that is read can have.</summary>
    private const int MaxDigits = 28;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    // Longest first, so that "ms" is not taken for minutes.
    private static readonly (string Name, decimal Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("us", TimeSpan.TicksPerMicrosecond),
        ("\u00b5s", TimeSpan.TicksPerMicrosecond), // The micro sign,
        ("\u03bcs", TimeSpan.TicksPerMicrosecond), // and the Greek letter that looks like it.
        ("ns", 1m / TimeSpan.NanosecondsPerTick),
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Reads a duration of more than zero. The resolution is 100 nanoseconds.</summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not a duration, is zero or negative, or is longer than about 29,000
    /// years.</exception>
    public static TimeSpan Parse(string text)
    {
        decimal ticks = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty; )
        {
            var number = ReadNumber(ref rest, text);
            var unit = ReadUnit(ref rest, text);
            if (number > (TimeSpan.MaxValue.Ticks - ticks) / unit)
                throw Invalid(text, "it is too long");
            ticks += number * unit;
        }

        return ticks >= 1 ? new TimeSpan((long)ticks) : throw Invalid(text, "it must be more than zero");
    }

    /// <summary>Writes a duration so that <see cref="Parse"/> reads it as the same: <c>365d</c>, <c>1h30m</c>.</summary>
    public static string Print(TimeSpan duration)
    {
        var text = new System.Text.StringBuilder();
        var ticks = duration.Ticks;
        foreach (var (name, size) in Units.Where(unit => unit.Ticks >= 1 && char.IsAscii(unit.Name[0])).OrderByDescending(unit => unit.Ticks))
        {
            if (Math.DivRem(ticks, (long)size) is (> 0 and var count, var remainder))
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{name}");
                ticks = remainder;
            }
        }

        if (ticks > 0)
            text.Append(CultureInfo.InvariantCulture, $"{ticks * TimeSpan.NanosecondsPerTick}ns");
        return text.ToString();
    }

    private static decimal ReadNumber(ref ReadOnlySpan<char> rest, string text)
    {
        var length = rest.IndexOfAnyExcept(NumberCharacters);
        var digits = length < 0 ? rest : rest[..length];
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            throw Invalid(text, digits.Length > MaxDigits ? "it is too long" : Expected);

        rest = rest[digits.Length..];
        return number <= TimeSpan.MaxValue.Ticks ? number : throw Invalid(text, "it is too long");
    }

    private static decimal ReadUnit(ref ReadOnlySpan<char> rest, string text)
    {
        foreach (var (name, ticks) in Units)
        {
            if (!rest.StartsWith(name, StringComparison.Ordinal))
                continue;
            rest = rest[name.Length..];
            return ticks;
        }

        throw Invalid(text, Expected);
    }

    private static InvalidInputException Invalid(string text, string reason) =>
        new($"{Quoted.Text(text)} is not a duration: {(text.Length == 0 ? Expected : reason)}");
}
