using System.Text;

namespace Nv2.Testing;

/// <summary>What a process left behind.</summary>
public sealed record ProcessResult(string Command, int ExitCode, byte[] StdoutBytes, string Stderr)
{
    public string Stdout => Encoding.UTF8.GetString(StdoutBytes);

    /// <summary>Fails with all that the process said unless it exited with 0.</summary>
    public ProcessResult RequireSuccess() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"'{Command}' exited with {ExitCode}\nstdout: {Stdout}\nstderr: {Stderr}");
}
