namespace Nv2.Plugin.Tests.Trust;

/// <summary>
/// A volume as the kubelet makes it of a ConfigMap, a Secret or projected sources (kubernetes, pkg/volume/util/atomic_writer.go): the files are in a
/// folder with a time in its name, <c>..data</c> leads there, and what a user sees are links through that, one for the first part of each path. An
/// update makes another folder, and puts another <c>..data</c> in the place of the first in one step.
/// </summary>
/// <param name="path">The folder that the volume is mounted on.</param>
internal sealed class KubeletVolume(string path)
{
    // As the kubelet leaves it: a ConfigMap's is in an emptyDir on disk, a Secret's and that of projected sources in one in memory.
    public const UnixFileMode ConfigMap = Everybody;
    public const UnixFileMode Secret = Everybody | UnixFileMode.StickyBit;

    private const UnixFileMode Everybody = OwnerWrites | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OwnerWrites =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string Data = "..data";

    private int version;

    public string Path => path;

    /// <summary>The folder with the files of now.</summary>
    public string Current => System.IO.Path.Combine(path, new FileInfo(At(Data)).LinkTarget!);

    public KubeletVolume Make(UnixFileMode mode, params (string Path, byte[] Content)[] files)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, mode);
        Write(files);
        return this;
    }

    /// <summary>Puts other files in the place of those that are there.</summary>
    public void Write(params (string Path, byte[] Content)[] files)
    {
        var old = new FileInfo(At(Data)).LinkTarget;
        var name = $"..2026_11_29_12_00_00.{1000000000 + ++version}";
        foreach (var (file, content) in files)
        {
            var target = System.IO.Path.Combine(path, name, file);
            MakeFolder(System.IO.Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, content);
            File.SetUnixFileMode(target, FileMode);
        }

        File.CreateSymbolicLink(At("..data_tmp"), name);
        Tool.Run("mv", ["-T", At("..data_tmp"), At(Data)]).RequireSuccess(); // The platform moves no link to a folder.
        var visible = files.Select(file => file.Path.Split('/')[0]).ToHashSet();
        foreach (var entry in visible.Where(entry => new FileInfo(At(entry)).LinkTarget is null))
            File.CreateSymbolicLink(At(entry), $"{Data}/{entry}");
        foreach (var entry in Directory.GetFileSystemEntries(path).Select(entry => System.IO.Path.GetFileName(entry)!))
        {
            if (!entry.StartsWith("..", StringComparison.Ordinal) && !visible.Contains(entry))
                File.Delete(At(entry));
        }

        if (old is not null)
            Directory.Delete(At(old), recursive: true);
    }

    private string At(string name) => System.IO.Path.Combine(path, name);

    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        MakeFolder(System.IO.Path.GetDirectoryName(folder)!);
        Directory.CreateDirectory(folder, OwnerWrites);
        File.SetUnixFileMode(folder, OwnerWrites);
    }
}
