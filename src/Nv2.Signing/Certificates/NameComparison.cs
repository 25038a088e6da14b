using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Nv2.Signing.Certificates;

/// <summary>
/// Compares distinguished names by RFC 5280 section 7.1: attribute by attribute, whatever the string type, ignoring case and spaces at the ends or in
/// a row. A relative name of several attributes is a set.
/// </summary>
internal static class NameComparison
{
    /// <summary>Whether two names are the same.</summary>
    public static bool AreSame(X500DistinguishedName one, X500DistinguishedName other) =>
        one.RawData.AsSpan().SequenceEqual(other.RawData) || Normalize(one).SequenceEqual(Normalize(other));

    /// <summary>The name as a text that is equal exactly for the same names.</summary>
    public static string Key(X500DistinguishedName name) => string.Join(',', Normalize(name));

    /// <summary>Whether a certificate is self-issued: its subject is its issuer (RFC 5280 section 3.2).</summary>
    public static bool IsSelfIssued(X509Certificate2 certificate) => AreSame(certificate.SubjectName, certificate.IssuerName);

    /// <summary>Whether a name is in the subtree of another: that is a beginning of it (RFC 5280 section 4.2.1.10). Both as
    /// <see cref="Normalize(X500DistinguishedName)"/> gives them.</summary>
    public static bool IsWithin(IReadOnlyList<string> name, IReadOnlyList<string> subtree)
    {
        if (name.Count < subtree.Count)
            return false;
        for (var index = 0; index < subtree.Count; index++)
        {
            if (name[index] != subtree[index])
                return false;
        }

        return true;
    }

    /// <summary>The text of a value for comparison.</summary>
    public static string Normalize(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
                text.Append(text.Length > 0 && text[^1] != ' ' ? " " : "");
            else if (!IsInvisible(rune))
                text.Append(Fold(rune));
        }

        return text.ToString().TrimEnd(' ');
    }

    // The characters that RFC 4518 section 2.2 maps to nothing.
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        || rune.Value is 0x34f or 0x1806 or (>= 0x180b and <= 0x180d) or (>= 0xfe00 and <= 0xfe0f) or 0xfffc;

    // Ignores case (RFC 3454 appendix B.2; the platform has its simple part), and maps the wide forms of ASCII to ASCII (NFKC; the platform has none
    // of it).
    private static string Fold(Rune rune) =>
        rune.Value switch
        {
            0xdf or 0x1e9e => "ss",
            0x17f => "s",
            0x3c2 => "σ",
            >= 0xff01 and <= 0xff5e => Rune.ToLowerInvariant(new Rune(rune.Value - 0xff01 + '!')).ToString(),
            _ => Rune.ToLowerInvariant(rune).ToString(),
        };

    /// <summary>The relative names in order, each as a text that is equal exactly for the same relative names.</summary>
    public static IReadOnlyList<string> Normalize(X500DistinguishedName name)
    {
        var relative = new List<string>();
        var attributes = new List<string>();
        foreach (var (separator, oid, text, value) in DistinguishedName.Attributes(name).Reverse())
        {
            attributes.Add(text is null ? $"{oid}#{Convert.ToHexString(value.Span)}" : Describe(oid, text));
            if (separator == '+')
                continue;
            attributes.Sort(StringComparer.Ordinal);
            relative.Add(string.Join('+', attributes));
            attributes.Clear();
        }

        return relative;
    }

    /// <summary>An attribute as a text that is equal exactly for the same attributes: with its length, so that no value can look like two.</summary>
    public static string Describe(string oid, string value)
    {
        var normalized = Normalize(value);
        return string.Create(CultureInfo.InvariantCulture, $"{oid}={normalized.Length}:{normalized}");
    }
}
