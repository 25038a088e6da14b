using Nv2.Plugin.Files;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Policy;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>The location of the user's trust home: a given folder, otherwise from the environment.</summary>
internal static class TrustHomeLocation
{
    /// <summary>Why there is no trust home, if its location is unknown.</summary>
    public const string Nowhere =
        "the trust home is unknown: expected --trust-home, or one of the environment variables NV2_HOME, XDG_CONFIG_HOME and HOME";

    /// <summary>The given folder, else <c>$NV2_HOME</c>, else <c>nv2</c> in <c>$XDG_CONFIG_HOME</c> or in <c>~/.config</c>.</summary>
    /// <returns><see langword="null"/> if none of them is set.</returns>
    public static TrustHome? Find(string? folder) => (folder ?? HomeFolders.FindOwn()) is { } place ? new TrustHome(place) : null;

    /// <summary>The trust by the policy in the trust home, for a name.</summary>
    /// <inheritdoc cref="Trust.ByPolicy"/>
    public static Trust ByPolicy(string? folder, Reference? reference, TimeProvider clock) =>
        Find(folder) is { } home ? Trust.ByPolicy(home, reference, clock) : Trust.InNobody(Nowhere);

    /// <summary>The trust by the policy in the trust home, for a blob.</summary>
    /// <inheritdoc cref="Trust.ByPolicyForBlob"/>
    public static Trust ByPolicyForBlob(string? folder, string? scope, TimeProvider clock) =>
        Find(folder) is { } home ? Trust.ByPolicyForBlob(home, scope, clock) : Trust.InNobody(Nowhere);
}
