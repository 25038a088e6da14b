using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Signing.Files;

/// <summary>
/// A lock for one process at a time: the system's lock (flock(2) on Unix) on a file that is never replaced. It ends with the process, in any case.
/// </summary>
internal static partial class FileLock
{
    /// <summary>The longest pause between two attempts in milliseconds; random, so that waiting processes do not retry together.</summary>
    private const int MaxPause = 20;

    /// <summary>Waits for the lock. It is held until the result is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="what">What is changed, for messages: <c>the layout</c>.</param>
    /// <param name="mayCreate">Whether to create the file if it does not exist.</param>
    /// <exception cref="IOException">The lock was not free within <paramref name="patience"/>.</exception>
    /// <remarks>
    /// The file is opened for writing, although nothing is written: network file systems do not lock a file that is open only for reading. If it is
    /// read-only, the lock of a local file system is taken.
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

    /// <summary>Opens the locked file for reading, which the platform refuses while another process has the lock.</summary>
    /// <exception cref="IOException">The lock was not free within <paramref name="patience"/>.</exception>
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

    // The platform ignores a file system that does not lock: a read-only file is locked for certain only if the system reports it.
    private static FileStream RequireLocked(FileStream file, string path)
    {
        if (OperatingSystem.IsWindows() || flock((int)file.SafeFileHandle.DangerousGetHandle(), LockExclusively | LockNow) == 0)
            return file;
        file.Dispose();
        throw new UnauthorizedAccessException($"{path} is not writable and cannot be locked");
    }

    // flock(2)
    private const int LockExclusively = 2;
    private const int LockNow = 4;

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc")]
    private static partial int flock(int descriptor, int operation);
}
