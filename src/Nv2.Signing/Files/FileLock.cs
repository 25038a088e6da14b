using System.Diagnostics;

namespace Nv2.Signing.Files;

/// <summary>
/// A lock that one process at a time can hold: the system's lock (flock(2) on Unix) on a file that is never replaced. It ends with the
/// process, however that ends.
/// </summary>
internal static class FileLock
{
    /// <summary>The longest pause between two attempts in milliseconds; random, so that those who wait do not all come at once.</summary>
    private const int MaxPause = 20;

    /// <summary>Waits for the lock. It is held until the result is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="what">What is changed, for messages: <c>the layout</c>.</param>
    /// <param name="mayCreate">Whether the file is made where it is not there.</param>
    /// <exception cref="IOException">It was not free for as long as <paramref name="patience"/>.</exception>
    /// <remarks>The file is opened for writing, although nothing is written: network file systems lock no file that is open for reading only.</remarks>
    public static IDisposable Take(string path, TimeSpan patience, string what, bool mayCreate = false) =>
        Open(path, mayCreate ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.None, patience, what);

    /// <summary>Opens the file that is locked for reading, which the platform refuses as long as another process has the lock.</summary>
    /// <exception cref="IOException">It was not free for as long as <paramref name="patience"/>.</exception>
    public static FileStream OpenRead(string path, TimeSpan patience, string what) =>
        Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, patience, what);

    private static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, TimeSpan patience, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, mode, access, share, bufferSize: 0);
            }
            catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException))
            {
                if (Stopwatch.GetElapsedTime(start) >= patience)
                    throw new IOException($"other processes have been changing {what} for {patience.TotalSeconds:0} seconds: is one of them stuck?", exception);
                Thread.Sleep(Random.Shared.Next(1, MaxPause));
            }
        }
    }
}
