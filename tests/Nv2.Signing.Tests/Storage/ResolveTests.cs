using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>How an artifact in a layout is named.</summary>
public class ResolveTests
{
    private const string PodmanName = "localhost/app:v3";

    private readonly LayoutContent layout = new();
    private readonly string tagged;
    private readonly string named;
    private readonly string podman;
    private readonly string child;
    private readonly string index;

    public ResolveTests()
    {
        var first = layout.AddImage("first");
        var second = layout.AddImage("second");
        var third = layout.AddImage("third");
        var below = layout.AddImage("below");
        var multi = layout.AddIndex(below, first);
        layout.List(first, "v1").List(second, "v2", "docker.io/library/app:v2").List(third, PodmanName).List(multi, "multi");
        (tagged, named, podman, child, index) = (
            LayoutContent.DigestIn(first),
            LayoutContent.DigestIn(second),
            LayoutContent.DigestIn(third),
            LayoutContent.DigestIn(below),
            LayoutContent.DigestIn(multi)
        );
    }

    [Fact]
    public void A_tag_names_what_it_is_beside() => Assert.Equal(tagged, Resolve("v1"));

    [Theory]
    [InlineData("v2")]
    [InlineData("docker.io/library/app:v2")]
    [InlineData("app:v2")]
    [InlineData("library/app:v2")]
    public void What_docker_saved_is_named_by_its_tag_and_by_its_reference_with_or_without_defaults(string name) =>
        Assert.Equal(named, Resolve(name));

    [Fact]
    public void What_podman_saved_is_named_by_its_reference() => Assert.Equal(podman, Resolve(PodmanName));

    [Fact]
    public void A_digest_names_what_it_is_of_at_any_depth()
    {
        Assert.Equal(tagged, Resolve(tagged));
        Assert.Equal(index, Resolve(index));
        Assert.Equal(child, Resolve(child));
    }

    [Theory]
    [InlineData("v9")]
    [InlineData("V1")]
    [InlineData("app:v1")]
    [InlineData("app")]
    [InlineData("registry.example.com/app:v2")]
    [InlineData("")]
    public void What_nothing_is_called_is_refused(string name) =>
        Refusal.Of(() => Resolve(name), "the layout has no artifact with the name", "\"v1\"", "\"docker.io/library/app:v2\"");

    [Fact]
    public void A_digest_that_is_not_a_manifest_s_is_refused()
    {
        Refusal.Of(() => Resolve(Digest.Compute(DigestAlgorithm.Sha256, [1]).ToString()), "no manifest of the layout has the digest");
        Refusal.Of(() => Resolve(LayoutContent.DigestIn(layout.Image("first")["config"]!)), "no manifest of the layout has the digest");
    }

    [Fact]
    public void Without_a_name_there_must_be_one_artifact()
    {
        Refusal.Of(() => Resolve(null), "the layout has 4 artifacts", ":TAG", "@DIGEST");

        var single = new LayoutContent();
        var image = single.AddImage("app");
        single.List(image, "v1").List(image, "latest").AddSignature(image, [1]);
        Assert.Equal(LayoutContent.DigestIn(image), Stored.Tar(single).Resolve(null).Digest.ToString());
    }

    [Fact]
    public void The_index_under_a_referrers_tag_is_no_artifact()
    {
        var single = new LayoutContent();
        var image = single.AddImage("app");
        single.List(image).List(single.AddIndex(), LayoutContent.DigestIn(image).Replace(':', '-'));

        Assert.Equal(LayoutContent.DigestIn(image), Stored.Tar(single).Resolve(null).Digest.ToString());
    }

    [Fact]
    public void Two_artifacts_under_one_name_are_ambiguous_and_one_listed_twice_is_not()
    {
        var twice = new LayoutContent();
        twice.List(twice.AddImage("app"), "v1").List(twice.AddImage("app"), "v1");
        Assert.Equal(LayoutContent.DigestIn(twice.AddImage("app")), Stored.Tar(twice).Resolve("v1").Digest.ToString());

        twice.List(twice.AddImage("other"), "v1");
        Refusal.Of(() => Stored.Tar(twice).Resolve("v1"), "the layout has 2 artifacts with the name \"v1\"", "digest");
    }

    [Fact]
    public void A_whole_name_tells_two_of_one_tag_apart()
    {
        var two = new LayoutContent();
        two.List(two.AddImage("app"), "v1", "docker.io/library/app:v1").List(two.AddImage("other"), "v1", "docker.io/library/other:v1");

        Assert.Equal(LayoutContent.DigestIn(two.AddImage("other")), Stored.Tar(two).Resolve("other:v1").Digest.ToString());
        Refusal.Of(() => Stored.Tar(two).Resolve("v1"), "2 artifacts with the name");
    }

    [Fact]
    public void A_folder_is_searched_as_a_tar_is()
    {
        using var folder = new TemporaryFolder();
        var opened = Stored.Folder(layout, folder);

        Assert.Equal(child, opened.Resolve(child).Digest.ToString());
        Assert.Equal(named, opened.Resolve("app:v2").Digest.ToString());
    }

    [Fact]
    public void The_tag_of_referrers_is_made_of_the_digest_and_cut_to_64_digits()
    {
        var short256 = Digest.Compute(DigestAlgorithm.Sha256, [1]);
        var long512 = Digest.Compute(DigestAlgorithm.Sha512, [1]);

        Assert.Equal($"sha256-{short256.Hex}", ReferrersTag.Of(short256));
        Assert.Equal($"sha512-{long512.Hex[..64]}", ReferrersTag.Of(long512));
        Assert.All([short256, long512], digest => Assert.True(ReferrersTag.IsOne(ReferrersTag.Of(digest))));
        Assert.All(
            ["v1", "", null, "sha256-", $"sha256-{new string('A', 64)}", $"sha1-{short256.Hex}", $"sha256-{short256.Hex}.sig"],
            tag => Assert.False(ReferrersTag.IsOne(tag))
        );
    }

    private string Resolve(string? name) => Stored.Tar(layout).Resolve(name).Digest.ToString();
}
