using System.Collections.Concurrent;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Transfer;

/// <summary>Content that is fetched in parallel before it is needed: running a transfer program takes longer than processing its output.</summary>
internal sealed class FetchedAhead
{
    /// <summary>The most signatures: up to this number, all are verified in any case (docs/verification.md).</summary>
    public const int MaxSignatures = 16;

    /// <summary>The largest manifest or signature in bytes that is fetched ahead. Few are larger.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The most programs at a time.</summary>
    private const int MaxRuns = 4;

    private static readonly SemaphoreSlim Free = new(MaxRuns);

    private readonly ConcurrentDictionary<Digest, Task<byte[]>> fetched = [];

    /// <summary>Begins to fetch content, unless it has begun.</summary>
    public void Start(Digest digest, Func<byte[]> fetch)
    {
        var content = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!fetched.TryAdd(digest, content.Task))
            return;

        // The process waits for them: each has a temporary folder to remove.
        new Thread(() =>
        {
            Free.Wait();
            try
            {
                content.SetResult(fetch());
            }
#pragma warning disable CA1031 // Take rethrows it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                content.SetException(exception);
            }
            finally
            {
                Free.Release();
            }
        }).Start();
    }

    /// <summary>Waits for content that is being fetched, once; <see langword="null"/> if it is not being fetched.</summary>
    /// <exception cref="Nv2.Signing.InvalidInputException">It could not be fetched.</exception>
    public byte[]? Take(Digest digest) => fetched.TryRemove(digest, out var content) ? content.GetAwaiter().GetResult() : null;
}

/// <summary>Work on its own thread: waiting for programs would block the few threads of the pool.</summary>
internal static class Background
{
    /// <summary>Begins it.</summary>
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Begins it.</summary>
    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
