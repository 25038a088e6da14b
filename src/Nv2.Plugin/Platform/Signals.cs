using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nv2.Plugin.Platform;

/// <summary>
/// Something to do when this program is told to end, before it does: by the user's Ctrl-C, by a terminal that is closed, by who started it.
/// </summary>
internal sealed class Termination : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly PosixSignalRegistration[] registrations;

    /// <summary>
    /// Has <paramref name="action"/> done when a signal comes, until this is disposed. What the signal does by default, it does afterwards.
    /// </summary>
    public Termination(Action action) => registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, _ => action()))];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }
}

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
