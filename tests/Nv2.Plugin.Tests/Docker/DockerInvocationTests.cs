using Nv2.Plugin.Docker;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Tests.Docker;

/// <summary>The arguments of <c>docker nv2 pull</c> and <c>run</c>: which one is the image, and what docker gets in its place.</summary>
public sealed class DockerInvocationTests
{
    private const string Repository = "registry.example.com/team/app";
    private const string Image = $"{Repository}:v1";
    private static readonly Digest Verified = Digest.Parse($"sha256:{new string('a', 64)}");

    [Theory]
    [InlineData("run IMAGE", "run VERIFIED")]
    [InlineData("pull IMAGE", "pull VERIFIED")]
    [InlineData("run --rm IMAGE", "run --rm VERIFIED")]
    [InlineData("run --name net IMAGE", "run --name net VERIFIED")]
    [InlineData("run --name=net IMAGE", "run --name=net VERIFIED")]
    [InlineData("run --rm=false IMAGE", "run --rm=false VERIFIED")]
    [InlineData("run --option-of-tomorrow=x IMAGE", "run --option-of-tomorrow=x VERIFIED")]
    [InlineData("run -d IMAGE", "run -d VERIFIED")]
    [InlineData("run -it IMAGE", "run -it VERIFIED")]
    [InlineData("run -p 80:80 IMAGE", "run -p 80:80 VERIFIED")]
    [InlineData("run -p80:80 IMAGE", "run -p80:80 VERIFIED")]
    [InlineData("run -itp 80:80 IMAGE", "run -itp 80:80 VERIFIED")]
    [InlineData("run -itp80:80 IMAGE", "run -itp80:80 VERIFIED")]
    [InlineData("pull -q --platform linux/arm64 IMAGE", "pull -q --platform linux/arm64 VERIFIED")]
    public void Docker_gets_its_options_as_they_are_and_the_digest_in_place_of_the_image(string typed, string expected) =>
        Assert.Equal(Words(expected), Parse(typed).ArgumentsFor(Verified));

    [Theory]
    [InlineData("registry.example.com/team/app:v1")]
    [InlineData("registry.example.com/team/app")]
    [InlineData("registry.example.com/team/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("registry.example.com/team/app:v1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void However_the_image_is_named_docker_gets_its_repository_and_the_digest(string image)
    {
        foreach (var command in new[] { DockerInvocation.Run, DockerInvocation.Pull })
        {
            var arguments = DockerInvocation.Parse([], command, [image]).ArgumentsFor(Verified);

            Assert.Equal([command, $"{Repository}@{Verified}"], arguments);
        }
    }

    [Fact]
    public void A_short_name_is_an_image_of_docker_hub() =>
        Assert.Equal(
            ["run", $"docker.io/library/alpine@{Verified}"],
            DockerInvocation.Parse([], DockerInvocation.Run, ["alpine"]).ArgumentsFor(Verified)
        );

    [Theory]
    [InlineData("run IMAGE sh -c exit", "sh -c exit")]
    [InlineData("run IMAGE --rm --trust-home x -- IMAGE", "--rm --trust-home x -- IMAGE")]
    [InlineData("run -- IMAGE --plain-http", "--plain-http")]
    [InlineData("run IMAGE --mount type=image,source=other", "--mount type=image,source=other")]
    public void What_follows_the_image_is_for_the_container(string typed, string rest)
    {
        var invocation = Parse(typed);

        Assert.Equal(Words(rest), invocation.Rest);
        Assert.Equal(["run", $"{Repository}@{Verified}", .. Words(rest)], invocation.ArgumentsFor(Verified));
        Assert.Null(invocation.TrustHome);
        Assert.False(invocation.PlainHttp);
    }

    [Fact]
    public void Two_dashes_end_the_options()
    {
        var invocation = Parse("run --rm -- IMAGE");

        Assert.Equal(["--rm"], invocation.Options);
        Assert.Equal(["run", "--rm", $"{Repository}@{Verified}"], invocation.ArgumentsFor(Verified));
        Assert.Throws<InvalidInputException>(() => Parse("run -- --rm IMAGE"));
    }

    [Theory]
    [InlineData("run --trust-home HOME --transfer skopeo --timeout 5s --plain-http IMAGE")]
    [InlineData("run --trust-home=HOME --transfer=skopeo --timeout=5s --plain-http IMAGE")]
    [InlineData("pull --plain-http --timeout=5s --transfer skopeo --trust-home=HOME IMAGE")]
    [InlineData("run --rm --trust-home HOME -it --transfer=skopeo --timeout 5s --plain-http IMAGE sh")]
    public void Own_options_are_taken_out_in_both_spellings(string typed)
    {
        var invocation = Parse(typed);

        Assert.Equal(("HOME", "skopeo", "5s", true), (invocation.TrustHome, invocation.Transfer, invocation.Timeout, invocation.PlainHttp));
        Assert.DoesNotContain(
            invocation.ArgumentsFor(Verified),
            argument => argument is "HOME" or "skopeo" or "5s" || argument.StartsWith("--t", StringComparison.Ordinal) || argument == "--plain-http"
        );
    }

    [Fact]
    public void Own_options_that_are_not_given_have_no_value()
    {
        var invocation = Parse("run IMAGE");

        Assert.Equal((null, null, null, false), (invocation.TrustHome, invocation.Transfer, invocation.Timeout, invocation.PlainHttp));
    }

    [Theory]
    [InlineData("run --option-of-tomorrow IMAGE", "--option-of-tomorrow")]
    [InlineData("run -Z IMAGE", "-Z")]
    [InlineData("run -iZt IMAGE", "-iZt")]
    [InlineData("run --disable IMAGE", "--disable")]
    [InlineData("pull --rm IMAGE", "--rm")]
    [InlineData("run --plain-https IMAGE", "--plain-https")]
    public void An_option_that_is_not_known_is_refused_since_what_follows_could_be_its_value(string typed, string option) =>
        Assert.Contains($"unknown docker option \"{option}\"", Refusal(typed), StringComparison.Ordinal);

    [Theory]
    [InlineData("run --mount type=image,source=other,target=/x IMAGE")]
    [InlineData("run --mount=type=image,source=other,target=/x IMAGE")]
    [InlineData("run --mount source=other,target=/x,Type=IMAGE IMAGE")]
    [InlineData("run -v data:/x --mount=source=other,TYPE=image IMAGE")]
    public void A_mount_of_another_image_is_refused(string typed) => Assert.Contains("unverified content", Refusal(typed), StringComparison.Ordinal);

    [Theory]
    [InlineData("run --mount type=bind,source=/a,target=/x IMAGE")]
    [InlineData("run --mount=type=volume,source=images,target=/x IMAGE")]
    public void Other_mounts_are_docker_s_affair(string typed) => Assert.Equal(Words(typed)[1..^1], Parse(typed).Options);

    [Theory]
    [InlineData("pull IMAGE other", "unexpected argument \"other\" after the image")]
    [InlineData("pull IMAGE -q", "unexpected argument \"-q\" after the image")]
    [InlineData("run", "no image is given")]
    [InlineData("run --rm", "no image is given")]
    [InlineData("run --name IMAGE", "no image is given")]
    [InlineData("run -itp IMAGE", "no image is given")]
    [InlineData("run --", "no image is given")]
    [InlineData("run --transfer IMAGE", "no image is given")]
    [InlineData("run --trust-home", "--trust-home has no value")]
    [InlineData("pull --timeout", "--timeout has no value")]
    [InlineData("run IMAGE@sha256:1", "sha256:1")]
    [InlineData("run Team/App", "Team/App")]
    public void A_call_that_names_no_single_image_is_refused(string typed, string reason) =>
        Assert.Contains(reason, Refusal(typed), StringComparison.Ordinal);

    [Theory]
    [InlineData("pull IMAGE", "tag VERIFIED IMAGE")]
    [InlineData("pull -q IMAGE", "tag VERIFIED IMAGE")]
    [InlineData("pull registry.example.com/team/app", "tag VERIFIED registry.example.com/team/app:latest")]
    [InlineData("pull registry.example.com/team/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null)]
    [InlineData("run IMAGE", null)]
    public void A_pulled_image_gets_the_tag_that_it_was_named_by(string typed, string? expected) =>
        Assert.Equal(expected is null ? null : Words(expected), Parse(typed).TagArgumentsFor(Verified));

    [Fact]
    public void Options_of_docker_itself_come_first()
    {
        var invocation = DockerInvocation.Parse(["--context", "default"], DockerInvocation.Pull, ["-q", Image]);

        Assert.Equal(["--context", "default", "pull", "-q", $"{Repository}@{Verified}"], invocation.ArgumentsFor(Verified));
        Assert.Equal(["--context", "default", "tag", $"{Repository}@{Verified}", Image], invocation.TagArgumentsFor(Verified));
    }

    private static DockerInvocation Parse(string typed) =>
        Words(typed) is [var command, .. var arguments]
            ? DockerInvocation.Parse([], command, arguments)
            : throw new ArgumentException("no command", nameof(typed));

    private static string Refusal(string typed) => Assert.Throws<InvalidInputException>(() => Parse(typed)).Message;

    // IMAGE means the image by its name, VERIFIED the image by the verified digest; not inside of other words.
    private static string[] Words(string text) =>
        [
            .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word =>
                    word switch
                    {
                        "IMAGE" => Image,
                        "VERIFIED" => $"{Repository}@{Verified}",
                        _ => word.Replace("IMAGE@", $"{Image}@", StringComparison.Ordinal),
                    }
                ),
        ];
}
