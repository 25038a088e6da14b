using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage;

/// <summary>
/// A store of artifacts and their referrers: an image layout, or a repository of a registry. Its content is not trusted: the caller compares the
/// bytes with the descriptor.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Whether the store has a manifest that an index lists. A registry does; a layout may have only some of the platforms.</summary>
    bool Holds(Descriptor manifest) => true;

    /// <summary>Reads the exact bytes of a manifest.</summary>
    /// <exception cref="InvalidInputException">It does not exist, or is larger than <see cref="Manifest.MaxBytes"/>.</exception>
    byte[] ReadManifest(Descriptor manifest);

    /// <summary>Reads the exact bytes of a small blob: a signature, not a layer.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="owner">Its manifest: some transfer programs can fetch a blob only through its manifest.</param>
    /// <exception cref="InvalidInputException">It does not exist, or is larger than <see cref="Formats.SignatureFormats.MaxBytes"/>.</exception>
    byte[] ReadBlob(Descriptor blob, Descriptor owner);

    /// <summary>Lists the manifests with <paramref name="subject"/> as their subject, of any kind (OCI distribution-spec, "Listing
    /// Referrers").</summary>
    IReadOnlyList<Descriptor> ListReferrers(Descriptor subject);

    /// <summary>Stores a signature, its blobs first, and lists it among the referrers of its subject.</summary>
    void Add(SignatureArtifact signature);
}

/// <summary>The tag for the list of referrers if the registry has no API for them (OCI distribution-spec 1.1, "Referrers Tag Schema").</summary>
internal static class ReferrersTag
{
    /// <summary>The most characters of each part of the tag.</summary>
    private const int MaxAlgorithm = 32;
    private const int MaxHex = 64;

    /// <summary>The tag for an artifact: <c>sha256-…</c>.</summary>
    public static string Of(Digest subject) =>
        $"{subject.Algorithm.Name[..Math.Min(subject.Algorithm.Name.Length, MaxAlgorithm)]}-{subject.Hex[..Math.Min(subject.Hex.Length, MaxHex)]}";

    /// <summary>Whether a tag has this form.</summary>
    public static bool IsOne(string? tag)
    {
        var dash = tag?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        return dash > 0
            && DigestAlgorithm.Find(tag.AsSpan(0, dash)) is not null
            && tag!.Length == dash + 1 + MaxHex
            && !tag.AsSpan(dash + 1).ContainsAnyExcept(CharacterSets.LowerHex);
    }
}
