using System.Text;
using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Tests.Artifacts;

public class DescriptorTests
{
    private const string Digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private const string MediaTypeProperty = "\"mediaType\":\"a/b\"";
    private const string DigestProperty = $"\"digest\":\"{Digest}\"";

    [Theory]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":0}", 0)]
    [InlineData(" {\"size\":9223372036854775807,\"annotations\":{\"size\":1}," + DigestProperty + "," + MediaTypeProperty + "}\r\n", long.MaxValue)]
    public void A_descriptor_is_read_in_any_order_with_properties_of_others(string json, long size)
    {
        var descriptor = Descriptor.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(new Descriptor(MediaType.Parse("a/b"), Nv2.Signing.Artifacts.Digest.Parse(Digest), size), descriptor);
    }

    [Theory]
    [InlineData("", "$", "empty")]
    [InlineData("[]", "$", "an array")]
    [InlineData("null", "$", "null")]
    [InlineData("{}", "$.mediaType", "required")]
    [InlineData("{" + MediaTypeProperty + ",\"size\":1}", "$.digest", "required")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + "}", "$.size", "required")]
    [InlineData("{\"mediaType\":1," + DigestProperty + ",\"size\":1}", "$.mediaType", "a number")]
    [InlineData("{\"mediaType\":null," + DigestProperty + ",\"size\":1}", "$.mediaType", "null")]
    [InlineData("{\"mediaType\":\"\\ud800\"," + DigestProperty + ",\"size\":1}", "$.mediaType", "Unicode")]
    [InlineData("{" + MediaTypeProperty + ",\"digest\":\"sha256:abc\",\"size\":1}", "$.digest", "is not a digest")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":\"1\"}", "$.size", "a string")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":1}{}", "$", "well-formed")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":1,}", "$", "well-formed")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":1/*1*/}", "$", "well-formed")]
    [InlineData("\ufeff{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":1}", "$", "well-formed")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":1,\"size\":1}", "$", "well-formed")]
    [InlineData("{" + MediaTypeProperty + "," + DigestProperty + ",\"size\":1,\"\\u0073ize\":2}", "$", "well-formed")]
    public void What_is_no_descriptor_is_refused_with_the_path_of_what_is_wrong(string json, string path, string failure) =>
        Assert.Equal(path, Refusal.Of(() => Descriptor.Parse(Encoding.UTF8.GetBytes(json)), failure).Path);

    [Theory]
    [InlineData("-1")]
    [InlineData("-0.0")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("1E3")]
    [InlineData("1.5")]
    [InlineData("9223372036854775808")]
    [InlineData("1e400")]
    public void A_size_is_a_whole_number_that_is_not_negative(string size)
    {
        var json = Encoding.UTF8.GetBytes($"{{{MediaTypeProperty},{DigestProperty},\"size\":{size}}}");

        Assert.Equal("$.size", Refusal.Of(() => Descriptor.Parse(json), "expected a whole number").Path);
    }

    [Fact]
    public void A_name_that_is_half_of_a_surrogate_pair_is_refused_and_nothing_worse() =>
        Refusal.Of(() => Descriptor.Parse(Encoding.UTF8.GetBytes($"{{\"\\ud800\":1,\"\\ud801\":1,{MediaTypeProperty}}}")));

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_and_nothing_worse()
    {
        Refusal.Of(() => Descriptor.Parse(Encoding.Latin1.GetBytes("{\"mediaType\":\"a/é\"}")));
        Refusal.Of(() => Descriptor.Parse(Encoding.Latin1.GetBytes("{\"é\":1,\"ü\":2,\"\\u0041é\":3}")));
    }

    [Fact]
    public void A_negative_size_has_no_descriptor() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Descriptor(MediaType.OciManifest, Nv2.Signing.Artifacts.Digest.Parse(Digest), -1));
}
