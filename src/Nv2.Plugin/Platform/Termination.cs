using System.Runtime.InteropServices;

namespace Nv2.Plugin.Platform;

/// <summary>Something to do when this program is told to end, before it does: by the user's Ctrl-C, by a terminal that is closed, by who started it.</summary>
internal sealed class Termination : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Has <paramref name="action"/> done when a signal comes, until this is disposed. What the signal does by default, it does afterwards.</summary>
    public Termination(Action action) => registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, _ => action()))];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }
}
