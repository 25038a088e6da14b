namespace Nv2.Signing.Text;

/// <summary>Suggests the known name that a misspelled one probably means.</summary>
internal static class NearestName
{
    private const int MaxLength = 64;
    private const int MinLength = 2;

    /// <summary>The number of correct letters for each wrong one.</summary>
    private const int LettersPerMistake = 3;

    /// <summary>The end of a message: <c>; did you mean jws?</c>, or nothing if no name is near.</summary>
    public static string Suggest(string given, IEnumerable<string> known) => Find(given, known) is { } name ? $"; did you mean {name}?" : "";

    /// <summary>The nearest name, or <see langword="null"/>: one that differs in at most one of three letters, or has the given one as a
    /// prefix.</summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        var text = Fold(given);
        if (text.Length is < MinLength or > MaxLength)
            return null;
        return known
            .Select(name => (Name: name, Distance: Distance(text, Fold(name))))
            .Where(candidate => candidate.Distance <= Math.Max(1, Math.Min(text.Length, Fold(candidate.Name).Length) / LettersPerMistake))
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault(name => Fold(name).Length >= MinLength);
    }

    // Case, leading hyphens and the kind of hyphen do not count as mistakes.
    private static string Fold(string name) => name.TrimStart('-').Replace('_', '-').ToLowerInvariant();

    // Missing, additional, wrong or swapped letters (the restricted edit distance of Damerau and Levenshtein).
    private static int Distance(string one, string other)
    {
        if (one.Length > LettersPerMistake && other.StartsWith(one, StringComparison.Ordinal))
            return 1;
        var rows = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var changed = rows[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(changed, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[one.Length, other.Length];
    }
}
