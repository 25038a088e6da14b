using Nv2.Plugin.Hosts;
using Nv2.Plugin.Notation;
using Nv2.Plugin.Protocol;

namespace Nv2.Plugin;

/// <summary>The contracts that are spoken with host programs. A new one is added here and nowhere else.</summary>
internal static class HostContracts
{
    public static readonly HostContract[] All = [ExecProtocol.Contract, NotationContract.Contract];
}
