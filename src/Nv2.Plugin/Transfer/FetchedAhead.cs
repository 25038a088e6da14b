using System.Collections.Concurrent;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Transfer;

/// <summary>Content that is fetched before it is asked for, side by side: a run of a transfer program takes longer than all that is done with what it
/// brings.</summary>
internal sealed class FetchedAhead
{
    /// <summary>The most signatures: so many are all verified, whatever the first is (docs/verification.md).</summary>
    public const int MaxSignatures = 16;

    /// <summary>The largest manifest or signature in bytes that is fetched ahead. Few are larger.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The most programs that run at a time.</summary>
    private const int MaxRuns = 4;

    private static readonly SemaphoreSlim Free = new(MaxRuns);

    private readonly ConcurrentDictionary<Digest, Task<byte[]>> fetched = [];

    /// <summary>Begins to fetch content, if that has not begun.</summary>
    public void Start(Digest digest, Func<byte[]> fetch)
    {
        var content = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!fetched.TryAdd(digest, content.Task))
            return;

        // The process does not end before them: each has a temporary folder to remove.
        new Thread(() =>
        {
            Free.Wait();
            try
            {
                content.SetResult(fetch());
            }
#pragma warning disable CA1031 // The one who takes the content gets the exception.
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

    /// <summary>Waits for content that is being fetched, once; <see langword="null"/> where it is not.</summary>
    /// <exception cref="Nv2.Signing.InvalidInputException">It could not be fetched.</exception>
    public byte[]? Take(Digest digest) => fetched.TryRemove(digest, out var content) ? content.GetAwaiter().GetResult() : null;
}

/// <summary>Work on a thread of its own: work that waits for programs would keep the few threads of the pool from everything else.</summary>
internal static class Background
{
    /// <summary>Begins it.</summary>
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Begins it.</summary>
    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
