namespace Nv2.Signing.Text;

/// <summary>What would have been right, for an error message.</summary>
public static class Alternatives
{
    /// <summary>The alternatives in one text: <c>jwt, json or jws</c>.</summary>
    public static string Of<T>(IEnumerable<T> alternatives)
    {
        var texts = alternatives.Select(alternative => $"{alternative}").ToList();
        return texts.Count < 2 ? string.Concat(texts) : $"{string.Join(", ", texts.SkipLast(1))} or {texts[^1]}";
    }
}
