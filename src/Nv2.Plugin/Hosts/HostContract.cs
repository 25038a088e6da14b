using System.Text.Json;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Hosts;

/// <summary>What a host program and this one agree on: commands, each one JSON object in and one out, and a property of the request that says which contract it speaks.</summary>
/// <param name="Name">The name of the contract: <c>nv2</c>.</param>
/// <param name="VersionProperty">The property of a request that carries the version: <c>protocolVersion</c>.</param>
/// <param name="Version">The one version that is spoken.</param>
/// <param name="Commands">The commands.</param>
internal sealed record HostContract(string Name, string VersionProperty, string Version, IReadOnlyList<HostCommand> Commands);

/// <summary>A command of a contract.</summary>
/// <param name="Name">Its name, the only argument of the call.</param>
/// <param name="Run">Reads the request and writes the response.</param>
/// <param name="NeedsVersion"><see langword="false"/> for a command by which a host finds out what is spoken.</param>
internal sealed record HostCommand(string Name, Action<JsonNode, Utf8JsonWriter> Run, bool NeedsVersion = true);
