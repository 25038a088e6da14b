namespace Nv2.Plugin.Reports;

/// <summary>The findings of <c>nv2 doctor</c>.</summary>
/// <param name="Findings">The findings, in the order of the areas.</param>
/// <param name="Errors">The number of errors: something does not work.</param>
/// <param name="Warnings">The number of warnings: something will probably not work.</param>
internal sealed record DiagnosisReport(IReadOnlyList<FindingReport> Findings, int Errors, int Warnings)
{
    public const string Ok = "ok";
    public const string Note = "note";
    public const string Warning = "warning";
    public const string Error = "error";

    public static DiagnosisReport Of(IReadOnlyList<FindingReport> findings) =>
        new(findings, findings.Count(finding => finding.State == Error), findings.Count(finding => finding.State == Warning));
}

/// <summary>One finding. It contains no secrets.</summary>
/// <param name="Area">Its area: <c>nv2</c>, <c>transfer</c>, <c>docker</c>, <c>notation</c>, <c>containerd</c>, <c>trust</c>, <c>keys</c>,
/// <c>clock</c>.</param>
/// <param name="State"><c>ok</c>, <c>note</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Text">What was found.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record FindingReport(string Area, string State, string Text, string? Hint);
