namespace Nv2.Plugin.Tests;

/// <summary>What the executable asks of the system says which systems have it (docs/building.md, "Other systems").</summary>
public sealed class SystemTests
{
    [Fact]
    public void Every_call_to_a_library_of_the_system_says_which_systems_have_it()
    {
        var assembly = typeof(Nv2.Plugin.PluginInformation).Assembly;

        Assert.Contains("SecretPrompt.tcgetattr", NativeCalls.Of(assembly));
        Assert.Empty(NativeCalls.WithoutSystem(assembly));
    }
}
