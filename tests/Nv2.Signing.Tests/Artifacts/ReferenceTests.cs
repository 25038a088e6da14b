using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Tests.Artifacts;

public class ReferenceTests
{
    private const string Sha256 = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string ImageId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("hello-world", "docker.io", "library/hello-world", null)]
    [InlineData("hello-world:linux", "docker.io", "library/hello-world", "linux")]
    [InlineData("team/app", "docker.io", "team/app", null)]
    [InlineData("docker.io/app", "docker.io", "library/app", null)]
    [InlineData("docker.io/team/app", "docker.io", "team/app", null)]
    [InlineData("index.docker.io/app:v1", "docker.io", "library/app", "v1")]
    [InlineData("Index.Docker.IO/team/app", "docker.io", "team/app", null)]
    [InlineData("docker.io", "docker.io", "library/docker.io", null)]
    [InlineData("docker.io:5000/app", "docker.io:5000", "app", null)]
    [InlineData("localhost", "docker.io", "library/localhost", null)]
    [InlineData("localhost/app", "localhost", "app", null)]
    [InlineData("localhost:5000/app:v1", "localhost:5000", "app", "v1")]
    [InlineData("localhost:5000", "docker.io", "library/localhost", "5000")]
    [InlineData("registry.example.com/a/b/c:v1", "registry.example.com", "a/b/c", "v1")]
    [InlineData("registry.example.com:443/app", "registry.example.com:443", "app", null)]
    [InlineData("REGISTRY.example.com/app", "registry.example.com", "app", null)]
    [InlineData("registry/app", "docker.io", "registry/app", null)]
    [InlineData("registry:5000/app", "registry:5000", "app", null)]
    [InlineData("xn--rgistry-bya.example.com/app", "xn--rgistry-bya.example.com", "app", null)]
    [InlineData("127.0.0.1:5000/app", "127.0.0.1:5000", "app", null)]
    [InlineData("[::1]/app", "[::1]", "app", null)]
    [InlineData("[2001:DB8::1]:5000/app:v1", "[2001:db8::1]:5000", "app", "v1")]
    [InlineData("app:V1._-", "docker.io", "library/app", "V1._-")]
    [InlineData("app:_1", "docker.io", "library/app", "_1")]
    [InlineData("a-b/c--d/e----f/g_h/i__j/k.l", "docker.io", "a-b/c--d/e----f/g_h/i__j/k.l", null)]
    [InlineData("0123", "docker.io", "library/0123", null)]
    [InlineData(ImageId + ":v1", "docker.io", "library/" + ImageId, "v1")]
    [InlineData("docker.io/" + ImageId, "docker.io", "library/" + ImageId, null)]
    public void A_reference_has_the_defaults_of_docker(string text, string domain, string path, string? tag)
    {
        var reference = Reference.Parse(text);

        Assert.Equal((domain, path, tag, null), (reference.Domain, reference.Path, reference.Tag, reference.Digest));
        Assert.Equal($"{domain}/{path}", reference.Repository);
        Assert.Equal(text, reference.Text);
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("Registry/app")]
    [InlineData("rEGISTRY/team/app:v1")]
    public void A_registry_that_would_be_a_repository_in_lower_case_is_refused(string text) =>
        Refusal.Of(() => Reference.Parse(text), "only capital letters distinguish the registry", "add its port, as in registry:443");

    [Theory]
    [InlineData("Localhost/app", "localhost/app")]
    [InlineData("Registry:443/app", "registry:443/app")]
    [InlineData("Registry.example/app", "registry.example/app")]
    public void The_repository_of_a_reference_is_read_as_the_same(string text, string repository)
    {
        Assert.Equal(repository, Reference.Parse(text).Repository);
        Assert.Equal(repository, Reference.Parse(repository).Repository);
    }

    [Theory]
    [InlineData("hello-world", "docker.io")]
    [InlineData("localhost:5000/app", "localhost")]
    [InlineData("Registry.Example.com:5000/app", "registry.example.com")]
    [InlineData("127.0.0.1:5000/app", "127.0.0.1")]
    [InlineData("[2001:db8::1]:5000/app", "2001:db8::1")]
    [InlineData("[::1]/app", "::1")]
    public void The_host_is_the_domain_without_port_and_brackets(string text, string host) => Assert.Equal(host, Reference.Parse(text).Host);

    [Theory]
    [InlineData("app@" + Sha256, null)]
    [InlineData("registry.example.com:5000/app:v1@" + Sha256, "v1")]
    public void A_reference_may_end_with_a_digest(string text, string? tag)
    {
        var reference = Reference.Parse(text);

        Assert.Equal(tag, reference.Tag);
        Assert.Equal(Digest.Parse(Sha256), reference.Digest);
    }

    [Theory]
    [InlineData("", "repository is missing")]
    [InlineData("registry.example.com/", "repository is missing")]
    [InlineData("/app", "repository")]
    [InlineData(":v1", "repository is missing")]
    [InlineData("app:", "a tag is")]
    [InlineData("app:.v1", "a tag is")]
    [InlineData("app:-v1", "a tag is")]
    [InlineData("app:v+1", "a tag is")]
    [InlineData("app:vé", "a tag is")]
    [InlineData("app:v1\n", "a tag is")]
    [InlineData("app:v1 ", "a tag is")]
    [InlineData(" app", "a repository has")]
    [InlineData("App", "a repository has")]
    [InlineData("registry.example.com/App", "a repository has")]
    [InlineData("registry.example.com/team//app", "a repository has")]
    [InlineData("registry.example.com//app", "a repository has")]
    [InlineData("registry.example.com/app/", "a repository has")]
    [InlineData("a..b", "a repository has")]
    [InlineData("a___b", "a repository has")]
    [InlineData("a._b", "a repository has")]
    [InlineData("a-_b", "a repository has")]
    [InlineData("-a", "a repository has")]
    [InlineData("a-", "a repository has")]
    [InlineData("a/.b", "a repository has")]
    [InlineData("../app", "registry must be")]
    [InlineData("ä", "a repository has")]
    [InlineData("registry.example.com./app", "registry must be")]
    [InlineData(".example.com/app", "registry must be")]
    [InlineData("a..example.com/app", "registry must be")]
    [InlineData("-a.example.com/app", "registry must be")]
    [InlineData("a-.example.com/app", "registry must be")]
    [InlineData("a_b.example.com/app", "registry must be")]
    [InlineData("*.example.com/app", "registry must be")]
    [InlineData("régistry.example.com/app", "xn--")]
    [InlineData("régistry/app", "xn--")]
    [InlineData("registry。example.com/app", "xn--")]
    [InlineData("registry.example.com:/app", "registry must be")]
    [InlineData("registry.example.com:http/app", "registry must be")]
    [InlineData("registry.example.com:+80/app", "registry must be")]
    [InlineData("registry.example.com:5000:1/app", "registry must be")]
    [InlineData("user@registry.example.com/app", "expected a digest after the @")]
    [InlineData("https://registry.example.com/app", "it has a scheme")]
    [InlineData("[::1/app", "registry must be")]
    [InlineData("[]/app", "registry must be")]
    [InlineData("[::g]/app", "registry must be")]
    [InlineData("[fe80::1%25eth0]/app", "registry must be")]
    [InlineData("[::1]x/app", "registry must be")]
    [InlineData("::1/app", "registry must be")]
    [InlineData(ImageId, "image id")]
    [InlineData("app@", "expected a digest after the @")]
    [InlineData("app@sha256:abc", "expected a digest after the @")]
    [InlineData("app@" + Sha256 + "0", "expected a digest after the @")]
    [InlineData("app@" + Sha256 + "@" + Sha256, "expected a digest after the @")]
    [InlineData("app@" + Sha256 + ":v1", "expected a digest after the @")]
    [InlineData("@" + Sha256, "repository is missing")]
    public void What_is_no_reference_is_refused_with_the_part_that_is_wrong(string text, string failure) =>
        Refusal.Of(() => Reference.Parse(text), failure);

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_repository_has_255_characters_at_most(int length, bool valid) =>
        Assert.Equal(valid, Reference.TryParse("registry.example.com/" + new string('a', length), out _, out _));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_tag_has_128_characters_at_most(int length, bool valid) =>
        Assert.Equal(valid, Reference.TryParse("app:" + new string('a', length), out _, out _));

    [Theory]
    [InlineData("app", "docker.io/library/app:latest", true)]
    [InlineData("index.docker.io/app", "app:latest", true)]
    [InlineData("REGISTRY.example.com/app:v1", "registry.example.com/app:v1", true)]
    [InlineData("app@" + Sha256, "docker.io/library/app@" + Sha256, true)]
    [InlineData("app@" + Sha256, "app:latest@" + Sha256, false)]
    [InlineData("app", "app@" + Sha256, false)]
    [InlineData("app:v1", "app:V1", false)]
    [InlineData("app:v1", "app", false)]
    [InlineData("registry.example.com/app", "registry.example.com:443/app", false)]
    [InlineData("registry.example.com/app", "registry.example.com/library/app", false)]
    [InlineData("a.example.com/app", "b.example.com/app", false)]
    public void References_are_equal_when_they_name_the_same_thing(string one, string other, bool equal)
    {
        var (first, second) = (Reference.Parse(one), Reference.Parse(other));

        Assert.Equal(equal, first.Equals(second));
        Assert.Equal(equal, second.Equals((object)first));
        Assert.True(!equal || first.GetHashCode() == second.GetHashCode());
        Assert.False(first.Equals(null));
    }

    [Theory]
    [InlineData("team/app:v1", "team/app")]
    [InlineData("docker.io/alpine:3", "docker.io/alpine")]
    [InlineData("index.docker.io/library/alpine:3", "index.docker.io/library/alpine")]
    [InlineData("REGISTRY.example.com:5000/a/b:v1", "registry.example.com:5000/a/b")]
    public void A_complete_reference_begins_with_its_registry_and_gets_no_defaults(string text, string repository) =>
        Assert.Equal(repository, Reference.ParseComplete(text).Repository);

    [Theory]
    [InlineData("app:v1")]
    [InlineData("registry.example.com/app")]
    [InlineData("localhost:5000")]
    [InlineData("host/a/../b:v1")]
    [InlineData("host/%61pp:v1")]
    [InlineData("host/app?query:v1")]
    [InlineData("user@host/app:v1")]
    [InlineData("https://host/app:v1")]
    public void What_containerd_would_complete_or_decode_is_no_complete_reference(string text) =>
        Assert.Throws<InvalidInputException>(() => Reference.ParseComplete(text));
}
