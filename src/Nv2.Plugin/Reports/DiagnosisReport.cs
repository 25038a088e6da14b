namespace Nv2.Plugin.Reports;

/// <summary>What <c>nv2 doctor</c> found on the machine.</summary>
/// <param name="Findings">One thing each, in the order of the areas.</param>
/// <param name="Errors">How many of them keep something from working.</param>
/// <param name="Warnings">How many of them probably will.</param>
internal sealed record DiagnosisReport(IReadOnlyList<FindingReport> Findings, int Errors, int Warnings)
{
    public const string Ok = "ok";
    public const string Note = "note";
    public const string Warning = "warning";
    public const string Error = "error";

    public static DiagnosisReport Of(IReadOnlyList<FindingReport> findings) =>
        new(findings, findings.Count(finding => finding.State == Error), findings.Count(finding => finding.State == Warning));
}

/// <summary>One thing that was looked at. Nothing secret is in it.</summary>
/// <param name="Area">What it belongs to: <c>nv2</c>, <c>transfer</c>, <c>docker</c>, <c>notation</c>, <c>containerd</c>, <c>trust</c>, <c>keys</c>,
/// <c>clock</c>.</param>
/// <param name="State"><c>ok</c>, <c>note</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Text">What was found.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record FindingReport(string Area, string State, string Text, string? Hint);
