using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nv2.Plugin.Transfer;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>A folder of programs, which is all of PATH for who looks for a transfer tool through it.</summary>
internal sealed class ToolFolder : IDisposable
{
    /// <summary>No assertion on time: only a way out of a hang.</summary>
    public static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder folder = new();

    public string Path => folder.Path;

    public static TransferSettings Settings(TimeSpan? timeout = null) => new(PlainHttp: true, timeout ?? LongEnough, NullLogger.Instance);

    /// <summary>Writes a shell script as a program.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string script)
    {
        // By another process: a file that was open for writing here when some test started a program is open in that one for a moment, and cannot be
        // run meanwhile.
        var path = folder[name];
        Tool.Run("sh", ["-c", "cat > \"$0\" && chmod 700 \"$0\"", path], Encoding.UTF8.GetBytes($"#!/bin/sh\n{script}\n")).RequireSuccess();
        return path;
    }

    /// <summary>Opens a repository with PATH being this folder.</summary>
    public IRegistryStore Open(string? name, string reference, string? preferred = null, TimeSpan? timeout = null) =>
        TransferTools.Open(
            name,
            Reference.Parse(reference),
            Settings(timeout),
            variable =>
                variable switch
                {
                    "PATH" => Path,
                    TransferTools.Variable => preferred,
                    _ => null,
                }
        );

    public void Dispose() => folder.Dispose();
}
