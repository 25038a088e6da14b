using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;

namespace Nv2.Signing.Verification.Layouts;

/// <summary>Verifies artifacts in image layouts together with their content: a signature covers a manifest, and only the digests in that cover the
/// rest.</summary>
public static class LayoutVerification
{
    /// <summary>Compares the content of an artifact with the digests in its manifests, then verifies the signatures that are stored beside
    /// it.</summary>
    /// <param name="verifier">Verifies the signatures.</param>
    /// <param name="layout">The layout.</param>
    /// <param name="artifact">The artifact: an image, an index, or any other manifest.</param>
    /// <param name="question">Whom to trust, and what else is asked.</param>
    /// <param name="withLayers">Whether the layers are compared too. Without them, compare each layer with its digest before you use it.</param>
    /// <returns>The result. The artifact may be used if <see cref="Decision.IsAccepted"/> of <see cref="ArtifactVerification.Decision"/>.</returns>
    /// <exception cref="UncheckableContentException">The content cannot be checked with its layers.</exception>
    /// <exception cref="InvalidInputException">
    /// Content has another digest or size than its manifest says, or is missing; or other programs would load something else by the artifact's name,
    /// which is not verified.
    /// </exception>
    public static ArtifactVerification Verify(
        Verifier verifier,
        ImageLayout layout,
        Descriptor artifact,
        ArtifactQuestion question,
        bool withLayers = true
    )
    {
        var check = ContentCheck.Make(layout, artifact, withLayers);
        var verification = verifier.Verify(layout, artifact, question);
        RequireIndexes(verifier, layout, check.NamedIndexes, verification);
        return verification;
    }

    /// <summary>Makes sure that the indexes above an artifact that have a name (<see cref="ContentCheck.NamedIndexes"/>) are verified as the artifact
    /// is.</summary>
    /// <remarks>Programs load such an index by that name, with all other platforms in it.</remarks>
    /// <exception cref="InvalidInputException">One is not.</exception>
    internal static void RequireIndexes(Verifier verifier, IArtifactStore store, IReadOnlyList<Descriptor> indexes, ArtifactVerification verification)
    {
        if (!verification.Decision.IsAccepted)
            return;
        var question = verification.Question;
        foreach (var index in indexes)
        {
            var ofIndex = verifier.Verify(
                store,
                index,
                question with
                {
                    Reference = question.Reference is { Digest: null } ? question.Reference : null,
                }
            );
            if (ofIndex.Decision.Outcome != verification.Decision.Outcome)
            {
                throw new InvalidInputException(
                    $"{verification.Subject.Digest} is below the index {index.Digest}, which other programs load by its name, "
                        + $"and the index is not verified: {ofIndex.Failure}"
                );
            }
        }
    }
}
