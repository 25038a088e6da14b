namespace Nv2.EndToEnd.Tests;

/// <summary>
/// The real docker client and a real daemon behind it: podman, which answers docker's API. The daemon has the digest that was verified, or it has
/// nothing. A container is created but not always started: that needs rights that a machine for tests may lack.
/// </summary>
public sealed class DockerDaemonTests
{
    private const string Tag = $"{DockerMachine.Image}:v1";

    [Fact]
    public void An_image_that_is_verified_is_pulled_by_its_digest_and_gets_its_tag()
    {
        using var machine = new DockerMachine(withDaemon: true);
        machine.Sign();
        machine.Trust();

        machine.Succeed(machine.Docker("nv2", "pull", Tag));

        Assert.Equal(
            $"[{Tag}] [{DockerMachine.Image}@{machine.Digest}]\n",
            machine.Succeed(machine.Docker("image", "inspect", "--format", "{{.RepoTags}} {{.RepoDigests}}", Tag)).Stdout
        );
    }

    [Fact]
    public void A_container_is_made_of_the_digest_that_was_verified()
    {
        using var machine = new DockerMachine(withDaemon: true);
        machine.Sign();
        machine.Trust();

        var run = machine.Docker("nv2", "run", "--detach", "--name", "monitor", Tag);

        // What docker itself says when the container does not start is its own; the image is there, and the container made of it.
        Assert.True(run.ExitCode is 0 or >= 125, run.Stderr);
        Assert.Equal(
            $"{DockerMachine.Image}@{machine.Digest}\n",
            machine.Succeed(machine.Docker("container", "inspect", "--format", "{{.Config.Image}}", "monitor")).Stdout
        );
    }

    [Theory]
    [InlineData("pull")]
    [InlineData("run", "--detach")]
    public void Of_an_image_that_is_not_verified_the_daemon_has_nothing(string command, params string[] options)
    {
        using var machine = new DockerMachine(withDaemon: true);
        machine.Trust();

        var refused = machine.Docker(["nv2", command, .. options, Tag]);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("it has no signature", refused.Stderr, StringComparison.Ordinal);
        Assert.Empty(machine.Succeed(machine.Docker("image", "ls", "--quiet")).Stdout);
        Assert.Empty(machine.Succeed(machine.Docker("container", "ls", "--all", "--quiet")).Stdout);
    }

    [Fact]
    public void A_tag_that_moved_since_it_was_signed_is_not_pulled()
    {
        using var machine = new DockerMachine(withDaemon: true);
        machine.Sign();
        machine.Trust();
        machine.MoveTag();

        var refused = machine.Docker("nv2", "pull", Tag);

        Assert.Equal(1, refused.ExitCode);
        Assert.Empty(machine.Succeed(machine.Docker("image", "ls", "--quiet")).Stdout);
    }
}
