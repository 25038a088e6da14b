namespace Nv2.Plugin.Protocol;

/// <summary>A request that is refused with a code of its own.</summary>
internal sealed class ProtocolException(string errorCode, string message, params (string Name, string Value)[] metadata) : Exception(message)
{
    public string ErrorCode { get; } = errorCode;

    public IReadOnlyList<(string Name, string Value)> Metadata { get; } = metadata;
}
