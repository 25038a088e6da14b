using Nv2.Plugin.Files;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Policy;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>Where the user's trust home is: the folder that is named, else what the environment says.</summary>
internal static class TrustHomeLocation
{
    /// <summary>Why there is no trust home, where nothing says where it is.</summary>
    public const string Nowhere =
        "nothing says where the trust policy is: expected --trust-home, or one of the environment variables NV2_HOME, XDG_CONFIG_HOME and HOME";

    /// <summary>The folder that is named, else <c>$NV2_HOME</c>, else <c>nv2</c> in <c>$XDG_CONFIG_HOME</c> or in <c>~/.config</c>.</summary>
    /// <returns><see langword="null"/> where none of them says where.</returns>
    public static TrustHome? Find(string? folder) => (folder ?? HomeFolders.FindOwn()) is { } place ? new TrustHome(place) : null;

    /// <summary>Trusts as the policy in the trust home says for a name.</summary>
    /// <inheritdoc cref="Trust.ByPolicy"/>
    public static Trust ByPolicy(string? folder, Reference? reference, TimeProvider clock) =>
        Find(folder) is { } home ? Trust.ByPolicy(home, reference, clock) : Trust.InNobody(Nowhere);

    /// <summary>Trusts as the policy in the trust home says for a blob.</summary>
    /// <inheritdoc cref="Trust.ByPolicyForBlob"/>
    public static Trust ByPolicyForBlob(string? folder, string? scope, TimeProvider clock) =>
        Find(folder) is { } home ? Trust.ByPolicyForBlob(home, scope, clock) : Trust.InNobody(Nowhere);
}
