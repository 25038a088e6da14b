using System.Text.Json.Serialization;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Docker;

/// <summary>What a plug-in says of itself (docker/cli, cli-plugins/metadata).</summary>
internal sealed record PluginMetadata(
    string SchemaVersion,
    string Vendor,
    string Version,
    string ShortDescription,
    [property: JsonPropertyName("URL")] string Url);

/// <summary>The JSON of the contract with docker, which names properties as Go does.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(PluginMetadata))]
internal sealed partial class DockerJson : JsonSerializerContext
{
    public static ReadOnlyMemory<byte> Line(PluginMetadata metadata) =>
        JsonOutput.Line(metadata, new DockerJson().PluginMetadataSerializeHandler);
}
