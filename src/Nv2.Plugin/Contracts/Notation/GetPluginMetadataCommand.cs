namespace Nv2.Plugin.Contracts.Notation;

/// <summary><c>get-plugin-metadata</c>: what this plug-in is and can do. It needs no version, because a host finds out the versions by it.</summary>
internal static class GetPluginMetadataCommand
{
    public const string Name = "get-plugin-metadata";

    public static HostAnswer Run(HostRequest request) => new(NotationJson.Line(new GetPluginMetadataResponse(
        PluginInformation.Name, // Must be that of the folder in which notation finds the plug-in.
        PluginInformation.Description,
        PluginInformation.Version,
        PluginInformation.Url,
        [NotationContract.Version],
        [.. SigningMode.Offered(PluginConfig.Read(request.Json)), Capabilities.TrustedIdentity, Capabilities.RevocationCheck])));
}
