using Nv2.Plugin.Hosts;

namespace Nv2.Plugin.Notation;

/// <summary>The Notation plug-in contract, version 1.0 (Notary Project, plugin-extensibility.md). docs/notation-plugin.md is for users of notation.</summary>
internal static class NotationContract
{
    public const string Version = "1.0";

    public static readonly HostContract Contract = new("notation", "contractVersion", Version,
    [
        new(MetadataCommand.Name, MetadataCommand.Run, NeedsVersion: false),
        new(DescribeKeyCommand.Name, DescribeKeyCommand.Run),
        new(GenerateSignatureCommand.Name, GenerateSignatureCommand.Run),
        new(GenerateEnvelopeCommand.Name, GenerateEnvelopeCommand.Run),
        new(VerifySignatureCommand.Name, VerifySignatureCommand.Run),
    ]);
}
