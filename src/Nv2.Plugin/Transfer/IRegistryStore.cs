using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Transfer;

/// <summary>A repository of a registry, reached through an external transfer tool: nv2 itself opens no connection.</summary>
internal interface IRegistryStore : IArtifactStore
{
    /// <summary>The tool's name, as it is chosen by.</summary>
    string ToolName { get; }

    /// <summary>What the reference stands for. A tag is looked up once: whatever becomes of it later, this store goes on with the same artifact.</summary>
    /// <exception cref="InvalidInputException">There is no such artifact, or the tool failed.</exception>
    Descriptor Resolve();
}
