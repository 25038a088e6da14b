using System.Text;
using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Tests.Artifacts;

public class ManifestTests
{
    private static readonly MediaType Given = MediaType.Parse("application/given");

    [Theory]
    [InlineData("{\"mediaType\":\"application/own\"}", "application/own")]
    [InlineData(" \r\n\t{\"mediaType\":\"application/own\"}\n", "application/own")]
    [InlineData("{\"config\":{\"mediaType\":\"application/other\"}}", "application/given")]
    [InlineData("{}", "application/given")]
    [InlineData("[{\"mediaType\":\"application/other\"}]", "application/given")]
    [InlineData("not JSON", "application/given")]
    [InlineData("", "application/given")]
    public void A_manifest_is_what_it_says_or_else_what_the_caller_says(string content, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(content);

        var descriptor = Manifest.Describe(new MemoryStream(bytes), Given);

        Assert.Equal(new Descriptor(MediaType.Parse(expected), Digest.Compute(DigestAlgorithm.Sha256, bytes), bytes.Length), descriptor.Descriptor);
    }

    [Fact]
    public void A_manifest_of_which_nobody_says_what_it_is_is_docker_s() =>
        Assert.Equal(
            "application/vnd.docker.distribution.manifest.v2+json",
            Manifest.Describe(new MemoryStream("{}"u8.ToArray()), null).Descriptor.MediaType.ToString()
        );

    [Theory]
    [InlineData("{", "well-formed")]
    [InlineData("   ", "empty")]
    [InlineData("{} {}", "well-formed")]
    [InlineData("{\"mediaType\":\"a/b\",\"mediaType\":\"a/b\"}", "well-formed")]
    [InlineData("{\"layers\":[{\"size\":1,\"size\":2}]}", "well-formed")]
    [InlineData("{\"mediaType\":1}", "a number")]
    [InlineData("{\"mediaType\":\"a\"}", "is not a media type")]
    public void A_JSON_manifest_that_two_readers_may_see_differently_is_refused(string content, string failure) =>
        Refusal.Of(() => Manifest.Describe(new MemoryStream(Encoding.UTF8.GetBytes(content)), Given), failure);

    [Theory]
    [InlineData(Manifest.MaxBytes, true)]
    [InlineData(Manifest.MaxBytes + 1, false)]
    public void A_JSON_manifest_has_4_MiB_at_most(int length, bool valid)
    {
        var bytes = Encoding.UTF8.GetBytes("{\"a\":\"".PadRight(length - 2, 'x') + "\"}");

        if (valid)
            Assert.Equal(length, Manifest.Describe(new OneByteFirst(bytes), null).Descriptor.Size);
        else
            Refusal.Of(() => Manifest.Describe(new OneByteFirst(bytes), null), "larger than 4194304 bytes");
    }

    [Fact]
    public void Content_that_is_no_JSON_object_may_be_of_any_size()
    {
        var bytes = new byte[Manifest.MaxBytes + 100_000];

        var descriptor = Manifest.Describe(new OneByteFirst(bytes), null).Descriptor;

        Assert.Equal((Digest.Compute(DigestAlgorithm.Sha256, bytes), bytes.Length), (descriptor.Digest, descriptor.Size));
    }

    public static TheoryData<string, string?> Structures =>
        new()
        {
            { """{"schemaVersion":2,"config":{},"layers":[]}""", Oci },
            {
                """{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":["""
                    + """{"mediaType":"application/vnd.oci.image.layer.v1.tar"}]}""",
                Oci
            },
            { """{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"},"layers":[]}""", Oci },
            {
                """{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.empty.v1+json"},"layers":["""
                    + """{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip"}]}""",
                Oci
            },
            { """{"schemaVersion":2,"mediaType":null,"config":{},"layers":null,"manifests":null,"subject":null,"annotations":null}""", Oci },
            { """{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.container.image.v1+json"},"layers":[]}""", Docker },
            {
                """{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.container.image.v1+json"},"layers":["""
                    + """{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip"}]}""",
                Docker
            },
            {
                """{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.plugin.v1+json"},"layers":["""
                    + """{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip"}]}""",
                Docker
            },
            {
                """{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.container.image.v1+json"},"layers":["""
                    + """{"mediaType":"application/vnd.oci.image.layer.v1.tar"}]}""",
                null
            },
            { """{"schemaVersion":2,"manifests":[]}""", OciIndex },
            { """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json"}]}""", OciIndex },
            {
                """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.docker.distribution.manifest.v2+json"},"""
                    + """{"mediaType":"application/vnd.oci.image.manifest.v1+json"}]}""",
                OciIndex
            },
            {
                """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}],"layers":null}""",
                DockerList
            },
            { """{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}""", null },
            { """{"schemaVersion":2,"layers":[]}""", null },
            { """{"schemaVersion":2,"config":{}}""", null },
            { """{"schemaVersion":2,"config":"x","layers":[]}""", null },
            { """{"schemaVersion":2,"config":{},"layers":{}}""", null },
            { """{"schemaVersion":2,"manifests":{}}""", null },
            { "{}", null },
            { "[]", null },
            { "text", null },
        };

    private const string Oci = "application/vnd.oci.image.manifest.v1+json";
    private const string OciIndex = "application/vnd.oci.image.index.v1+json";
    private const string Docker = "application/vnd.docker.distribution.manifest.v2+json";
    private const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

    [Theory]
    [MemberData(nameof(Structures))]
    public void A_manifest_that_does_not_say_what_it_is_is_told_by_its_structure_wherever_it_comes_from(string content, string? expected)
    {
        var bytes = Encoding.UTF8.GetBytes(content);

        var inFile = Manifest.Describe(new MemoryStream(bytes), null);
        var asGiven = Manifest.Describe(new MemoryStream(bytes), Given);

        Assert.Equal(
            (expected ?? Docker, expected is null ? MediaTypeSource.Assumed : MediaTypeSource.Shown),
            (inFile.Descriptor.MediaType.ToString(), inFile.Source)
        );
        Assert.Equal((Given, MediaTypeSource.Given, expected), (asGiven.Descriptor.MediaType, asGiven.Source, asGiven.Shown?.ToString()));
        if (expected is null)
            Assert.Throws<InvalidInputException>(() => Manifest.DescribeByContent(bytes, expected: null));
        else
            Assert.Equal(expected, Manifest.DescribeByContent(bytes, expected: null).MediaType.ToString());
    }

    [Theory]
    [InlineData("""{"schemaVersion":1,"name":"library/hello-world","fsLayers":[],"history":[]}""")]
    [InlineData("""{"schemaVersion":1}""")]
    [InlineData("""{"name":"a","fsLayers":[{"blobSum":"sha256:00"}]}""")]
    [InlineData("""{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+json"}""")]
    [InlineData("""{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+prettyjws","signatures":[]}""")]
    public void A_manifest_of_schema_1_is_refused_as_what_it_is(string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);

        Refusal.Of(() => Manifest.Describe(new MemoryStream(bytes), null), "Docker's schema 1");
        Refusal.Of(() => Manifest.Describe(new MemoryStream(bytes), Given), "Docker's schema 1");
        Refusal.Of(() => Manifest.DescribeByContent(bytes, expected: null), "Docker's schema 1");
    }

    [Theory]
    [InlineData("eyJhIjoxfQ==", null)]
    [InlineData("eyJhIjoyfQ==", "does not match its descriptor")] // Of the same size, and not of that digest.
    [InlineData("eyJhIjoxfSA=", "has 8 bytes: expected 7")]
    [InlineData("", "has 0 bytes")]
    [InlineData("eyJhIjoxfQ", "base64")]
    public void Content_in_a_descriptor_is_used_only_if_it_is_what_that_describes(string data, string? failure)
    {
        var digest = Digest.Compute(DigestAlgorithm.Sha256, "{\"a\":1}"u8);
        foreach (
            var place in new[]
            {
                """{"config":PART,"layers":[]}""",
                """{"config":OTHER,"layers":[PART]}""",
                """{"manifests":[PART]}""",
                """{"manifests":[],"subject":PART}""",
            }
        )
        {
            var part = $$"""{"mediaType":"application/json","digest":"{{digest}}","size":7,"data":"{{data}}"}""";
            var bytes = Encoding.UTF8.GetBytes(
                place
                    .Replace("PART", part, StringComparison.Ordinal)
                    .Replace("OTHER", $$"""{"mediaType":"a/b","digest":"{{digest}}","size":7,"data":null}""", StringComparison.Ordinal)
            );
            var descriptor = new Descriptor(Given, Digest.Compute(DigestAlgorithm.Sha256, bytes), bytes.Length);

            if (failure is null)
                Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(Manifest.Parse(bytes, descriptor).Inlined(digest)!.Value.Span));
            else
                Refusal.Of(() => Manifest.Parse(bytes, descriptor), failure);
        }
    }

    /// <summary>Gives one byte to the first read and less than asked for to the others, as a pipe may.</summary>
    private sealed class OneByteFirst(byte[] content) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Position == 0 ? 1 : Math.Max(1, count - 1));

        public override int Read(Span<byte> buffer) => base.Read(buffer);
    }
}
