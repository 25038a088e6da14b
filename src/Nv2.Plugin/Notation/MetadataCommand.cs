using System.Text.Json;
using Nv2.Plugin.Hosts;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Notation;

/// <summary><c>get-plugin-metadata</c>: what this plug-in is and can do. It is how a host finds out the versions, and so it comes without one.</summary>
internal static class MetadataCommand
{
    public const string Name = "get-plugin-metadata";

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        var signing = SigningMode.Offered(PluginConfig.Read(request));

        response.WriteStartObject();
        response.WriteString("name", PluginInformation.Name); // Must be that of the folder in which notation finds the plug-in.
        response.WriteString("description", PluginInformation.Description);
        response.WriteString("version", PluginInformation.Version);
        response.WriteString("url", PluginInformation.Url);
        response.WriteStartArray("supportedContractVersions");
        response.WriteStringValue(NotationContract.Version);
        response.WriteEndArray();
        response.WriteStartArray("capabilities");
        foreach (var capability in signing)
            response.WriteStringValue(capability);
        response.WriteStringValue(Capabilities.TrustedIdentity);
        response.WriteStringValue(Capabilities.RevocationCheck);
        response.WriteEndArray();
        response.WriteEndObject();
    }
}
