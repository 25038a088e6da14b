using Nv2.Plugin.Contracts.Notation;
using Nv2.Plugin.Contracts.Nv2;

namespace Nv2.Plugin.Contracts;

/// <summary>The contracts that are spoken with host programs. A new one is added here and nowhere else.</summary>
internal static class HostContracts
{
    public static readonly HostContract[] All = [ExecProtocol.Contract, NotationContract.Contract];
}
