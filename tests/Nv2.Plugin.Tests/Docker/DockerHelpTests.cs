namespace Nv2.Plugin.Tests.Docker;

/// <summary>What the plug-in says of itself as <c>docker nv2</c>.</summary>
public sealed class DockerHelpTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DockerHelpTests() => File.CreateSymbolicLink(folder["docker-nv2"], Nv2Binary.Path);

    [Fact]
    public void Help_lists_the_commands_of_the_plug_in_and_calls_it_as_docker_does()
    {
        var help = Run("--help").RequireSuccess().Stdout;
        var commands = help.Split("\nCommands:\n")[1]
            .Split("\n\n")[0]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Trim().Split(' ')[0])
            .ToList();

        Assert.Contains("Usage:\n  docker nv2 [command] [options]\n", help, StringComparison.Ordinal);
        Assert.Equal(["pull", "run", "sign"], commands[..3]);
        Assert.Contains("docker pull registry.example.com/app@$(docker nv2 verify -c ", help, StringComparison.Ordinal);
        Assert.DoesNotContain("docker-nv2", help, StringComparison.Ordinal);
        Assert.Equal(help, Run("help").RequireSuccess().Stdout);
        Assert.Contains("Usage:\n  docker nv2 trust add ", Run("trust", "add", "--help").RequireSuccess().Stdout, StringComparison.Ordinal);
        Assert.StartsWith("Usage:  docker nv2 run ", Run("help", "run").RequireSuccess().Stdout, StringComparison.Ordinal);
        Assert.Equal(Nv2Binary.Run("--version").Stdout, Run("version").RequireSuccess().Stdout);
    }

    [Fact]
    public void Everything_else_calls_itself_nv2()
    {
        Assert.Contains("Usage:\n  nv2 [command] [options]\n", Nv2Binary.Run("--help").RequireSuccess().Stdout, StringComparison.Ordinal);
        File.CreateSymbolicLink(folder["nv2-1.0"], Nv2Binary.Path);
        Assert.Contains(
            "Usage:\n  nv2 [command] [options]\n",
            Tool.Run(folder["nv2-1.0"], ["--help"]).RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(2, "\"pul\" is not a command of docker nv2; did you mean pull? (see: docker nv2 --help)", "pul", "app")]
    [InlineData(2, "\"rnu\" is not a command of docker nv2; did you mean run? (see: docker nv2 --help)", "rnu", "app")]
    [InlineData(2, "\"--oops\" is not an option of docker nv2 sign: ", "sign", "--oops")]
    [InlineData(1, "\"--all-tags\" pulls all images of a repository, and only one name is verified: ", "pull", "--all-tags", "app")]
    [InlineData(1, "\"--all-tags=true\" pulls all images of a repository, ", "pull", "--all-tags=true", "app")]
    [InlineData(1, "\"-a\" pulls all images of a repository, ", "pull", "-a", "app")]
    [InlineData(1, "\"-qa\" pulls all images of a repository, ", "pull", "-qa", "app")]
    [InlineData(1, "; did you mean --quiet?", "pull", "--quite", "app")]
    [InlineData(1, "; did you mean --detach?", "run", "--detatch", "app")]
    [InlineData(1, "expected an option that 'docker pull --help' lists", "pull", "--everything", "app")]
    public void What_is_wrong_is_named_with_what_to_do(int exitCode, string expected, params string[] arguments)
    {
        var result = Run(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(expected, result.Stderr, StringComparison.Ordinal);
        BadInput.AssertOneLine(expected, result.Stderr);
    }

    [Fact]
    public void All_tags_that_are_declined_are_no_tags()
    {
        var result = Run("pull", "--all-tags=false", "--trust-home", folder.Path, "registry.example.com/app:v1");

        Assert.DoesNotContain("all images", result.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private ProcessResult Run(params string[] arguments) => Tool.Run(folder["docker-nv2"], ["nv2", .. arguments]);
}
