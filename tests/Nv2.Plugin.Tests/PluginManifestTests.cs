using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>plugin-manifest.json at the root of the repository.</summary>
public sealed class PluginManifestTests
{
    private static readonly string Manifest = File.ReadAllText(Path.Combine(Repository.Root, "plugin-manifest.json"));

    [Fact]
    public void The_plugin_manifest_says_the_same_as_describe()
    {
        var described = JsonNode.Parse(Nv2Binary.Request("describe", """{"protocolVersion":"1.0"}""").RequireSuccess().Stdout)!.AsObject();
        Assert.True(described.Remove("build"), "what a binary was made with differs from build to build of one version");

        // Without white space both are the same text: same order, same writing, nothing more.
        Assert.Equal(described.ToJsonString(Relaxed), JsonNode.Parse(Manifest)!.ToJsonString(Relaxed));
    }

    [Fact]
    public void The_version_is_the_one_in_Directory_Build_props()
    {
        var properties = System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        var version = properties.Descendants("Version").Single().Value;

        Assert.Equal($"{version}\n", Nv2Binary.Run("--version").RequireSuccess().Stdout);
        Assert.Equal(version, JsonNode.Parse(Manifest)!["version"]!.GetValue<string>());
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
