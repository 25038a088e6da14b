using Nv2.Plugin.Docker;
using Nv2.Signing;

namespace Nv2.Plugin.Tests.Docker;

/// <summary>How many arguments an option of docker takes, itself included.</summary>
public sealed class DockerOptionsTests
{
    [Theory]
    [InlineData("--detach", 1)]
    [InlineData("--detach=false", 1)]
    [InlineData("--env", 2)]
    [InlineData("--env=A=b", 1)]
    [InlineData("--not-known=x", 1)]
    [InlineData("-d", 1)]
    [InlineData("-e", 2)]
    [InlineData("-eA=b", 1)]
    [InlineData("-e=A", 1)]
    [InlineData("-dit", 1)]
    [InlineData("-dite", 2)]
    [InlineData("-diteA=b", 1)]
    [InlineData("image", 0)]
    [InlineData("", 0)]
    [InlineData("-", 0)]
    public void An_option_of_run_is_as_long_as_docker_takes_it(string argument, int length) =>
        Assert.Equal(length, DockerOptions.Run.Length([argument, "next"], 0));

    [Theory]
    [InlineData("--detach-key")]
    [InlineData("--Env")]
    [InlineData("-x")]
    [InlineData("-dx")]
    [InlineData("--")]
    public void An_option_that_is_not_known_has_no_length(string argument) =>
        Assert.Throws<InvalidInputException>(() => DockerOptions.Run.Length([argument, "next"], 0));

    [Theory]
    [InlineData("--context", 2)]
    [InlineData("--context=x", 1)]
    [InlineData("-c", 2)]
    [InlineData("-D", 1)]
    [InlineData("-Hunix:///x", 1)]
    [InlineData("--tlsverify", 1)]
    [InlineData("nv2", 0)]
    public void An_option_of_docker_itself_is_as_long_as_docker_takes_it(string argument, int length) =>
        Assert.Equal(length, DockerOptions.Global.Length([argument, "next"], 0));

    [Fact]
    public void The_position_is_that_of_the_option() => Assert.Equal(2, DockerOptions.Pull.Length(["-q", "--platform", "linux/arm64", "image"], 1));
}
