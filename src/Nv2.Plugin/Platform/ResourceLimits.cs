using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Plugin.Platform;

/// <summary>
/// Limits for a program that nv2 starts, and for its child processes (setrlimit(2)). A program inherits the limits of its parent at the start, so
/// this process sets them for that moment. They are soft limits: the programs are trusted, but their input is not.
/// </summary>
internal static partial class ResourceLimits
{
    // The numbers of Linux on x64 and arm64.
    private const int FileSize = 1;
    private const int Memory = 2;
    private const int CoreFile = 4;

    private static readonly Lock Starting = new();

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }

    /// <summary>Starts a program under limits; without limits on systems other than Linux.</summary>
    /// <param name="maxFileBytes">The size of the largest file that it can write.</param>
    /// <param name="maxMemoryBytes">The memory that it can allocate (RLIMIT_DATA).</param>
    /// <param name="start">Starts it.</param>
    public static T Start<T>(long maxFileBytes, long maxMemoryBytes, Func<T> start)
    {
        if (!OperatingSystem.IsLinux())
            return start();

        lock (Starting)
        {
            var before = new[] { Lower(FileSize, maxFileBytes), Lower(Memory, maxMemoryBytes), Lower(CoreFile, 0) };
            try
            {
                return start();
            }
            finally
            {
                Restore(FileSize, before[0]);
                Restore(Memory, before[1]);
                Restore(CoreFile, before[2]);
            }
        }
    }

    [SupportedOSPlatform("linux")]
    private static Limit? Lower(int resource, long max)
    {
        if (getrlimit(resource, out var before) != 0)
            return null;
        var limit = new Limit { Soft = nuint.Min((nuint)max, before.Soft), Hard = before.Hard };
        _ = setrlimit(resource, in limit); // Lowering a soft limit cannot fail.
        return before;
    }

    [SupportedOSPlatform("linux")]
    private static void Restore(int resource, Limit? before)
    {
        if (before is { } limit)
            _ = setrlimit(resource, in limit);
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out Limit limit);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, in Limit limit);
}
