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

        Assert.Equal(new Descriptor(MediaType.Parse(expected), Digest.Compute(DigestAlgorithm.Sha256, bytes), bytes.Length), descriptor);
    }

    [Fact]
    public void A_manifest_of_which_nobody_says_what_it_is_is_docker_s() =>
        Assert.Equal("application/vnd.docker.distribution.manifest.v2+json", Manifest.Describe(new MemoryStream("{}"u8.ToArray()), null).MediaType.ToString());

    [Theory]
    [InlineData("{", "well-formed")]
    [InlineData("   ", "empty")]
    [InlineData("{} {}", "well-formed")]
    [InlineData("{\"mediaType\":\"a/b\",\"mediaType\":\"a/b\"}", "well-formed")]
    [InlineData("{\"layers\":[{\"size\":1,\"size\":2}]}", "well-formed")]
    [InlineData("{\"mediaType\":1}", "a number")]
    [InlineData("{\"mediaType\":null}", "null")]
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
            Assert.Equal(length, Manifest.Describe(new OneByteFirst(bytes), null).Size);
        else
            Refusal.Of(() => Manifest.Describe(new OneByteFirst(bytes), null), "larger than 4194304 bytes");
    }

    [Fact]
    public void Content_that_is_no_JSON_object_may_be_of_any_size()
    {
        var bytes = new byte[Manifest.MaxBytes + 100_000];

        var descriptor = Manifest.Describe(new OneByteFirst(bytes), null);

        Assert.Equal((Digest.Compute(DigestAlgorithm.Sha256, bytes), bytes.Length), (descriptor.Digest, descriptor.Size));
    }

    /// <summary>Gives one byte to the first read and less than asked for to the others, as a pipe may.</summary>
    private sealed class OneByteFirst(byte[] content) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Position == 0 ? 1 : Math.Max(1, count - 1));

        public override int Read(Span<byte> buffer) => base.Read(buffer);
    }
}
