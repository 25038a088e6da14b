using Nv2.Testing;

namespace Nv2.Signing.Tests;

/// <summary>What the library asks of the system says which systems have it (docs/building.md, "Other systems").</summary>
public sealed class SystemTests
{
    [Fact]
    public void Every_call_to_a_library_of_the_system_says_which_systems_have_it()
    {
        var assembly = typeof(InvalidInputException).Assembly;

        Assert.Contains("FileStatus.statx", NativeCalls.Of(assembly));
        Assert.Empty(NativeCalls.WithoutSystem(assembly));
    }
}
