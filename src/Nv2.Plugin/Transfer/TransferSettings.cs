using Microsoft.Extensions.Logging;

namespace Nv2.Plugin.Transfer;

/// <summary>How the transfer tools are run.</summary>
/// <param name="PlainHttp">Whether the registry is spoken to without TLS.</param>
/// <param name="Timeout">How long each run of a tool may take.</param>
/// <param name="Log">Where each command is noted.</param>
internal sealed record TransferSettings(bool PlainHttp, TimeSpan Timeout, ILogger Log)
{
    /// <summary>The home folder that the tools are to have, where they find their credentials; <see langword="null"/> for the user's own.</summary>
    public string? Home { get; init; }

    /// <summary>When it is cancelled, the tool that runs is ended.</summary>
    public CancellationToken Ending { get; init; }
}
