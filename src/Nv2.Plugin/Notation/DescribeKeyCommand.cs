using System.Text.Json;
using Nv2.Plugin.Hosts;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Notation;

/// <summary><c>describe-key</c>: the kind and size of a key.</summary>
internal static class DescribeKeyCommand
{
    public const string Name = "describe-key";

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        _ = PluginConfig.Read(request);
        using var key = ContractKey.Read(request);

        response.WriteStartObject();
        response.WriteString("keyId", key.Id);
        response.WriteString("keySpec", key.Key.Spec.ToString());
        response.WriteEndObject();
    }
}
