using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Plugin.Platform;

/// <summary>
/// Runs an action before a signal ends this program: Ctrl-C, a closed terminal, or a request of its parent.
/// </summary>
internal sealed class Termination : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private static volatile bool isComing;

    private readonly PosixSignalRegistration[] registrations;

    /// <summary>
    /// Whether a signal came that is about to end this program. Set before the first action runs: a failure after that may be caused by the signal.
    /// </summary>
    public static bool IsComing => isComing;

    /// <summary>
    /// Runs <paramref name="action"/> when a signal comes, until this is disposed. The default action of the signal follows.
    /// </summary>
    public Termination(Action action) =>
        registrations = [
            .. Signals.Select(signal =>
                PosixSignalRegistration.Create(
                    signal,
                    _ =>
                    {
                        isComing = true;
                        action();
                    }
                )
            ),
        ];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }
}

/// <summary>Sends a signal to a child process.</summary>
internal static partial class ProcessSignal
{
    private const int Hangup = 1;
    private const int Terminate = 15;

    /// <summary>Sends SIGHUP or SIGTERM; on systems without signals, kills the program.</summary>
    public static void Send(Process process, PosixSignal signal)
    {
        if (OperatingSystem.IsWindows())
            process.Kill();
        else
            _ = kill(process.Id, signal == PosixSignal.SIGHUP ? Hangup : Terminate); // It may have exited already.
    }

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
