using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Storage;

namespace Nv2.Signing.Verification;

/// <summary>Whose signatures are required if an index and the manifests below it are verified.</summary>
internal enum TreeDemand
{
    /// <summary>The index and every manifest below it, at any depth, must have enough valid signatures.</summary>
    Each,

    /// <summary>The index must have enough valid signatures. It covers the manifests below it by their digests, which are compared.</summary>
    Index,
}

/// <summary>A manifest of a tree, and its result.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Platform">Its platform in the index, such as <c>linux/arm64</c>; or <see langword="null"/>.</param>
/// <param name="Verification">
/// The verification of its own signatures; <see langword="null"/> if the signatures of the index cover it, or if it is missing.
/// </param>
internal sealed record TreePart(Descriptor Manifest, string? Platform, ArtifactVerification? Verification)
{
    /// <summary>Whether it is missing from the store.</summary>
    public bool IsMissing { get; init; }
}

/// <summary>The verification of an artifact and of the manifests below it.</summary>
/// <param name="Root">The verification of the artifact itself.</param>
/// <param name="Below">The manifests below it, each once, an index before its entries.</param>
/// <param name="Demand">The required signatures.</param>
/// <param name="AllowsMissing">Whether manifests below it may be missing.</param>
internal sealed record TreeVerification(ArtifactVerification Root, IReadOnlyList<TreePart> Below, TreeDemand Demand, bool AllowsMissing)
{
    // OCI image-spec, image-index.md, "platform".
    private static readonly string[] PlatformProperties = ["os", "architecture", "variant"];

    /// <summary>Why the tree is not accepted, or <see langword="null"/> if it is.</summary>
    public string? Failure
    {
        get
        {
            if (!Root.Decision.IsAccepted)
                return Root.Failure;
            var refused = Below.Count(part => part.Verification is { Decision.IsAccepted: false });
            if (refused > 0)
                return $"{refused} of the {Below.Count} manifests below it {(refused == 1 ? "is" : "are")} not verified";
            var missing = AllowsMissing ? 0 : Below.Count(part => part.IsMissing);
            return missing > 0 ? $"{missing} of the {Below.Count} manifests below it {(missing == 1 ? "is" : "are")} missing" : null;
        }
    }

    /// <summary>Verifies an artifact and, if it is accepted, the manifests below it, with one budget of signatures and bytes for all, and of time for
    /// each.</summary>
    /// <param name="verifier">Verifies.</param>
    /// <param name="store">The store.</param>
    /// <param name="artifact">The artifact, an index or another manifest.</param>
    /// <param name="question">
    /// The question about the artifact. It also applies to the manifests below it, except a name with a digest, which belongs only to the artifact.
    /// </param>
    /// <param name="demand">The required signatures.</param>
    /// <param name="allowMissing">Whether manifests below the artifact may be missing.</param>
    /// <exception cref="BudgetExceededException">The signatures exceed the budget.</exception>
    /// <exception cref="InvalidInputException">A manifest does not match its descriptor, or cannot be fetched.</exception>
    public static TreeVerification Verify(
        Verifier verifier,
        IArtifactStore store,
        Descriptor artifact,
        ArtifactQuestion question,
        TreeDemand demand,
        bool allowMissing
    )
    {
        var use = verifier.Begin(question);
        var below = question with { Reference = question.Reference is { Digest: null } tagged ? tagged : null };
        var platforms = new Dictionary<Descriptor, string>();
        var missing = new HashSet<Descriptor>();
        var parts = new List<TreePart>();
        ArtifactVerification? root = null;
        foreach (var node in ManifestTree.Walk(store, artifact))
        {
            if (node.IsRepeated)
                continue;
            use.RestartTime();
            Note(node, platforms);
            if (root is null)
            {
                root = verifier.VerifyRead(store, artifact, question, use);

                // Below an index without a trusted signature there can be anything, any number of times. A policy that skips the index skips
                // everything below.
                if (root.Decision.Outcome == Outcome.Skipped || !root.Decision.IsAccepted)
                    break;
            }
            else
            {
                node.Manifest.Digest.RequireSupported();
                parts.Add(
                    new(
                        node.Manifest,
                        platforms.GetValueOrDefault(node.Manifest),
                        demand == TreeDemand.Each ? verifier.VerifyRead(store, node.Manifest, below, use) : null
                    )
                );
            }

            foreach (var absent in node.Below.Where(listed => !store.Holds(listed) && missing.Add(listed)))
                parts.Add(new(absent, platforms.GetValueOrDefault(absent), null) { IsMissing = true });
        }

        return new(root!, parts, demand, allowMissing); // Not null: a tree has a root.
    }

    private static void Note(ManifestNode node, Dictionary<Descriptor, string> platforms)
    {
        if (node.Content is not { Manifests.Count: > 0 } index)
            return;
        foreach (var entry in index.Json.Required("manifests").Array(int.MaxValue))
        {
            if (entry.OptionalOrNull("platform") is { } platform)
                platforms.TryAdd(Descriptor.ReadPart(entry), Describe(platform));
        }
    }

    private static string Describe(JsonNode platform) =>
        string.Join('/', PlatformProperties.Select(name => platform.OptionalOrNull(name)?.Text()).OfType<string>());
}
