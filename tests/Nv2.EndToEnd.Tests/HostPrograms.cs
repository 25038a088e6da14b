using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The complete hosts in docs/protocol.md, written to files as they are on that page; the one in Go is compiled.</summary>
public sealed partial class HostPrograms : IDisposable
{
    public const string Python = "host.py";
    public const string Go = "host.go";
    public const string Shell = "host.sh";

    private const string CompiledGo = "host";

    private readonly TemporaryFolder folder = new();

    public HostPrograms()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "protocol.md"));
        foreach (Match block in Block().Matches(page))
            folder.Write(block.Groups["name"].Value, block.Groups["program"].Value);
        Tool.Run(
                "go",
                ["build", "-o", folder[CompiledGo], folder[Go]],
                workingDirectory: folder.Path,
                environment: new Dictionary<string, string?> { ["GOCACHE"] = folder["cache"], ["GOPROXY"] = "off" }
            )
            .RequireSuccess();
        Directory.CreateDirectory(folder["programs"]);
        File.CreateSymbolicLink(folder["programs/nv2"], Nv2Binary.Path);
    }

    /// <summary>Runs a host. The only thing of this project that it finds is <c>nv2</c>.</summary>
    public ProcessResult Run(string host, string workingDirectory, params string[] arguments)
    {
        var (program, script) = host switch
        {
            Python => ("python3", [folder[Python]]),
            Go => (folder[CompiledGo], Array.Empty<string>()),
            Shell => ("sh", [folder[Shell]]),
            _ => throw new ArgumentOutOfRangeException(nameof(host), host, "There is no such host"),
        };
        return Tool.Run(
            program,
            [.. script, .. arguments],
            workingDirectory: workingDirectory,
            environment: new Dictionary<string, string?> { ["PATH"] = $"{folder["programs"]}:{Environment.GetEnvironmentVariable("PATH")}" }
        );
    }

    public void Dispose() => folder.Dispose();

    [GeneratedRegex(@"<!-- host: (?<name>\S+) -->\n```\w+\n(?<program>.*?)```\n", RegexOptions.Singleline)]
    private static partial Regex Block();
}
