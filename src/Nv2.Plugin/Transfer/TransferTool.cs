using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Transfer;

/// <summary>A program that moves artifacts to and from registries.</summary>
/// <param name="Name">The name of the program, by which it is chosen too.</param>
/// <param name="Source">Where a user gets it.</param>
/// <param name="CarriesSignatures">Whether it can fetch and push signatures. One that cannot is used only where it is asked for by name.</param>
/// <param name="Open">The repository of a reference, through this program.</param>
internal sealed record TransferTool(string Name, string Source, bool CarriesSignatures, Func<ToolRunner, Reference, TransferSettings, IRegistryStore> Open);
