using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;

namespace Nv2.Signing.Storage;

/// <summary>
/// A place that keeps artifacts beside what refers to them: an image layout, or a repository of a registry. What it hands out is taken on nobody's word: whoever
/// asks holds the bytes against the descriptor.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Reads the exact bytes of a manifest.</summary>
    /// <exception cref="InvalidInputException">It is not there, or larger than <see cref="Manifest.MaxBytes"/>.</exception>
    byte[] ReadManifest(Descriptor manifest);

    /// <summary>Reads the exact bytes of a small blob: a signature, not a layer.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="owner">The manifest that it is part of: some transfer programs can get at a blob by way of its manifest only.</param>
    /// <exception cref="InvalidInputException">It is not there, or larger than <see cref="SignatureFormats.MaxBytes"/>.</exception>
    byte[] ReadBlob(Descriptor blob, Descriptor owner);

    /// <summary>Lists the manifests that name <paramref name="subject"/> as their subject, of whatever kind they are (OCI distribution-spec, "Listing Referrers").</summary>
    IReadOnlyList<Descriptor> ListReferrers(Descriptor subject);

    /// <summary>Stores a signature, its blobs first, so that it is listed among the referrers of its subject.</summary>
    void Add(SignatureArtifact signature);
}
