using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Text;

/// <summary>
/// Prints what was signed: on standard output the digests of the artifacts, or JSON; on standard error where the signatures are.
/// </summary>
internal static class SigningPrinter
{
    /// <summary>Prints signatures that were written; nothing if the signature, or the layout with it, is on standard output.</summary>
    public static void Print(IReadOnlyList<SignedArtifact> signed, bool json)
    {
        if (signed.Count == 0)
            return;
        using var output = StandardStreams.OpenOutput();
        if (json)
        {
            JsonOutput.Write(output, ReportJson.Line(new SigningReport([.. signed.Select(Report)])));
            return;
        }

        output.Write(Encoding.ASCII.GetBytes(string.Concat(signed.Select(one => $"{one.Subject.Digest}\n"))));
        foreach (var one in signed)
            StandardStreams.WriteErrorLine($"nv2: signature: {Describe(one)}");
    }

    /// <summary>Refuses <c>--json</c> if standard output is used for something else.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void RequireFree(string? output, bool json)
    {
        if (json && output == "-")
            throw new UsageException("--json cannot be combined with --output -: both write to standard output");
    }

    private static string Describe(SignedArtifact signed) =>
        signed switch
        {
            SignedArtifact.InFile file => $"{Quoted.Text(file.FileName)} ({file.Format.Name}, {file.Digest})",
            SignedArtifact.Stored stored => $"{stored.Manifest.Digest} ({stored.Format.Name}) in {stored.Place}",
            var other => throw new InvalidOperationException($"{other} is not a place of a signature"),
        };

    /// <summary>A signature in reports.</summary>
    public static SignedReport Report(SignedArtifact signed) =>
        signed switch
        {
            SignedArtifact.InFile file => SignedReport.InFile(file.Subject, file.Format, file.FileName, file.Digest),
            SignedArtifact.Stored stored => SignedReport.Stored(stored.Subject, stored.Format, stored.Manifest),
            var other => throw new InvalidOperationException($"{other} is not a place of a signature"),
        };
}
