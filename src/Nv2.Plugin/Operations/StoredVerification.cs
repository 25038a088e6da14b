using Microsoft.Extensions.Logging;
using Nv2.Plugin.Trust;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Operations;

/// <summary>Verifies an artifact by the signatures that are stored beside it.</summary>
internal sealed class StoredVerification
{
    private readonly IArtifactStore store;
    private readonly Descriptor artifact;
    private readonly string name;

    private StoredVerification(IArtifactStore store, Descriptor artifact, string name, int missingManifests)
    {
        this.store = store;
        this.artifact = artifact;
        this.name = name;
        MissingManifests = missingManifests;
    }

    /// <summary>What is asked about an artifact.</summary>
    /// <param name="Trust">Who is trusted.</param>
    /// <param name="Reference">The name under which the artifact is used, or <see langword="null"/>.</param>
    /// <param name="Quorum">How many signers are required.</param>
    /// <param name="Metadata">The annotations that must be signed.</param>
    internal sealed record Question(TrustDecision Trust, Reference? Reference, SignatureQuorum Quorum, IReadOnlyDictionary<string, string> Metadata);

    /// <summary>The answer.</summary>
    /// <param name="Artifact">The artifact.</param>
    /// <param name="Name">Its name in messages.</param>
    /// <param name="Acceptance">Whether it may be used.</param>
    /// <param name="Verification">The verification; <see langword="null"/> where the policy skips it.</param>
    /// <param name="Question">What was asked.</param>
    internal sealed record Answer(Descriptor Artifact, string Name, Acceptance Acceptance, ArtifactVerification? Verification, Question Question);

    /// <summary>How many manifests of an index are not in the layout, and so are not checked.</summary>
    public int MissingManifests { get; }

    /// <summary>A note for the user about <see cref="MissingManifests"/>, or <see langword="null"/> where none is missing.</summary>
    public string? Note => MissingManifests > 0
        ? $"{MissingManifests} of the manifests of the index {artifact.Digest} are not in the layout, and were not checked"
        : null;

    /// <summary>
    /// Finds an artifact. In a layout, checks its content too: a signature on a manifest is no signature on blobs that are not those of the manifest.
    /// </summary>
    /// <param name="place">Where the artifact is.</param>
    /// <param name="shallow">Whether to leave out the layers.</param>
    /// <param name="log">Where each step is noted.</param>
    /// <exception cref="Nv2.Signing.InvalidInputException">The artifact is not there, or its content is damaged.</exception>
    public static StoredVerification Open(ArtifactPlace place, bool shallow, ILogger log)
    {
        var (store, artifact, name) = StoredArtifacts.Find(place, log);
        log.LogDebug("artifact: {Subject}", artifact);
        var missing = store is ImageLayout layout
            ? StoredArtifacts.Explain(
                $"verify {artifact.Digest} in", name, () => ContentCheck.Make(layout, artifact, withLayers: !shallow)).MissingManifests
            : 0;
        return new(store, artifact, name, missing);
    }

    /// <summary>Verifies the signatures of the artifact.</summary>
    /// <exception cref="Nv2.Signing.InvalidInputException">The signatures cannot be read.</exception>
    public Answer Ask(Question question, TimeProvider clock)
    {
        var trust = question.Trust;
        if (trust.SkipsAll)
            return new Answer(artifact, name, Acceptance.Skipped(trust), null, question);

        var verification = StoredArtifacts.Explain(
            "verify the signatures in",
            name,
            () => ArtifactVerification.Make(store, artifact, new Verifier(clock), new ArtifactQuestion(trust.Certificates, question.Quorum)
            {
                Terms = trust.Terms,
                Reference = question.Reference,
                Annotations = question.Metadata,
            }));
        return new Answer(artifact, name, Acceptance.Of(verification, trust), verification, question);
    }
}
