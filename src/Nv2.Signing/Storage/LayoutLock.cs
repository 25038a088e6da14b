using System.Diagnostics;

namespace Nv2.Signing.Storage;

/// <summary>
/// The right to change a layout, of which one process at a time has it. It is the system's lock on the layout's <c>oci-layout</c> file, which nobody ever replaces
/// (flock(2) on Unix), and ends with the process, however that ends. Readers do not need it.
/// </summary>
internal sealed class LayoutLock : IDisposable
{
    /// <summary>The longest pause between two attempts in milliseconds; random, so that those who wait do not all come at once.</summary>
    private const int MaxPause = 20;

    private readonly FileStream file;

    private LayoutLock(FileStream file) => this.file = file;

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="IOException">It was not free for as long as <paramref name="patience"/>.</exception>
    /// <remarks>For writing, although nothing is written: network file systems lock no file that is open for reading only.</remarks>
    public static LayoutLock Take(string path, TimeSpan patience) => new(Open(path, FileAccess.ReadWrite, FileShare.None, patience));

    /// <summary>Opens the file that is locked for reading, which the platform refuses as long as somebody has the lock.</summary>
    /// <exception cref="IOException">It was not free for as long as <paramref name="patience"/>.</exception>
    public static FileStream OpenRead(string path, TimeSpan patience) => Open(path, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, patience);

    private static FileStream Open(string path, FileAccess access, FileShare share, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.Open, access, share, bufferSize: 0);
            }
            catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException))
            {
                if (Stopwatch.GetElapsedTime(start) >= patience)
                    throw new IOException($"other processes have been changing the layout for {patience.TotalSeconds:0} seconds: is one of them stuck?", exception);
                Thread.Sleep(Random.Shared.Next(1, MaxPause));
            }
        }
    }

    public void Dispose() => file.Dispose();
}
