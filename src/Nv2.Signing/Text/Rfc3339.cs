using System.Globalization;

namespace Nv2.Signing.Text;

/// <summary>Times as RFC 3339 section 5.6 writes them.</summary>
public static class Rfc3339
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss";

    // The platform's K takes an offset, a Z, or nothing; the last is no time of RFC 3339, and is excluded first.
    private static readonly string[] Forms = [Seconds + "K", Seconds + ".FFFFFFFK"];

    /// <summary>Writes a moment in UTC and whole seconds: <c>2026-01-31T12:00:00Z</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Seconds + "'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time. A fraction of a second is allowed, of seven digits at most.</summary>
    /// <exception cref="InvalidInputException">The text is no such time.</exception>
    public static DateTimeOffset Parse(string text)
    {
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        return hasOffset && DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a time: expected one as in RFC 3339, such as 2030-12-31T23:59:59Z");
    }
}
