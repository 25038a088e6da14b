namespace Nv2.Plugin.Contracts.Notation;

/// <summary><c>describe-key</c>: the kind and size of a key.</summary>
internal static class DescribeKeyCommand
{
    public const string Name = "describe-key";

    public static HostAnswer Run(HostRequest request)
    {
        _ = PluginConfig.Read(request.Json);
        using var key = RequestedKey.Read(request.Json);
        return new(NotationJson.Line(new DescribeKeyResponse(key.Id, key.Key.Spec.ToString())));
    }
}
