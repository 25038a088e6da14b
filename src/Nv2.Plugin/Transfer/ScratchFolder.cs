using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Transfer;

/// <summary>A folder for its owner alone, which is deleted with all that is in it; also when this program is told to end while a tool runs.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nv2-");
    private readonly Termination termination;
    private bool deleted;

    public ScratchFolder() => termination = new Termination(Delete);

    /// <summary>The folder's absolute path.</summary>
    public string Path => folder.FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        termination.Dispose();
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
