namespace Nv2.Plugin;

/// <summary>
/// What the program says of itself. The build adds <c>Version</c> and <c>Url</c>, as Directory.Build.props has them; <c>DotNetVersion</c>, the .NET
/// runtime that is linked in; <c>OpenSslLinkage</c>, <c>static</c> or <c>system</c>; and <c>OpenSslPackage</c>, the distribution's package of the
/// OpenSSL library that the build linked with, empty where scripts/publish.sh did not name it.
/// </summary>
internal static partial class PluginInformation
{
    public const string Name = "nv2";
    public const string Description = "Signs and verifies OCI artifacts with X.509 certificates, offline";
    public const string Agent = Name + "/" + Version;
}
