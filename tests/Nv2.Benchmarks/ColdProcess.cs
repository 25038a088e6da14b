using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nv2.Benchmarks;

/// <summary>
/// Runs a command as a new process and measures it whole, from the spawn to the exit. Neither BenchmarkDotNet nor <see cref="Process"/> does that:
/// the first measures inside a process, the second adds threads and pipes of its own. Linux only.
/// </summary>
internal static unsafe partial class ColdProcess
{
    private const int SizeOfFileActions = 80;

    /// <summary>Runs <paramref name="argv"/> with standard input from a file and the outputs to /dev/null.</summary>
    /// <returns>Wall-clock time.</returns>
    /// <exception cref="InvalidOperationException">The command did not exit with 0: a benchmark of a failure says nothing.</exception>
    public static TimeSpan Run(string[] argv, string stdin)
    {
        var actions = stackalloc byte[SizeOfFileActions];
        Check(posix_spawn_file_actions_init(actions));
        Check(posix_spawn_file_actions_addopen(actions, 0, stdin, 0, 0));
        Check(posix_spawn_file_actions_addopen(actions, 1, "/dev/null", 1, 0));
        Check(posix_spawn_file_actions_addopen(actions, 2, "/dev/null", 1, 0));

        var arguments = new nint[argv.Length + 1];
        for (var i = 0; i < argv.Length; i++)
            arguments[i] = Marshal.StringToCoTaskMemUTF8(argv[i]);

        var environment = stackalloc nint[1];
        int status;
        TimeSpan time;
        fixed (nint* pointer = arguments)
        {
            var start = Stopwatch.GetTimestamp();
            Check(posix_spawnp(out var pid, argv[0], actions, null, pointer, environment));
            while (waitpid(pid, out status, 0) < 0) { }

            time = Stopwatch.GetElapsedTime(start);
        }

        foreach (var argument in arguments)
            Marshal.FreeCoTaskMem(argument);
        Check(posix_spawn_file_actions_destroy(actions));
        return status == 0 ? time : throw new InvalidOperationException($"'{string.Join(' ', argv)}' < {stdin} ended with status {status}");
    }

    /// <summary>
    /// The peak resident memory of a command in KiB, as GNU time reports it: what the system counts for a child begins with the memory of its parent,
    /// and GNU time is a small one.
    /// </summary>
    public static long PeakKiB(string[] argv, string stdin)
    {
        var report = Path.GetTempFileName();
        try
        {
            Run(["time", "-f", "%M", "-o", report, .. argv], stdin);
            return long.Parse(File.ReadAllText(report), System.Globalization.CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(report);
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(byte* actions, int fd, string path, int flags, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawnp(out int pid, string file, byte* actions, byte* attributes, nint* argv, nint* environment);

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, out int status, int options);
}
