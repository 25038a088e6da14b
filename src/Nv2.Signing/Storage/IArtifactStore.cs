using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage;

/// <summary>
/// A place that keeps artifacts beside what refers to them: an image layout, or a repository of a registry. What it hands out is taken on nobody's
/// word: whoever asks holds the bytes against the descriptor.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Whether the store holds a manifest that an index lists. A registry does; a layout may have been made for some of the
    /// platforms.</summary>
    bool Holds(Descriptor manifest) => true;

    /// <summary>Reads the exact bytes of a manifest.</summary>
    /// <exception cref="InvalidInputException">It is not there, or larger than <see cref="Manifest.MaxBytes"/>.</exception>
    byte[] ReadManifest(Descriptor manifest);

    /// <summary>Reads the exact bytes of a small blob: a signature, not a layer.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="owner">The manifest that it is part of: some transfer programs can get at a blob by way of its manifest only.</param>
    /// <exception cref="InvalidInputException">It is not there, or larger than <see cref="Formats.SignatureFormats.MaxBytes"/>.</exception>
    byte[] ReadBlob(Descriptor blob, Descriptor owner);

    /// <summary>Lists the manifests that name <paramref name="subject"/> as their subject, of whatever kind they are (OCI distribution-spec, "Listing
    /// Referrers").</summary>
    IReadOnlyList<Descriptor> ListReferrers(Descriptor subject);

    /// <summary>Stores a signature, its blobs first, so that it is listed among the referrers of its subject.</summary>
    void Add(SignatureArtifact signature);
}

/// <summary>The tag under which the referrers of an artifact are listed where there is no API for them (OCI distribution-spec 1.1, "Referrers Tag
/// Schema").</summary>
internal static class ReferrersTag
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
        return dash > 0
            && DigestAlgorithm.Find(tag.AsSpan(0, dash)) is not null
            && tag!.Length == dash + 1 + MaxHex
            && !tag.AsSpan(dash + 1).ContainsAnyExcept(CharacterSets.LowerHex);
    }
}
