using System.CommandLine;
using System.Globalization;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 doctor</c>: what is installed, what is wrong with it, and what to do.</summary>
internal static class DoctorCommand
{
    public const string Name = "doctor";

    public static Command Create(TimeProvider clock)
    {
        var home = CommonOptions.TrustHome();
        var json = CommonOptions.Json();
        var command = new CommandWithExamples(
            Name,
            "Check the installation on this machine: report problems and how to fix them; the report contains no secrets",
            "nv2 doctor"
        )
        {
            json,
            home,
        };
        command.SetAction(result => Print(Diagnosis.Make(result.GetValue(home), clock), result.GetValue(json)));
        return command;
    }

    private static int Print(DiagnosisReport report, bool json)
    {
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(report));
        else
            output.Write(Encoding.UTF8.GetBytes(Write(report)));
        return report.Errors == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static string Write(DiagnosisReport report)
    {
        var text = new StringBuilder();
        foreach (var finding in report.Findings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{finding.State, -8}{finding.Area, -11}{finding.Text}\n");
            if (finding.Hint is not null)
                text.Append(CultureInfo.InvariantCulture, $"{"", -19}hint: {finding.Hint}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{Count(report.Errors, "error")}, {Count(report.Warnings, "warning")}\n");
        return text.ToString();
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
