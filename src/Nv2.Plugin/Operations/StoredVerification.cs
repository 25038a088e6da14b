using Microsoft.Extensions.Logging;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Verification;
using Nv2.Signing.Verification.Layouts;

namespace Nv2.Plugin.Operations;

/// <summary>Verifies an artifact with the signatures that are stored beside it.</summary>
internal sealed class StoredVerification
{
    private readonly IArtifactStore store;
    private readonly Descriptor artifact;
    private readonly string name;
    private readonly IReadOnlyList<Descriptor> namedIndexes;

    private StoredVerification(IArtifactStore store, Descriptor artifact, string name, ContentCheck? check)
    {
        this.store = store;
        this.artifact = artifact;
        this.name = name;
        Note = check is not null && StoredArtifacts.DescribeMissing(artifact, check) is { } missing ? $"{missing}, and were not checked" : null;
        namedIndexes = check?.NamedIndexes ?? [];
    }

    /// <summary>The answer.</summary>
    /// <param name="Name">The name of the place in messages.</param>
    /// <param name="Verification">The verification, with the decision.</param>
    /// <param name="Unseen">Where signatures were not looked for, if no signature is valid; otherwise <see langword="null"/>.</param>
    internal sealed record Answer(string Name, ArtifactVerification Verification, string? Unseen)
    {
        /// <summary>Whether the artifact may be used.</summary>
        public Decision Decision => Verification.Decision;
    }

    /// <summary>The answer about an artifact and the manifests below it.</summary>
    /// <param name="Name">The name of the place in messages.</param>
    /// <param name="Tree">The verification, with the decision.</param>
    /// <param name="Unseen">As in <see cref="Answer"/>, for the artifact itself.</param>
    internal sealed record TreeAnswer(string Name, TreeVerification Tree, string? Unseen);

    /// <summary>A note about manifests of an index that are missing from the layout, or <see langword="null"/>.</summary>
    public string? Note { get; }

    /// <summary>
    /// Finds an artifact. In a layout, also checks its content: a signature of a manifest covers only blobs that match the manifest.
    /// </summary>
    /// <param name="place">Where the artifact is.</param>
    /// <param name="shallow">Whether to skip the layers.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="Nv2.Signing.InvalidInputException">The artifact does not exist, or its content is damaged.</exception>
    public static StoredVerification Open(ArtifactPlace place, bool shallow, ILogger log)
    {
        var (store, artifact, name) = StoredArtifacts.Find(place, log);
        log.LogDebug("artifact: {Subject}", artifact);
        return new(
            store,
            artifact,
            name,
            store is ImageLayout layout ? StoredArtifacts.CheckContent(layout, artifact, $"verify {artifact.Digest} in", name, shallow) : null
        );
    }

    /// <summary>An image of a bundle whose content has been checked.</summary>
    public static StoredVerification Of(ImageLayout layout, Descriptor image, string name, ContentCheck check) => new(layout, image, name, check);

    /// <summary>Verifies the signatures of the artifact.</summary>
    /// <exception cref="InvalidInputException">The signatures cannot be read.</exception>
    public Answer Ask(ArtifactQuestion question, TimeProvider clock)
    {
        var verification = Ask(clock, verifier => verifier.Verify(store, artifact, question), whole => whole);
        return new(name, verification, StoredArtifacts.Unseen(store, verification));
    }

    /// <summary>Verifies the artifact and the manifests below it.</summary>
    /// <inheritdoc cref="Ask(ArtifactQuestion, TimeProvider)"/>
    public TreeAnswer AskTree(ArtifactQuestion question, TreeDemand demand, bool allowMissing, TimeProvider clock)
    {
        var tree = Ask(clock, verifier => TreeVerification.Verify(verifier, store, artifact, question, demand, allowMissing), whole => whole.Root);
        return new(name, tree, StoredArtifacts.Unseen(store, tree.Root));
    }

    private T Ask<T>(TimeProvider clock, Func<Verifier, T> ask, Func<T, ArtifactVerification> root) =>
        StoredArtifacts.Explain(
            "verify the signatures in",
            name,
            () =>
            {
                var verifier = new Verifier(clock);
                var answer = ask(verifier);
                LayoutVerification.RequireIndexes(verifier, store, namedIndexes, root(answer));
                return answer;
            }
        );
}
