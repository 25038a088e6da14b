using System.Globalization;
using System.Runtime.ExceptionServices;
using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// Measures the blobs of a layout, large ones on several cores. The reported failure does not depend on the speed of the threads: it is that of the
/// first blob in order.
/// </summary>
internal static class BlobMeasurement
{
    /// <summary>The most threads: storage is seldom faster than these can hash.</summary>
    public const int MaxThreads = 8;

    /// <summary>The fewest bytes for an additional thread: starting one takes as long as measuring these.</summary>
    private const long LargeBytes = 8 * 1024 * 1024;

    /// <summary>Makes sure that each blob has the digest and the size of its descriptor.</summary>
    /// <exception cref="InvalidInputException">One does not.</exception>
    public static void Require(ImageLayout layout, IReadOnlyList<Descriptor> blobs)
    {
        var threads = layout.IsReadToMeasure && Sum(blobs) > LargeBytes ? Math.Min(Math.Min(MaxThreads, Environment.ProcessorCount), blobs.Count) : 1;
        var work = new Work(layout, blobs);
        var others = new Thread[threads - 1];
        for (var index = 0; index < others.Length; index++)
        {
            others[index] = new Thread(work.Run) { IsBackground = true };
            others[index].Start();
        }

        work.Run();
        foreach (var other in others)
            other.Join();
        work.Failure?.Throw();
    }

    // Sizes are from the descriptors, and only affect the number of threads.
    private static double Sum(IReadOnlyList<Descriptor> blobs) => blobs.Sum(blob => (double)blob.Size);

    private static void Require(ImageLayout layout, Descriptor blob)
    {
        var (digest, size) = layout.Measure(blob.Digest);
        if (size != blob.Size)
        {
            throw new InvalidInputException(
                string.Create(CultureInfo.InvariantCulture, $"{blob.Digest} has {size} bytes: expected {blob.Size}, as its descriptor says")
            );
        }

        if (digest != blob.Digest)
            throw new InvalidInputException($"digest mismatch: the content stored as {blob.Digest} has the digest {digest}");
    }

    private sealed class Work(ImageLayout layout, IReadOnlyList<Descriptor> blobs)
    {
        private readonly Lock gate = new();
        private int next;
        private int failed = int.MaxValue;

        /// <summary>The failure of the first blob that failed.</summary>
        public ExceptionDispatchInfo? Failure { get; private set; }

        /// <summary>Measures blobs in their order, until the end or a failure of an earlier one.</summary>
        public void Run()
        {
            while (Take() is { } index)
            {
                try
                {
                    Require(layout, blobs[index]);
                }
#pragma warning disable CA1031 // The waiting thread rethrows it.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    Fail(index, exception);
                }
            }
        }

        private int? Take()
        {
            lock (gate)
                return next < blobs.Count && next < failed ? next++ : null;
        }

        private void Fail(int index, Exception exception)
        {
            lock (gate)
            {
                if (index < failed)
                    (failed, Failure) = (index, ExceptionDispatchInfo.Capture(exception));
            }
        }
    }
}
