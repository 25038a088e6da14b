using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage;

/// <summary>The tag under which the referrers of an artifact are listed where there is no API for them (OCI distribution-spec 1.1, "Referrers Tag Schema").</summary>
public static class ReferrersTag
{
    /// <summary>The most characters of each part of the tag.</summary>
    private const int MaxAlgorithm = 32;
    private const int MaxHex = 64;

    /// <summary>The tag for an artifact: <c>sha256-…</c>.</summary>
    public static string Of(Digest subject) =>
        $"{subject.Algorithm.Name[..Math.Min(subject.Algorithm.Name.Length, MaxAlgorithm)]}-{subject.Hex[..Math.Min(subject.Hex.Length, MaxHex)]}";

    /// <summary>Whether a tag is one of these.</summary>
    public static bool IsOne(string? tag)
    {
        var dash = tag?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        return dash > 0 && DigestAlgorithm.Find(tag.AsSpan(0, dash)) is not null && tag!.Length == dash + 1 + MaxHex && !tag.AsSpan(dash + 1).ContainsAnyExcept(CharacterSets.LowerHex);
    }
}
