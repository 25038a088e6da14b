namespace Nv2.Plugin.Reports;

/// <summary>The verification of several artifacts in one call.</summary>
/// <param name="Accepted">Whether all of them may be used.</param>
/// <param name="Reason">Why not, or <see langword="null"/>.</param>
/// <param name="Artifacts">Each of them.</param>
internal sealed record OutcomesReport(bool Accepted, string? Reason, IReadOnlyList<OutcomeReport> Artifacts);

/// <summary>One artifact of several.</summary>
/// <param name="Artifact">Its name.</param>
/// <param name="Outcome">The outcome: <c>verified</c>, <c>accepted</c>, <c>covered</c>, <c>absent</c>, <c>missing</c>, <c>refused</c> or
/// <c>failed</c>.</param>
/// <param name="Subject">The artifact; <see langword="null"/> if it was not found.</param>
/// <param name="Platform">The platform that it is for.</param>
/// <param name="Reference">The name that its signatures had to be valid for.</param>
/// <param name="Reason">Why it is not accepted.</param>
/// <param name="Warning">A warning although it is accepted.</param>
/// <param name="Signatures">Its signatures.</param>
/// <param name="TrustPolicy">The trust policy that decided, if one did.</param>
internal sealed record OutcomeReport(
    string Artifact,
    string Outcome,
    DescriptorReport? Subject,
    string? Platform,
    string? Reference,
    string? Reason,
    string? Warning,
    IReadOnlyList<StoredSignatureReport>? Signatures,
    TrustPolicyReport? TrustPolicy
);

/// <summary>A line of the report of a batch: one artifact of the list.</summary>
/// <param name="Line">The number of its line in the list, from 1.</param>
/// <param name="Artifact">That line, without spaces at its ends.</param>
/// <param name="Outcome">The outcome: <c>verified</c>, <c>accepted</c>, <c>signed</c>, <c>refused</c> or <c>failed</c>.</param>
/// <param name="Subject">The artifact; <see langword="null"/> if it was not found.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Warning">A warning although it did not fail.</param>
/// <param name="Signatures">The signatures that were written.</param>
/// <param name="Time">The time of the outcome, in UTC.</param>
/// <param name="Inputs">A digest of the other inputs: options, certificates, key, trust policy.</param>
/// <param name="State">A digest of the sizes and dates of the files that were read, if the artifact is in files.</param>
internal sealed record BatchEntry(
    int Line,
    string Artifact,
    string Outcome,
    DescriptorReport? Subject,
    string? Reason,
    string? Warning,
    IReadOnlyList<SignedReport>? Signatures,
    string Time,
    string Inputs,
    string? State
);
