using Microsoft.Extensions.Logging;

namespace Nv2.Plugin.Transfer;

/// <summary>How the transfer tools are run.</summary>
/// <param name="PlainHttp">Whether the registry is spoken to without TLS.</param>
/// <param name="Timeout">How long each run of a tool may take.</param>
/// <param name="Log">Where each command is noted.</param>
internal sealed record TransferSettings(bool PlainHttp, TimeSpan Timeout, ILogger Log);
