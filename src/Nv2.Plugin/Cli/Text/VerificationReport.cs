using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
using Nv2.Signing;

namespace Nv2.Plugin.Cli.Text;

/// <summary>
/// Prints a verification: on standard output only the verified digest, or JSON; on standard error the reasons for people.
/// </summary>
internal static class VerificationReport
{
    /// <summary>Prints the verification of a stored artifact.</summary>
    /// <returns>The exit code.</returns>
    public static int Print(StoredVerification.Answer answer, bool json)
    {
        var (artifact, _, acceptance, verification, question) = answer;
        using var output = StandardStreams.OpenOutput();
        if (json)
        {
            JsonOutput.Write(output, writer =>
            {
                if (verification is null)
                    VerificationJson.WriteSkipped(writer, artifact, question.Trust);
                else
                    VerificationJson.Write(writer, verification, question.Trust);
            });
        }
        else if (acceptance.IsAccepted)
        {
            output.Write(Encoding.ASCII.GetBytes($"{artifact.Digest}\n"));
        }

        if (!json || !acceptance.IsAccepted || acceptance.Warning is not null)
        {
            foreach (var line in VerificationText.Explain(answer))
                StandardStreams.WriteErrorLine(line);
        }

        return acceptance.IsAccepted ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Prints the verification of a file.</summary>
    /// <returns>The exit code.</returns>
    public static int Print(FileVerification.Answer answer, bool json)
    {
        var (subject, names, acceptance, result, question) = answer;
        var trust = question.Trust;
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, writer => VerificationJson.Write(writer, result, subject, trust));
        else if (acceptance.IsAccepted)
            output.Write(Encoding.ASCII.GetBytes($"{subject.Digest}\n"));

        if (acceptance.Warning is not null)
            StandardStreams.WriteErrorLine($"nv2: warning: {names.Artifact}: {acceptance.Warning}");
        if (acceptance.IsAccepted)
            return ExitCodes.Success;

        StandardStreams.WriteErrorLine($"nv2: the signature {Quoted.Text(names.Signature)} does not hold for {names.Artifact}:");
        StandardStreams.WriteErrorLine(VerificationText.Explain(result, names.Thing, trust));
        if (trust.IsByPolicy && KeyAdvice.Describe(trust, question.Reference, [result]) is { } advice)
            StandardStreams.WriteErrorLine(advice);
        return ExitCodes.Failure;
    }
}
