using System.Runtime.InteropServices;

namespace Nv2.Plugin.Transfer;

/// <summary>A folder for its owner alone, which is deleted with all that is in it; also when the user ends this program while a tool runs.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nv2-");
    private readonly PosixSignalRegistration[] registrations;
    private bool deleted;

    public ScratchFolder()
    {
        // What the signal does by default, it does afterwards.
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, _ => Delete()))];
    }

    /// <summary>The folder's absolute path.</summary>
    public string Path => folder.FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        Delete();
    }

    private void Delete()
    {
        if (Interlocked.Exchange(ref deleted, true))
            return;
        if (Directory.Exists(Path)) // A cleaner of temporary folders may have been here.
            folder.Delete(recursive: true);
    }
}
