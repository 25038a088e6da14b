using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>The outcome for one of several artifacts.</summary>
internal enum OutcomeKind
{
    /// <summary>Its signatures are valid.</summary>
    Verified,

    /// <summary>It is not verified, and the trust policy accepts it.</summary>
    Accepted,

    /// <summary>The signatures of its index cover it.</summary>
    Covered,

    /// <summary>It was signed.</summary>
    Signed,

    /// <summary>An index lists it, it is missing, and the user allows that.</summary>
    Absent,

    /// <summary>An index lists it, and it is missing.</summary>
    Missing,

    /// <summary>It is not verified.</summary>
    Refused,

    /// <summary>It could not be found, read or signed.</summary>
    Failed,
}

/// <summary>
/// One of several artifacts of a call, and its outcome. A failure of one does not keep the others from being reported.
/// </summary>
/// <param name="Name">The artifact's name in its layout, its digest, or its line in a list.</param>
/// <param name="Kind">The outcome.</param>
internal sealed record ArtifactOutcome(string Name, OutcomeKind Kind)
{
    /// <summary>The artifact; <see langword="null"/> where it was not found.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Whether it is below a named index, and not named itself.</summary>
    public bool IsBelow { get; init; }

    /// <summary>Its platform as stated by its index, or <see langword="null"/>.</summary>
    public string? Platform { get; init; }

    /// <summary>The name that its signatures had to be valid for, or <see langword="null"/>.</summary>
    public Reference? Reference { get; init; }

    /// <summary>Why it is not accepted, or <see langword="null"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>What to do about it, or <see langword="null"/>.</summary>
    public string? Hint { get; init; }

    /// <summary>A warning although it is accepted, or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>The verification of the signatures that are stored beside it; <see langword="null"/> if there was none.</summary>
    public ArtifactVerification? Verification { get; init; }

    /// <summary>More lines for people.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The signatures that were written.</summary>
    public IReadOnlyList<SignedArtifact> Signatures { get; init; } = [];

    /// <summary>Its line in the report of a list; <see langword="null"/> elsewhere.</summary>
    public BatchEntry? Entry { get; init; }

    /// <summary>Whether the result is from an earlier run.</summary>
    public bool IsTakenOver { get; init; }

    /// <summary>Whether it is not a failure.</summary>
    public bool IsAccepted => Kind is not (OutcomeKind.Missing or OutcomeKind.Refused or OutcomeKind.Failed);

    /// <summary>The outcome of a verification.</summary>
    public static ArtifactOutcome Of(string name, ArtifactVerification verification) =>
        new(name, Of(verification.Decision))
        {
            Subject = verification.Subject,
            Reference = verification.Question.Reference,
            Reason = verification.Decision.IsAccepted ? null : verification.Failure,
            Warning = verification.Decision.WarningText(),
            Verification = verification,
        };

    /// <summary>The outcome of a verification by a signature in a file.</summary>
    public static ArtifactOutcome Of(string name, FileVerification.Answer answer)
    {
        var (subject, names, result, question) = answer;
        var decision = result.Decision;
        return new(name, Of(decision))
        {
            Subject = subject,
            Reference = question.Reference,
            Reason = decision.IsAccepted ? null : $"the signature {Quoted.Text(names.Signature)} is not valid for it",
            Warning = decision.WarningText(),
            Notes = decision.IsAccepted ? [] : VerificationText.Explain(result, names.Thing, question.Trust, question.Reference).Split('\n'),
        };
    }

    private static OutcomeKind Of(Decision decision) =>
        decision.Outcome switch
        {
            Outcome.Verified => OutcomeKind.Verified,
            Outcome.Refused => OutcomeKind.Refused,
            _ => OutcomeKind.Accepted,
        };

    /// <summary>Runs the work for one artifact. An error becomes the outcome of this artifact.</summary>
    /// <exception cref="UsageException">The command line is wrong.</exception>
    public static ArtifactOutcome Try(string name, Descriptor? subject, Func<ArtifactOutcome> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is InvalidInputException or AccessDeniedException or IOException or UnauthorizedAccessException)
        {
            return new(name, OutcomeKind.Failed)
            {
                Subject = subject,
                Reason = exception.Message,
                Hint = InvalidInputException.FindHint(exception),
            };
        }
    }
}

/// <summary>The outcomes for several artifacts.</summary>
/// <param name="Outcomes">One for each, in their order.</param>
/// <param name="Failure">Why the whole is not accepted; <see langword="null"/> when it is.</param>
internal sealed record ArtifactOutcomes(IReadOnlyList<ArtifactOutcome> Outcomes, string? Failure)
{
    /// <summary>Decides: every artifact must be accepted.</summary>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="things">What they are called, in the plural.</param>
    public static ArtifactOutcomes Decide(IReadOnlyList<ArtifactOutcome> outcomes, string things)
    {
        var failed = outcomes.Count(outcome => !outcome.IsAccepted);
        return new(outcomes, failed == 0 ? null : $"{failed} of {outcomes.Count} {things} failed");
    }

    /// <summary>The outcome of the whole, as that of the first artifact, which the others are below.</summary>
    /// <param name="name">Its name.</param>
    public ArtifactOutcome AsOne(string name)
    {
        var first = Outcomes[0];
        return first with
        {
            Name = name,
            Kind = Failure is not null && first.IsAccepted ? OutcomeKind.Refused : first.Kind,
            Reason = Failure,
            Notes =
            [
                .. first.Notes,
                .. Outcomes.Skip(1).Where(outcome => !outcome.IsAccepted).Select(outcome => $"{outcome.Name}: {outcome.Reason}"),
            ],
        };
    }
}
