using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nv2.Plugin.Platform;

/// <summary>Sends a signal to a program that was started here.</summary>
internal static partial class ProcessSignal
{
    private const int Hangup = 1;
    private const int Terminate = 15;

    /// <summary>Sends SIGHUP or SIGTERM; where the system has no signals, ends the program.</summary>
    public static void Send(Process process, PosixSignal signal)
    {
        if (OperatingSystem.IsWindows())
            process.Kill();
        else
            _ = kill(process.Id, signal == PosixSignal.SIGHUP ? Hangup : Terminate); // It may be gone already, which is all that was wanted.
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
