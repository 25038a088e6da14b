using Nv2.Plugin.Tests.Transfer;

namespace Nv2.Plugin.Tests.Docker;

/// <summary>
/// What the plug-in gives to docker, with programs that stand in for docker and oras: the registry says which digest a tag has, and docker gets that
/// digest.
/// </summary>
public sealed class DockerCallTests : IDisposable
{
    private const string Repository = "registry.example.com/team/app";
    private const string Skip =
        $$$"""{"version":"1.0","trustPolicies":[{"name":"app","registryScopes":["{{{Repository}}}"],"signatureVerification":{"level":"skip"}}]}""";

    private static readonly string Digest = $"sha256:{new string('a', 64)}";

    private readonly ToolFolder programs = new();
    private readonly TemporaryFolder files = new();

    public DockerCallTests()
    {
        File.CreateSymbolicLink(Path.Combine(programs.Path, "docker-nv2"), Nv2Binary.Path);
        files.Write("trustpolicy.json", Skip);
        programs.Write("docker", $"echo \"$*\" >> '{files["asked"]}'");
        programs.Write(
            "oras",
            $$"""
            test "$*" = 'manifest fetch --descriptor {{Repository}}:v1' || exit 64
            echo '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{Digest}}","size":2}'
            """
        );
    }

    [Theory]
    [InlineData("run", "run --rm REPOSITORY@DIGEST sh")]
    [InlineData("pull", "pull -q REPOSITORY@DIGEST|tag REPOSITORY@DIGEST REPOSITORY:v1")]
    public void Docker_gets_the_digest_that_the_registry_has_for_the_tag(string command, string asked)
    {
        string[] arguments = command == "run" ? ["--rm", $"{Repository}:v1", "sh"] : ["-q", $"{Repository}:v1"];

        Run(["nv2", command, "--trust-home", files.Path, "--transfer=oras", .. arguments]).RequireSuccess();

        Assert.Equal(
            asked.Replace("REPOSITORY", Repository, StringComparison.Ordinal).Replace("DIGEST", Digest, StringComparison.Ordinal).Split('|'),
            File.ReadAllLines(files["asked"])
        );
    }

    [Fact]
    public void Docker_is_not_asked_where_the_registry_has_no_such_image()
    {
        var result = Run(["nv2", "run", "--trust-home", files.Path, "--transfer", "oras", $"{Repository}:absent"]);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("nv2: oras manifest fetch ", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(files["asked"]));
    }

    [Fact]
    public void Other_commands_are_those_of_nv2_without_docker_s_own_options()
    {
        var result = Run(["--context", "default", "nv2", "trust", "list", "--trust-home", files.Path]);

        Assert.Equal("", result.RequireSuccess().Stdout);
        Assert.StartsWith("nv2: note: there is no trust store in ", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(files["asked"]));
    }

    public void Dispose()
    {
        programs.Dispose();
        files.Dispose();
    }

    private ProcessResult Run(string[] arguments) =>
        Tool.Run(
            Path.Combine(programs.Path, "docker-nv2"),
            arguments,
            environment: new Dictionary<string, string?> { ["PATH"] = $"{programs.Path}:/usr/bin:/bin" }
        );
}
