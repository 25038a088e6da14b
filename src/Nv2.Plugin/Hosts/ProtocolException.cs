using System.Text.Json;

namespace Nv2.Plugin.Hosts;

/// <summary>A request that fails with a code of its own.</summary>
internal class ProtocolException(string errorCode, string message, params (string Name, string Value)[] metadata) : Exception(message)
{
    public string ErrorCode { get; } = errorCode;

    public IReadOnlyList<(string Name, string Value)> Metadata { get; } = metadata;

    /// <summary>Writes a response that is given although the request failed, or <see langword="null"/>: there is none but the error.</summary>
    public virtual Action<Utf8JsonWriter>? Response => null;
}
