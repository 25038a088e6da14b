using System.Runtime.ExceptionServices;
using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Operations;

/// <summary>
/// Processes the artifacts of a list on all cores, with a bounded number in work, and a smaller bound for those that need a transfer program.
/// Outcomes are reported in the order of the list. After a signal, it finishes what is in work and stops.
/// </summary>
internal sealed class Batch
{
    /// <summary>The most artifacts in registries in work: each runs programs.</summary>
    private const int MaxTransfers = 4;

    private const int WaitingPerWorker = 4;

    private static readonly SemaphoreSlim Transfers = new(MaxTransfers);
    private static readonly SemaphoreSlim Local = new(Environment.ProcessorCount);

    /// <summary>How long a signal waits for what is in work.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<BatchItem> items;
    private readonly Func<BatchItem, ArtifactOutcome> work;

    // All of the following is protected by this lock.
    private readonly object gate = new();
    private readonly Dictionary<int, (ArtifactOutcome? Outcome, ExceptionDispatchInfo? Failure)> done = [];
    private int taken;
    private int reported;
    private bool isEnded;

    private Batch(IReadOnlyList<BatchItem> items, Func<BatchItem, ArtifactOutcome> work)
    {
        this.items = items;
        this.work = work;
    }

    /// <summary>Processes all artifacts.</summary>
    /// <param name="items">The list.</param>
    /// <param name="work">Does the work for one; called by several threads.</param>
    /// <param name="report">Receives each outcome, in the order of the list; called by this thread.</param>
    /// <param name="finish">Called at the end by this thread, also after a signal, before the signal ends the process.</param>
    public static void Run(IReadOnlyList<BatchItem> items, Func<BatchItem, ArtifactOutcome> work, Action<ArtifactOutcome> report, Action finish)
    {
        var batch = new Batch(items, work);
        var workers = Math.Min(items.Count, Environment.ProcessorCount + MaxTransfers);
        for (var i = 0; i < workers; i++)
            new Thread(() => batch.Work(workers * WaitingPerWorker)) { IsBackground = true }.Start();
        using var termination = new Termination(batch.Stop);
        try
        {
            batch.Report(report);
            finish();
        }
        finally
        {
            batch.End();
        }

        if (Termination.IsComing)
            Thread.Sleep(Patience); // The signal ends the process meanwhile.
    }

    private void Work(int maxAhead)
    {
        while (Take(maxAhead) is { } position)
        {
            var item = items[position];
            var free = item.Place is ArtifactPlace.Registry ? Transfers : Local;
            free.Wait();
            (ArtifactOutcome?, ExceptionDispatchInfo?) result;
            try
            {
                // The result of the verification is not kept: it can take mebibytes.
                result = (work(item) with { Verification = null }, null);
            }
#pragma warning disable CA1031 // The reporting thread rethrows it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                result = (null, ExceptionDispatchInfo.Capture(exception));
            }
            finally
            {
                free.Release();
            }

            lock (gate)
            {
                done.Add(position, result);
                Monitor.PulseAll(gate);
            }
        }
    }

    // No more are started than wait to be reported, so memory is bounded.
    private int? Take(int maxAhead)
    {
        lock (gate)
        {
            while (!Termination.IsComing && !isEnded && taken < items.Count && taken - reported >= maxAhead)
                Monitor.Wait(gate);
            return Termination.IsComing || isEnded || taken == items.Count ? null : taken++;
        }
    }

    private void Report(Action<ArtifactOutcome> report)
    {
        while (Next() is { } outcome)
        {
            // The signal may have stopped a program that was needed, which says nothing about the artifact.
            if (!Termination.IsComing || outcome.IsAccepted)
                report(outcome);
            lock (gate)
            {
                done.Remove(reported++);
                Monitor.PulseAll(gate);
            }
        }
    }

    private ArtifactOutcome? Next()
    {
        lock (gate)
        {
            while (true)
            {
                if (done.TryGetValue(reported, out var result))
                {
                    result.Failure?.Throw();
                    return result.Outcome;
                }

                if (reported == items.Count || (Termination.IsComing && reported == taken))
                    return null;
                Monitor.Wait(gate);
            }
        }
    }

    private void End()
    {
        lock (gate)
        {
            isEnded = true;
            Monitor.PulseAll(gate);
        }
    }

    private void Stop()
    {
        lock (gate)
        {
            Monitor.PulseAll(gate);
            var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (!isEnded && deadline - Environment.TickCount64 is > 0 and var rest)
                Monitor.Wait(gate, (int)rest);
        }
    }
}
