using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Tests.Artifacts;

public class MediaTypeTests
{
    [Theory]
    [InlineData("a/b")]
    [InlineData("application/vnd.oci.image.manifest.v1+json")]
    [InlineData("1/2")]
    [InlineData("x!#$&-^_.+/y!#$&-^_.+")]
    public void A_media_type_is_what_RFC_6838_says(string text)
    {
        Assert.True(MediaType.TryParse(text, out var mediaType));
        Assert.Equal(text, mediaType.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("application")]
    [InlineData("/json")]
    [InlineData("application/")]
    [InlineData("application/json/x")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData(" application/json")]
    [InlineData("application/json\n")]
    [InlineData("application/jsön")]
    [InlineData("application/a*b")]
    [InlineData(".a/b")]
    [InlineData("1/!")]
    [InlineData("a/+b")]
    public void What_is_no_media_type_is_refused(string text) => Refusal.Of(() => MediaType.Parse(text), "is not a media type");

    [Theory]
    [InlineData(127, true)]
    [InlineData(128, false)]
    public void Type_and_subtype_have_127_characters_at_most(int length, bool valid)
    {
        Assert.Equal(valid, MediaType.TryParse($"{new string('a', length)}/b", out _));
        Assert.Equal(valid, MediaType.TryParse($"a/{new string('b', length)}", out _));
    }

    [Fact]
    public void Media_types_are_compared_by_their_exact_characters()
    {
        Assert.Equal(MediaType.Parse("a/b"), MediaType.Parse("a/b"));
        Assert.NotEqual(MediaType.Parse("a/b"), MediaType.Parse("a/B"));
        Assert.False(MediaType.TryParse(null, out _));
    }
}
