using Microsoft.Extensions.Logging;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>The question about the manifests below an index.</summary>
/// <param name="Demand">Whose signatures must be valid.</param>
/// <param name="AllowsMissing">Whether manifests may be missing.</param>
internal sealed record TreeQuestion(TreeDemand Demand, bool AllowsMissing);

/// <summary>
/// Verifies several artifacts in one call: an index and the manifests below it, or all images of a layout. Each is reported, and all must be
/// accepted.
/// </summary>
internal static class SeveralVerification
{
    /// <summary>Verifies an artifact and the manifests below it.</summary>
    /// <exception cref="Nv2.Signing.InvalidInputException">The artifact does not exist, its content is damaged, or its signatures cannot be
    /// read.</exception>
    public static ArtifactOutcomes Tree(
        ArtifactPlace place,
        bool shallow,
        ArtifactQuestion question,
        TreeQuestion below,
        TimeProvider clock,
        ILogger log
    )
    {
        var answer = StoredVerification.Open(place, shallow, log).AskTree(question, below.Demand, below.AllowsMissing, clock);
        return new(Outcomes(answer, answer.Tree.Root.Subject.Digest.ToString()), answer.Tree.Failure);
    }

    /// <summary>Verifies all images of a layout, each for every whole name that it has there.</summary>
    /// <param name="place">The layout.</param>
    /// <param name="shallow">Whether to skip the layers.</param>
    /// <param name="question">The question about an image under a name.</param>
    /// <param name="below">The question about the manifests below an index, or <see langword="null"/>.</param>
    /// <param name="clock">Tells the present moment.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="Nv2.Signing.InvalidInputException">The layout cannot be read, or a name in it belongs to two images.</exception>
    public static ArtifactOutcomes Images(
        ArtifactPlace.Layout place,
        bool shallow,
        Func<Reference?, ArtifactQuestion> question,
        TreeQuestion? below,
        TimeProvider clock,
        ILogger log
    )
    {
        var name = $"the layout {place.Location}";
        var layout = StoredArtifacts.Open(place.Location);
        var bundle = StoredArtifacts.Explain("verify the images in", name, () => ImageBundle.Open(layout));
        var contents = new Dictionary<Descriptor, ContentCheck>();
        var damaged = new Dictionary<Descriptor, ArtifactOutcome>();
        foreach (var image in bundle.Images)
        {
            log.LogDebug("image: {Subject}", image.Artifact);
            var content = ArtifactOutcome.Try(
                BundleNames.Shown(image),
                image.Artifact,
                () =>
                {
                    contents[image.Artifact] = StoredArtifacts.CheckContent(
                        bundle,
                        image.Artifact,
                        $"verify {image.Artifact.Digest} in",
                        name,
                        shallow
                    );
                    return new(BundleNames.Shown(image), OutcomeKind.Verified);
                }
            );
            if (!content.IsAccepted)
                damaged[image.Artifact] = content;
        }

        // The whole has failed: the images of a damaged bundle are not known.
        if (damaged.Count == 0)
            StoredArtifacts.Explain("verify the images in", name, bundle.RequireDockerNames);
        var outcomes = new List<ArtifactOutcome>();
        foreach (var image in bundle.Images)
        {
            if (damaged.TryGetValue(image.Artifact, out var failed))
            {
                outcomes.Add(failed);
                continue;
            }

            var verification = StoredVerification.Of(layout, image.Artifact, name, contents[image.Artifact]);
            foreach (var (shown, reference) in BundleNames.Of(image))
                outcomes.AddRange(Verify(verification, image.Artifact, shown, question(reference), below, clock));
        }

        return ArtifactOutcomes.Decide(outcomes, below is null ? "images" : "images and manifests below them");
    }

    private static IReadOnlyList<ArtifactOutcome> Verify(
        StoredVerification verification,
        Descriptor image,
        string name,
        ArtifactQuestion question,
        TreeQuestion? below,
        TimeProvider clock
    )
    {
        IReadOnlyList<ArtifactOutcome> outcomes = [];
        var first = ArtifactOutcome.Try(
            name,
            image,
            () =>
            {
                outcomes = below is null
                    ? [Outcome(verification.Ask(question, clock), name)]
                    : Outcomes(verification.AskTree(question, below.Demand, below.AllowsMissing, clock), name);
                return outcomes[0];
            }
        );
        return first.Kind == OutcomeKind.Failed ? [first] : outcomes;
    }

    /// <summary>The outcome of a verification of stored signatures.</summary>
    public static ArtifactOutcome Outcome(StoredVerification.Answer answer, string name) =>
        ArtifactOutcome.Of(name, answer.Verification) with
        {
            Notes = Notes(answer.Verification, answer.Unseen),
        };

    private static IReadOnlyList<ArtifactOutcome> Outcomes(StoredVerification.TreeAnswer answer, string name) =>
        [
            ArtifactOutcome.Of(name, answer.Tree.Root) with
            {
                Notes = Notes(answer.Tree.Root, answer.Unseen),
            },
            .. answer.Tree.Below.Select(part => Below(part, answer.Tree.AllowsMissing)),
        ];

    private static ArtifactOutcome Below(TreePart part, bool allowsMissing)
    {
        var name = part.Manifest.Digest.ToString();
        var outcome = part switch
        {
            { IsMissing: true } => new ArtifactOutcome(name, allowsMissing ? OutcomeKind.Absent : OutcomeKind.Missing)
            {
                Subject = part.Manifest,
                Reason = allowsMissing ? null : "it is missing from the layout",
            },
            { Verification: null } => new ArtifactOutcome(name, OutcomeKind.Covered) { Subject = part.Manifest },
            _ => ArtifactOutcome.Of(name, part.Verification) with { Notes = Notes(part.Verification, unseen: null) },
        };
        return outcome with { Platform = part.Platform, IsBelow = true };
    }

    private static List<VerificationResult> Results(ArtifactVerification verification) =>
        [.. verification.Signatures.Select(signature => signature.Result)];

    private static List<string> Notes(ArtifactVerification verification, string? unseen)
    {
        var (trust, notes) = (verification.Question.Trust, VerificationText.Signatures(verification, unseen).ToList());
        if (
            !verification.Decision.IsAccepted
            && trust.IsByPolicy
            && KeyAdvice.Describe(trust, verification.Question.Reference, Results(verification)) is { } advice
        )
        {
            notes.AddRange(advice.Split('\n'));
        }

        return notes;
    }
}

/// <summary>The names of an image of a bundle for people, and the names that its signatures must be valid for.</summary>
internal static class BundleNames
{
    /// <summary>
    /// The whole references among the names of an image, each with its text. Without any, the name under which the image is used is unknown, as for a
    /// layout that is named by a tag.
    /// </summary>
    public static IReadOnlyList<(string Shown, Reference? Reference)> Of(BundleImage image)
    {
        var references = image.Names.Select(LayoutLocation.ReferenceOf).OfType<Reference>().Distinct().ToList();
        return references.Count == 0 ? [(Shown(image), null)] : [.. references.Select(reference => (Quoted.Printable(reference.Text), reference))];
    }

    /// <summary>The name to show: one of the names, otherwise the digest.</summary>
    public static string Shown(BundleImage image) => image.Names.Count > 0 ? Quoted.Printable(image.Names[0]) : image.Artifact.Digest.ToString();
}
