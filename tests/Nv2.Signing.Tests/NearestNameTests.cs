using Nv2.Signing.Text;

namespace Nv2.Signing.Tests;

/// <summary>Which name a misspelled one was probably meant to be.</summary>
public sealed class NearestNameTests
{
    private static readonly string[] Known = ["--plain-http", "--format", "--force", "-f", "--cert", "--ca-cert", "jws", "jwt", "on", "off"];

    [Theory]
    [InlineData("--plian-http", "--plain-http")]
    [InlineData("--PLAIN_HTTP", "--plain-http")]
    [InlineData("--formt", "--format")]
    [InlineData("--formatt", "--format")]
    [InlineData("-format", "--format")]
    [InlineData("--plai", "--plain-http")]
    [InlineData("--crt", "--cert")]
    [InlineData("jsw", "jws")]
    [InlineData("offf", "off")]
    [InlineData("--oops", null)]
    [InlineData("-x", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("------", null)]
    public void The_nearest_name_differs_in_few_letters(string given, string? expected) => Assert.Equal(expected, NearestName.Find(given, Known));

    [Fact]
    public void A_very_long_name_resembles_none() => Assert.Null(NearestName.Find(new string('x', 100_000), [new string('x', 100_001)]));

    [Fact]
    public void A_suggestion_is_the_end_of_a_message()
    {
        Assert.Equal("; did you mean jws?", NearestName.Suggest("jsw", Known));
        Assert.Empty(NearestName.Suggest("oops", Known));
    }
}
