namespace Nv2.Plugin;

/// <summary>
/// The metadata of the program. The build adds <c>Version</c> and <c>Url</c> from Directory.Build.props; and <c>DotNetVersion</c>, the
/// linked .NET runtime.
/// </summary>
internal static partial class PluginInformation
{
    public const string Name = "nv2";
    public const string Description = "Signs and verifies OCI artifacts with X.509 certificates, offline";
    public const string Agent = Name + "/" + Version;
}
