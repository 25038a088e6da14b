using Nv2.Plugin.Hosts;
using Nv2.Signing;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.Notation;

/// <summary>
/// Whether a signature is to be verified with this plug-in: by <c>requirePlugin</c> in <c>pluginConfig</c>. Such an envelope names the plug-in in signed attributes that are
/// critical (signature-specification.md, "Extended attributes"), so that notation refuses it where the plug-in is not installed.
/// </summary>
internal static class PluginRequirement
{
    public const string Setting = "requirePlugin";

    /// <summary>The attributes to sign, none where the plug-in is not required.</summary>
    /// <exception cref="InvalidInputException">The setting is neither true nor false.</exception>
    public static IReadOnlyList<ExtendedClaim> Read(PluginConfig config) => IsSet(config)
        ?
        [
            new(ExtendedClaim.VerificationPlugin, PluginInformation.Name, IsCritical: true),
            new(ExtendedClaim.VerificationPluginMinVersion, PluginInformation.Version, IsCritical: true),
        ]
        : [];

    /// <summary>Refuses the setting where notation makes the envelope: it could not be honoured, and nobody would notice.</summary>
    /// <exception cref="InvalidInputException">It is set.</exception>
    public static void RequireAbsent(PluginConfig config)
    {
        if (IsSet(config))
            throw config[Setting]!.Value.Invalid($"is true, which needs an envelope made here: set {SigningMode.Setting} to envelope as well"); // Set, and so there.
    }

    private static bool IsSet(PluginConfig config) => config[Setting] is { } setting && setting.Text() switch
    {
        "true" => true,
        "false" => false,
        var text => throw setting.Invalid($"is {Quoted.Text(text)}: expected true or false"),
    };
}
