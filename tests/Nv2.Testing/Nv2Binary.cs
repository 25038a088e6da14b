using System.Text;

namespace Nv2.Testing;

/// <summary>The published native binary: what users run, and so what the tests run.</summary>
public static class Nv2Binary
{
    /// <summary>The binary: NV2_BINARY, or artifacts/bin/nv2 of this checkout.</summary>
    public static string Path { get; } = Find();

    /// <summary>The same as a file: NV2_BINARY_FILE, where NV2_BINARY is a script that runs it under an emulator.</summary>
    public static string File { get; } = Environment.GetEnvironmentVariable("NV2_BINARY_FILE") ?? Path;

    public static ProcessResult Run(params string[] arguments) => Tool.Run(Path, arguments);

    public static ProcessResult Run(
        IReadOnlyList<string> arguments,
        byte[]? stdin = null,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null
    ) => Tool.Run(Path, arguments, stdin, workingDirectory, environment);

    /// <summary>Sends one request of the exec protocol.</summary>
    public static ProcessResult Request(string command, string json, string? workingDirectory = null) =>
        Tool.Run(Path, [command], Encoding.UTF8.GetBytes(json), workingDirectory);

    private static string Find()
    {
        var path = Environment.GetEnvironmentVariable("NV2_BINARY") ?? System.IO.Path.Combine(Repository.Root, "artifacts", "bin", "nv2");
        return System.IO.File.Exists(path)
            ? path
            : throw new InvalidOperationException($"{path} is missing: scripts/publish.sh makes it, scripts/test.sh does so before all tests");
    }
}
