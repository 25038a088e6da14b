using System.Globalization;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary>What a command does for each artifact of a list.</summary>
internal interface IBatchWork
{
    /// <summary>The word for a success in the summary: <c>verified</c>.</summary>
    string Done { get; }

    /// <summary>A digest of all inputs of the result except the artifact.</summary>
    string Inputs { get; }

    /// <summary>The same digest as of now: what decides can change while a run goes on. Asked for by several threads.</summary>
    string InputsNow { get; }

    /// <summary>Does the work; called by several threads.</summary>
    ArtifactOutcome Run(BatchItem item);

    /// <summary>
    /// A digest that changes with the files of the artifact; <see langword="null"/> if the artifact is not in files, or if changes cannot be
    /// detected.
    /// </summary>
    string? State(BatchItem item);

    /// <summary>Whether the result that an earlier run reported for the same inputs is still correct; called by several threads.</summary>
    bool IsStillSo(BatchItem item, BatchEntry entry);
}

/// <summary>Runs a command over a list of artifacts: reports each in the order of the list, on the streams and in a file, and counts.</summary>
internal sealed class BatchRun
{
    private readonly IBatchWork work;
    private readonly BatchReport? report;
    private readonly bool json;
    private readonly TimeProvider clock;
    private readonly int total;
    private int succeeded;
    private int failed;
    private int takenOver;

    private BatchRun(IBatchWork work, BatchReport? report, int total, bool json, TimeProvider clock)
    {
        this.total = total;
        this.work = work;
        this.report = report;
        this.json = json;
        this.clock = clock;
    }

    /// <summary>Runs the command for every artifact.</summary>
    /// <returns>The exit code: a failure if any artifact failed.</returns>
    public static int Run(BatchRequest request, IReadOnlyList<BatchItem> items, IBatchWork work, bool json, TimeProvider clock)
    {
        using var report = request.Report is { } path ? BatchReport.Open(path, request.Resume) : null;
        var run = new BatchRun(work, report, items.Count, json, clock);
        using var output = StandardStreams.OpenOutput();
        using var bar = new ProgressBar(items.Count, run.Describe);
        bar.Show(0);
        Batch.Run(
            items,
            run.Do,
            outcome =>
            {
                run.Report(outcome, output);
                bar.Show(run.succeeded + run.failed);
            },
            () =>
            {
                bar.Dispose();

                // After a signal, the earlier report may have entries that were not compared.
                if (run.succeeded + run.failed == items.Count)
                    report?.End();
                StandardStreams.WriteErrorLine(run.Summarize());
            }
        );
        return run.failed == 0 && run.succeeded == items.Count ? ExitCodes.Success : ExitCodes.Failure;
    }

    private ArtifactOutcome Do(BatchItem item)
    {
        var name = Quoted.Printable(item.Text);
        if (report?.Find(item.Text) is { } before && before.Inputs == work.Inputs && IsAccepted(before) && IsStillSo(item, before))
        {
            var entry = before with { Line = item.Line };
            return new(name, OutcomeKind.Verified)
            {
                Entry = entry,
                IsTakenOver = true,
                Warning = before.Warning,
            };
        }

        var state = work.State(item); // Taken before the files are read, so that a later change is detected.
        var time = clock.GetUtcNow();
        var outcome = ArtifactOutcome.Try(name, subject: null, () => work.Run(item));
        return outcome with
        {
            Entry = new(
                item.Line,
                item.Text,
                OutcomesPrinter.InJson(outcome.Kind),
                outcome.Subject is null ? null : DescriptorReport.Of(outcome.Subject),
                outcome.Reason,
                outcome.Warning,
                outcome.Signatures.Count == 0 ? null : [.. outcome.Signatures.Select(SigningPrinter.Report)],
                Rfc3339.Format(time),
                InputsOfResult(),
                state
            ),
        };
    }

    // What decides about a result was read between the beginning of the run and now. Where it has changed, no later run takes the result over.
    private string InputsOfResult()
    {
        if (report is null && !json)
            return work.Inputs;
        var now = ReadInputs();
        if (now == work.Inputs)
            return now;
        using var both = new InputsDigest();
        both.Add("before", work.Inputs);
        both.Add("after", now ?? "");
        return both.ToString();
    }

    private string? ReadInputs()
    {
        try
        {
            return work.InputsNow;
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            return null; // It was readable when the run began, and so has changed.
        }
    }

    private bool IsStillSo(BatchItem item, BatchEntry before) =>
        ArtifactOutcome
            .Try(item.Text, subject: null, () => new(item.Text, work.IsStillSo(item, before) ? OutcomeKind.Verified : OutcomeKind.Failed))
            .IsAccepted;

    private static bool IsAccepted(BatchEntry entry) =>
        new[] { OutcomeKind.Verified, OutcomeKind.Accepted, OutcomeKind.Signed }.Select(OutcomesPrinter.InJson).Contains(entry.Outcome);

    private void Report(ArtifactOutcome outcome, Stream output)
    {
        var entry = outcome.Entry!; // Set by the work for every artifact.
        _ = outcome.IsAccepted ? succeeded++ : failed++;
        takenOver += outcome.IsTakenOver ? 1 : 0;
        report?.Add(entry);
        if (json)
            StatusLine.Above(() => JsonOutput.Write(output, ReportJson.Line(entry)));
        else if (outcome.IsAccepted && entry.Subject is { } subject)
            StatusLine.Above(() => output.Write(Encoding.UTF8.GetBytes($"{subject.Digest} {outcome.Name}\n")));
        if (outcome.IsAccepted && outcome.Warning is null)
            return;
        foreach (var line in OutcomesPrinter.Describe(outcome))
            StandardStreams.WriteErrorLine(line);
    }

    private string Describe(long done) => string.Create(CultureInfo.InvariantCulture, $"{done} of {total}{(failed > 0 ? $", {failed} failed" : "")}");

    private string Summarize()
    {
        var more = string.Concat(
            failed > 0 ? $", {failed} failed" : "",
            takenOver > 0 ? $", {takenOver} taken from the report" : "",
            succeeded + failed < total ? $", {total - succeeded - failed} not done" : ""
        );
        return string.Create(CultureInfo.InvariantCulture, $"nv2: {succeeded} of {total} {work.Done}{more}");
    }
}
