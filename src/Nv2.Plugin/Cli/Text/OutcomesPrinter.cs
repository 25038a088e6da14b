using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Cli.Text;

/// <summary>Prints the outcomes for several artifacts: the verified ones, or JSON, on standard output; a report on each on standard error.</summary>
internal static class OutcomesPrinter
{
    private const string Indent = "  ";

    /// <summary>Prints the verification of an index and of the manifests below it: on standard output the digest of the index alone.</summary>
    /// <returns>The exit code.</returns>
    public static int PrintTree(ArtifactOutcomes outcomes, bool json) => Print(outcomes, json, [$"{outcomes.Outcomes[0].Subject!.Digest}"]);

    /// <summary>Prints the verification of all images of a layout: on standard output a line for each, its digest and its name.</summary>
    /// <returns>The exit code.</returns>
    public static int PrintImages(ArtifactOutcomes outcomes, bool json) =>
        Print(outcomes, json, outcomes.Outcomes.Where(outcome => !outcome.IsBelow).Select(outcome => $"{outcome.Subject!.Digest} {outcome.Name}"));

    /// <summary>The word for an outcome in JSON.</summary>
    public static string InJson(OutcomeKind kind) =>
        kind switch
        {
            OutcomeKind.Verified => "verified",
            OutcomeKind.Accepted => "accepted",
            OutcomeKind.Covered => "covered",
            OutcomeKind.Signed => "signed",
            OutcomeKind.Absent => "absent",
            OutcomeKind.Missing => "missing",
            OutcomeKind.Refused => "refused",
            _ => "failed",
        };

    /// <summary>The lines about one artifact.</summary>
    public static IEnumerable<string> Describe(ArtifactOutcome outcome)
    {
        var digest = outcome.Subject?.Digest.ToString();
        string?[] known = [digest == outcome.Name ? null : digest, outcome.Platform is null ? null : Quoted.Printable(outcome.Platform)];
        var details = string.Join(", ", known.OfType<string>());
        var reason = outcome.Reason is null ? "" : $": {outcome.Reason}";
        yield return $"{Word(outcome.Kind)}: {outcome.Name}{(details.Length > 0 ? $" ({details})" : "")}{reason}";
        if (outcome.Hint is not null)
            yield return $"{Indent}hint: {outcome.Hint}";
        if (outcome.Warning is not null)
            yield return $"{Indent}warning: {outcome.Warning}";
        foreach (var note in outcome.Notes)
            yield return $"{Indent}{note}";
    }

    private static int Print(ArtifactOutcomes outcomes, bool json, IEnumerable<string> accepted)
    {
        using var output = StandardStreams.OpenOutput();
        if (json)
        {
            var report = new OutcomesReport(outcomes.Failure is null, outcomes.Failure, [.. outcomes.Outcomes.Select(Report)]);
            JsonOutput.Write(output, ReportJson.Line(report));
        }
        else if (outcomes.Failure is null)
        {
            output.Write(Encoding.UTF8.GetBytes(string.Concat(accepted.Select(line => $"{line}\n"))));
        }

        if (!json || outcomes.Failure is not null || outcomes.Outcomes.Any(outcome => outcome.Warning is not null))
        {
            foreach (var line in outcomes.Outcomes.SelectMany(Describe))
                StandardStreams.WriteErrorLine(line);
        }

        if (outcomes.Failure is null)
            return ExitCodes.Success;
        StandardStreams.WriteErrorLine($"nv2: not verified: {outcomes.Failure}");
        return ExitCodes.Failure;
    }

    private static string Word(OutcomeKind kind) =>
        kind switch
        {
            OutcomeKind.Covered => "covered by the index",
            OutcomeKind.Absent => "missing (allowed)",
            OutcomeKind.Refused => "not verified",
            _ => InJson(kind),
        };

    private static OutcomeReport Report(ArtifactOutcome outcome)
    {
        var verification = outcome.Verification;
        return new(
            outcome.Name,
            InJson(outcome.Kind),
            outcome.Subject is null ? null : DescriptorReport.Of(outcome.Subject),
            outcome.Platform,
            outcome.Reference?.Text,
            outcome.Reason,
            outcome.Warning,
            verification is null or { Decision.Outcome: Outcome.Skipped }
                ? null
                : [.. verification.Signatures.Select(signature => new StoredSignatureReport(signature, verification.Subject))],
            verification is { Question.Trust.IsByPolicy: true }
                ? PolicyOutcome.Of(verification.Question.Trust, verification.Decision, []).TrustPolicy
                : null
        );
    }
}
