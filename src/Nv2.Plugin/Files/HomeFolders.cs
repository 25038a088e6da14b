using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Files;

/// <summary>Where the user's own settings are, as the environment says; an empty variable is the same as none (XDG Base Directory
/// Specification).</summary>
internal static class HomeFolders
{
    private const string Variable = "NV2_HOME";
    private const string ConfigVariable = "XDG_CONFIG_HOME";
    private const string HomeVariable = "HOME";

    /// <summary>The folder of this program: <c>$NV2_HOME</c>, else <c>nv2</c> in the settings folder; <see langword="null"/> if neither is
    /// set.</summary>
    public static string? FindOwn() => Read(Variable) ?? (FindConfig() is { } config ? Path.Combine(config, "nv2") : null);

    /// <summary>The settings folder: <c>$XDG_CONFIG_HOME</c>, else <c>~/.config</c>; <see langword="null"/> if neither is set.</summary>
    public static string? FindConfig() => Read(ConfigVariable) ?? (Read(HomeVariable) is { } home ? Path.Combine(home, ".config") : null);

    private static string? Read(string name) => OpenSslEnvironment.Before.Find(name) is { Length: > 0 } value ? value : null;
}
