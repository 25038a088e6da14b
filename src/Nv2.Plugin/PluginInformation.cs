using System.Reflection;

namespace Nv2.Plugin;

/// <summary>What the program says of itself.</summary>
internal static class PluginInformation
{
    public const string Name = "nv2";
    public const string Description = "Signs and verifies OCI artifacts with X.509 certificates, offline";
    public const string Url = "https://github.com/notaryproject/nv2";

    /// <summary>The version, as Directory.Build.props has it.</summary>
    public static string Version { get; } =
        typeof(PluginInformation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? throw new InvalidOperationException("the build gave this program no version");
}
