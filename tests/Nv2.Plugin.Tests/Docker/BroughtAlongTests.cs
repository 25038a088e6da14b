using Nv2.Plugin.Docker;
using Nv2.Signing;

namespace Nv2.Plugin.Tests.Docker;

/// <summary>What comes along with a verified image was verified too, or does not come.</summary>
public sealed class BroughtAlongTests
{
    private const string Image = "registry.example.com/team/app:v1";
    private static readonly string[] Namespaces = ["--network", "--net", "--pid", "--ipc", "--uts", "--userns", "--cgroupns"];

    public static TheoryData<string> Refused()
    {
        var options = new TheoryData<string>(
            "--use-api-socket",
            "--use-api-socket=true",
            "--use-api-socket=yes",
            "--net-of-tomorrow=container:x",
            "--mount-of-tomorrow=type=image,src=x"
        );
        Both("--volumes-from", "other", "other:ro");
        Both("--link", "other", "other:alias");
        Both(
            "--mount",
            "type=image,src=x,dst=/x",
            "src=x,TYPE=image,dst=/x",
            "\"type=image\",src=x",
            "type=bind,type=image,src=x",
            "type=new,src=x",
            "type,src=x",
            "type=,src=x"
        );
        foreach (var name in Namespaces)
            Both(name, "container:other", "container:0123", "name=container:other,alias=x", "\"name=container:other\"");
        return options;

        void Both(string name, params string[] values)
        {
            foreach (var value in values)
            {
                options.Add($"{name} {value}");
                options.Add($"{name}={value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Another_image_or_container_is_refused(string option)
    {
        foreach (var before in new string[][] { [], ["-it"], ["--rm", "-p80:80"] })
        {
            var message = Assert
                .Throws<InvalidInputException>(() => DockerInvocation.Parse([], DockerInvocation.Run, [.. before, .. option.Split(' '), Image]))
                .Message;

            Assert.Matches("not verified|unverified", message);
        }
    }

    [Theory]
    [InlineData("--pid host")]
    [InlineData("--network=host")]
    [InlineData("--network my-network")]
    [InlineData("--ipc shareable")]
    [InlineData("--userns=host")]
    [InlineData("--use-api-socket=false")]
    [InlineData("--mount src=data,dst=/x")]
    [InlineData("--device /dev/fuse")]
    [InlineData("--runtime runsc")]
    [InlineData("--env-file env")]
    [InlineData("--pull always")]
    [InlineData("--platform linux/arm64")]
    [InlineData("-v data:/x")]
    public void What_is_the_machines_own_is_for_the_user_to_choose(string option) =>
        Assert.Equal(option.Split(' '), DockerInvocation.Parse([], DockerInvocation.Run, [.. option.Split(' '), Image]).Options);

    [Theory]
    [InlineData("--all-tags=true")]
    [InlineData("--all-tags=1")]
    public void All_tags_are_not_one_name(string option) =>
        Assert.Throws<InvalidInputException>(() => DockerInvocation.Parse([], DockerInvocation.Pull, [option, Image]));

    [Fact]
    public void The_documentation_has_every_option()
    {
        var documented = File.ReadAllText(Path.Combine(Repository.Root, "docs", "docker.md"));

        Assert.All(DockerOptions.Run.Names, name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
    }
}
