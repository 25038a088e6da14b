using System.Text;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>What a registry sends may be anything: it is read for what it is, or refused.</summary>
public sealed class HostileAnswerTests : IDisposable
{
    private const string Repository = "registry.example.com/app";

    private static readonly Descriptor Subject = Blob.Of(MediaType.OciManifest, "{}"u8.ToArray()).Descriptor;

    private readonly ToolFolder folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":1,"fsLayers":[]}""")]
    [InlineData("""{"config":{},"layers":[],"manifests":[]}""")]
    [InlineData("""{"layers":[],"manifests":[]}""")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.index.v1+json","mediaType":"application/vnd.oci.image.manifest.v1+json"}""")]
    [InlineData("""{"MediaType":"application/vnd.oci.image.index.v1+json","config":{},"layers":[]}""")]
    public void What_could_be_anything_is_no_manifest(string content) =>
        Assert.Throws<InvalidInputException>(() => Manifest.DescribeByContent(Encoding.UTF8.GetBytes(content), expected: null));

    [Theory]
    [InlineData("", 1, "failed with exit code 1, with no error output")]
    [InlineData("{}", 0, "expected a mediaType")]
    [InlineData(
        """{"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}""",
        0,
        "expected application/vnd.oci.image.index.v1+json"
    )]
    [InlineData("""{"manifests":[{"mediaType":"a/b","digest":"sha256:../..","size":1}]}""", 0, "is not a digest")]
    [InlineData("""{"manifests":[{"mediaType":"a/b","size":-1}]}""", 0, "digest")]
    [InlineData("credential helper: executable file not found", 1, "failed with exit code 1")]
    public void A_list_of_referrers_that_cannot_be_read_is_a_failure_and_not_an_empty_one(string printed, int exitCode, string words)
    {
        folder.Write("crane", $"cat <<'END' >&{exitCode + 1}\n{printed}\nEND\nexit {exitCode}");

        var message = Assert.Throws<InvalidInputException>(() => folder.Open("crane", Repository).ListReferrers(Subject)).Message;

        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"manifests":[]}""", "expected oras 1.3 or later")]
    [InlineData("""{"referrers":{}}""", "expected an array")]
    [InlineData("""{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","referrers":[]}""", "expected those of")]
    public void Another_answer_of_oras_than_was_asked_for_is_refused(string printed, string words)
    {
        folder.Write("oras", $"cat <<'END'\n{printed}\nEND");

        Assert.Contains(
            words,
            Assert.Throws<InvalidInputException>(() => folder.Open("oras", Repository).ListReferrers(Subject)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_blob_larger_than_a_signature_is_not_asked_for()
    {
        folder.Write("oras", "echo asked >&2; exit 1");
        var large = new Descriptor(MediaType.Parse("a/b"), Subject.Digest, 4 * 1024 * 1024 + 1);

        Assert.Contains(
            "4194304 at most",
            Assert.Throws<InvalidInputException>(() => folder.Open("oras", Repository).ReadBlob(large, Subject)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_tag_of_a_list_is_the_digest_cut_to_what_a_tag_may_be()
    {
        Assert.Equal($"sha256-{new string('a', 64)}", ReferrersTag.Of(Digest.Parse($"sha256:{new string('a', 64)}")));
        Assert.Equal($"sha512-{new string('a', 64)}", ReferrersTag.Of(Digest.Parse($"sha512:{new string('a', 128)}")));
    }

    public void Dispose() => folder.Dispose();
}
