using Nv2.Signing.Verification;

namespace Nv2.Plugin.Reports;

/// <summary>Decisions for people.</summary>
internal static class DecisionText
{
    /// <summary>The warning about an accepted artifact, with the command that makes it an error; or <see langword="null"/>.</summary>
    public static string? WarningText(this Decision decision) =>
        decision.Outcome == Outcome.NotRequired ? $"{decision.Warning} (nv2 trust required on)" : decision.Warning;
}
