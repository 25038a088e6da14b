using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Signing.Files;

/// <summary>
/// A lock that one process at a time can hold: the system's lock (flock(2) on Unix) on a file that is never replaced. It ends with the
/// process, however that ends.
/// </summary>
internal static partial class FileLock
{
    /// <summary>The longest pause between two attempts in milliseconds; random, so that those who wait do not all come at once.</summary>
    private const int MaxPause = 20;

    /// <summary>Waits for the lock. It is held until the result is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="what">What is changed, for messages: <c>the layout</c>.</param>
    /// <param name="mayCreate">Whether the file is made where it is not there.</param>
    /// <exception cref="IOException">It was not free for as long as <paramref name="patience"/>.</exception>
    /// <remarks>
    /// The file is opened for writing, although nothing is written: network file systems lock no file that is open for reading only. Where it may
    /// only be read, the lock of a local file system is taken.
    /// </remarks>
    public static IDisposable Take(string path, TimeSpan patience, string what, bool mayCreate = false)
    {
        try
        {
            return Open(path, mayCreate ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.None, patience, what);
        }
        catch (UnauthorizedAccessException) when (!mayCreate && File.Exists(path))
        {
            return RequireLocked(Open(path, FileMode.Open, FileAccess.Read, FileShare.None, patience, what), path);
        }
    }

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
            catch (IOException exception) when (IsHeld(exception))
            {
                if (Stopwatch.GetElapsedTime(start) >= patience)
                    throw new IOException(
                        $"other processes have been changing {what} for {patience.TotalSeconds:0} seconds: is one of them stuck?",
                        exception
                    );
                Thread.Sleep(Random.Shared.Next(1, MaxPause));
            }
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    // The platform passes over a system that does not lock: a file that may only be read is locked for certain only where the system says so.
    private static FileStream RequireLocked(FileStream file, string path)
    {
        if (OperatingSystem.IsWindows() || flock((int)file.SafeFileHandle.DangerousGetHandle(), LockExclusively | LockNow) == 0)
            return file;
        file.Dispose();
        throw new UnauthorizedAccessException($"{path} may not be written to, and cannot be locked");
    }

    // flock(2)
    private const int LockExclusively = 2;
    private const int LockNow = 4;

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc")]
    private static partial int flock(int descriptor, int operation);
}
