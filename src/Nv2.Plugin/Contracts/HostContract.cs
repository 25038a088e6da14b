using Nv2.Signing.Json;

namespace Nv2.Plugin.Contracts;

/// <summary>
/// What a host program and this one agree on: commands, each one JSON object in and one out, and a property of the request that says which contract
/// it speaks.
/// </summary>
/// <param name="Name">The name of the contract: <c>nv2</c>.</param>
/// <param name="VersionProperty">The property of a request that carries the version: <c>protocolVersion</c>.</param>
/// <param name="Version">The one version that is supported.</param>
/// <param name="Commands">The commands.</param>
internal sealed record HostContract(string Name, string VersionProperty, string Version, IReadOnlyList<HostCommand> Commands);

/// <summary>A command of a contract.</summary>
/// <param name="Name">Its name, the only argument of the call.</param>
/// <param name="Run">Answers a request.</param>
/// <param name="NeedsVersion"><see langword="false"/> for a command by which a host finds out which versions are supported.</param>
internal sealed record HostCommand(string Name, Func<HostRequest, HostAnswer> Run, bool NeedsVersion = true);

/// <summary>A request to carry out.</summary>
/// <param name="Json">What the host sent.</param>
/// <param name="Clock">Tells the present moment.</param>
/// <param name="Contract">The contract that the request speaks.</param>
/// <param name="Contracts">All contracts that are supported.</param>
internal sealed record HostRequest(JsonNode Json, TimeProvider Clock, HostContract Contract, IReadOnlyList<HostContract> Contracts);

/// <summary>The answer to a request.</summary>
/// <param name="Response">The response: a line of JSON.</param>
/// <param name="Error">Why the call fails although it has a response, or <see langword="null"/>.</param>
internal sealed record HostAnswer(ReadOnlyMemory<byte> Response, ErrorObject? Error = null)
{
    /// <summary>What a person must know although the call succeeds, or <see langword="null"/>: a line on standard error.</summary>
    public string? Warning { get; init; }
}
