using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Cli.Text;

/// <summary>
/// Prints a verification: on standard output only the verified digest, or JSON; on standard error the reasons for people.
/// </summary>
internal static class VerificationPrinter
{
    /// <summary>Prints the verification of a stored artifact.</summary>
    /// <returns>The exit code.</returns>
    public static int Print(StoredVerification.Answer answer, bool json)
    {
        var verification = answer.Verification;
        var decision = verification.Decision;
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(
                output,
                decision.Outcome == Outcome.Skipped
                    ? ReportJson.Line(SkippedReport.Of(verification))
                    : ReportJson.Line(ArtifactReport.Of(verification))
            );
        else if (decision.IsAccepted)
            output.Write(Encoding.ASCII.GetBytes($"{verification.Subject.Digest}\n"));

        if (!json || !decision.IsAccepted || decision.Warning is not null)
        {
            foreach (var line in VerificationText.Explain(answer))
                StandardStreams.WriteErrorLine(line);
        }

        return decision.IsAccepted ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Prints the verification of a file.</summary>
    /// <returns>The exit code.</returns>
    public static int Print(FileVerification.Answer answer, bool json)
    {
        var (subject, names, result, question) = answer;
        var decision = result.Decision;
        var trust = question.Trust;
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, JsonOutput.Line(VerificationReport.Of(result, subject, trust)));
        else if (decision.IsAccepted)
            output.Write(Encoding.ASCII.GetBytes($"{subject.Digest}\n"));

        if (decision.WarningText() is { } warning)
            StandardStreams.WriteErrorLine($"nv2: warning: {names.Artifact}: {warning}");
        if (decision.IsAccepted)
            return ExitCodes.Success;

        StandardStreams.WriteErrorLine($"nv2: the signature {Quoted.Text(names.Signature)} is not valid for {names.Artifact}:");
        StandardStreams.WriteErrorLine(VerificationText.Explain(result, names.Thing, trust, question.Reference));
        if (trust.IsByPolicy && KeyAdvice.Describe(trust, question.Reference, [result]) is { } advice)
            StandardStreams.WriteErrorLine(advice);
        return ExitCodes.Failure;
    }
}
