using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The plug-in of docker, run by the real client: what docker is asked to run is the digest that was verified, or it is not asked.</summary>
public sealed class DockerPluginTests
{
    [Fact]
    public void The_client_lists_the_plugin_and_runs_its_commands()
    {
        using var machine = new DockerMachine();

        Assert.Matches(@"(?m)^  nv2\*? +\S", machine.Docker("--help").RequireSuccess().Stdout);
        Assert.Contains("nv2 trust", machine.Docker("nv2", "trust", "--help").RequireSuccess().Stdout, StringComparison.Ordinal);
        Assert.Contains("docker nv2 run [OPTIONS] IMAGE", machine.Docker("nv2", "run", "--help").RequireSuccess().Stdout, StringComparison.Ordinal);
        machine.Sign();
        machine.Trust();

        Assert.Equal($"{machine.Digest}\n", machine.Succeed(machine.Docker("nv2", "verify", $"{DockerMachine.Image}:v1")).Stdout);
        Assert.Contains(
            "CN=registry.wabbit-networks.io",
            machine.Docker("nv2", "list", $"{DockerMachine.Image}:v1").RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
        Assert.Contains(
            machine.Digest,
            machine.Docker("nv2", "inspect", $"{DockerMachine.Image}:v1").RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
        Assert.Equal(2, machine.Docker("nv2", "verify", "--unknown").ExitCode);
        Assert.Empty(machine.Asked);
    }

    [Fact]
    public void The_metadata_is_what_the_client_asks_for()
    {
        var metadata = System.Text.Json.Nodes.JsonNode.Parse(Nv2Binary.Run("docker-cli-plugin-metadata").RequireSuccess().Stdout)!;

        Assert.Equal("0.1.0", metadata["SchemaVersion"]!.GetValue<string>());
        Assert.Equal(Nv2Binary.Run("--version").RequireSuccess().Stdout.Trim(), metadata["Version"]!.GetValue<string>());
        Assert.NotEmpty(metadata["Vendor"]!.GetValue<string>());
        Assert.NotEmpty(metadata["ShortDescription"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("run IMAGE:v1", "run IMAGE@DIGEST")]
    [InlineData(
        "run --rm -it -p 8080:80 -eA=b --name net IMAGE:v1 sh -c exit --rm",
        "run --rm -it -p 8080:80 -eA=b --name net IMAGE@DIGEST sh -c exit --rm"
    )]
    [InlineData(
        "run -dp 80:80 --label=a=b --newest-option=IMAGE:v2 -- IMAGE:v1 x",
        "run -dp 80:80 --label=a=b --newest-option=IMAGE:v2 IMAGE@DIGEST x"
    )]
    [InlineData("run --timeout 30s --transfer=skopeo IMAGE@DIGEST", "run IMAGE@DIGEST")]
    [InlineData("pull -q --platform linux/amd64 IMAGE:v1", "pull -q --platform linux/amd64 IMAGE@DIGEST|tag IMAGE@DIGEST IMAGE:v1")]
    [InlineData("pull IMAGE@DIGEST", "pull IMAGE@DIGEST")]
    public void Docker_is_asked_for_the_digest_that_was_verified(string typed, string asked)
    {
        using var machine = new DockerMachine();
        machine.Sign();
        machine.Trust();

        machine.Succeed(machine.Docker(["nv2", .. Fill(machine, typed).Split(' ')]));

        Assert.Equal(Fill(machine, asked).Split('|'), machine.Asked);
    }

    [Fact]
    public void Options_of_docker_itself_are_handed_on()
    {
        using var machine = new DockerMachine();
        machine.Sign();
        machine.Trust();

        machine.Succeed(machine.Docker("--context", "default", "nv2", "run", $"{DockerMachine.Image}:v1"));

        Assert.Equal([$"--context default run {DockerMachine.Image}@{machine.Digest}"], machine.Asked);
    }

    [Fact]
    public void The_exit_code_is_that_of_docker()
    {
        using var machine = new DockerMachine();
        machine.Sign();
        machine.Trust();

        Assert.Equal(42, machine.DockerThatEnds("42", "nv2", "run", $"{DockerMachine.Image}:v1").ExitCode);
        Assert.Equal(7, machine.DockerThatEnds("7", "nv2", "pull", $"{DockerMachine.Image}:v1").ExitCode);
        Assert.Equal(2, machine.Asked.Count); // Nothing is tagged that was not pulled.
    }

    [Fact]
    public void Docker_is_not_asked_for_what_is_not_verified()
    {
        using var machine = new DockerMachine();
        machine.Trust();

        AssertRefused("it has no signature", "run", $"{DockerMachine.Image}:v1");
        AssertRefused("skopeo", "run", $"{DockerMachine.Image}:absent");
        machine.Sign();
        machine.Docker("nv2", "trust", "remove", "wabbit-networks").RequireSuccess();
        AssertRefused("ca:wabbit-networks does not exist", "pull", $"{DockerMachine.Image}:v1");
        Assert.Empty(machine.Asked);

        void AssertRefused(string reason, params string[] arguments)
        {
            var result = machine.Docker(["nv2", .. arguments]);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(reason, result.Stderr, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run --rm")]
    [InlineData("run --newest-option IMAGE:v1 IMAGE:v2")]
    [InlineData("run -Z IMAGE:v1")]
    [InlineData("run --name IMAGE:v1")]
    [InlineData("run IMAGE:v1@sha256:1")]
    [InlineData("run 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("pull -a IMAGE")]
    [InlineData("pull --all-tags IMAGE")]
    [InlineData("pull IMAGE:v1 IMAGE:v2")]
    [InlineData("run --trust-home")]
    [InlineData("run --mount type=image,source=IMAGE:v2,target=/x IMAGE:v1")]
    [InlineData("run --mount=source=IMAGE:v2,Type=Image,target=/x IMAGE:v1")]
    [InlineData("run -it=false IMAGE:v1")]
    public void What_could_be_misunderstood_is_refused(string typed)
    {
        using var machine = new DockerMachine();
        machine.Sign();
        machine.Trust();

        var result = machine.Docker(["nv2", .. Fill(machine, typed).Split(' ')]);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("nv2: ", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(machine.Asked);
    }

    [Theory]
    [InlineData("run", 80)]
    [InlineData("pull", 2)]
    public void Every_option_of_the_real_client_takes_a_value_here_exactly_if_it_does_there(string command, int atLeast)
    {
        var help = Tool.Run("docker", [command, "--help"]).RequireSuccess().Stdout;
        var options = Regex
            .Matches(help, @"^ +(?:(-\w), )?(--[\w-]+)( [\w]+)?(?: {2,}|$)", RegexOptions.Multiline)
            .Select(match => (Short: match.Groups[1].Value, Long: match.Groups[2].Value, HasValue: match.Groups[3].Success))
            .ToList();
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["docker-nv2"], Nv2Binary.Path);

        Assert.True(options.Count >= atLeast, help);
        foreach (var option in options.Where(option => option.Long is not ("--help" or "--all-tags")))
        {
            foreach (var name in new[] { option.Short, option.Long }.Where(name => name.Length > 0))
            {
                // Where it takes a value, the image is that value, and there is no image.
                var result = Tool.Run(folder["docker-nv2"], ["nv2", command, "--transfer", "no such program", name, DockerMachine.Image]);
                Assert.NotEqual(0, result.ExitCode);
                Assert.Contains(option.HasValue ? "no image is given" : "no such program", result.Stderr, StringComparison.Ordinal);
            }
        }
    }

    private static string Fill(DockerMachine machine, string text) =>
        text.Replace("IMAGE", DockerMachine.Image, StringComparison.Ordinal).Replace("DIGEST", machine.Digest, StringComparison.Ordinal);
}
