using Nv2.Plugin.Hosts;

namespace Nv2.Plugin.Protocol;

/// <summary>The exec protocol, version 1.0: nv2's own. docs/protocol.md is its description for authors of hosts.</summary>
internal static class ExecProtocol
{
    public static readonly HostContract Contract = new("nv2", "protocolVersion", "1.0",
    [
        new(DescribeCommand.Name, DescribeCommand.Run),
        new(GenerateSignatureCommand.Name, GenerateSignatureCommand.Run),
        new(VerifySignatureCommand.Name, VerifySignatureCommand.Run),
    ]);
}
