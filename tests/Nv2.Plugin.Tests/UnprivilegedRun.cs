namespace Nv2.Plugin.Tests;

/// <summary>Runs nv2 as a user who may read no private file of <see cref="WorkingFolder"/> and write nothing there, independent of
/// the user who runs the tests.</summary>
internal sealed class UnprivilegedRun : IDisposable
{
    private const string Nobody = "65534";
    private const UnixFileMode ReadAndEnter =
        UnixFileMode.UserRead
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private readonly WorkingFolder folder;
    private readonly string binary;

    public UnprivilegedRun(WorkingFolder folder)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("file modes are needed");

        this.folder = folder;
        binary = folder["nv2"];
        // By another process: one that forks while this one writes would hold the file open, and it could not be run.
        Tool.Run("cp", [Nv2Binary.Path, binary]).RequireSuccess();
        File.SetUnixFileMode(binary, ReadAndEnter);

        // For root the key is another user's; for anybody else it is one that even its owner may not read.
        if (!Environment.IsPrivilegedProcess)
            File.SetUnixFileMode(folder[WorkingFolder.P256Key], UnixFileMode.None);
        File.SetUnixFileMode(folder.Path, ReadAndEnter);
    }

    public ProcessResult Run(byte[] stdin, params string[] arguments) => Run(stdin, new Dictionary<string, string?>(), arguments);

    public ProcessResult Run(byte[] stdin, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? Tool.Run("setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", binary, .. arguments], stdin, folder.Path, environment)
            : Tool.Run(binary, arguments, stdin, folder.Path, environment);

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.Path, ReadAndEnter | UnixFileMode.UserWrite); // So that it can be deleted.
    }
}
