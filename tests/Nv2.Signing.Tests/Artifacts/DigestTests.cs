using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Tests.Artifacts;

public class DigestTests
{
    // FIPS 180-4, the example "abc".
    [Theory]
    [InlineData("sha256", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha384", "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")]
    [InlineData(
        "sha512",
        "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    )]
    public void Content_has_the_digest_that_the_standard_says(string name, string expected)
    {
        var algorithm = DigestAlgorithm.Find(name)!;

        var computed = Digest.Compute(algorithm, "abc"u8);
        var streamed = Digest.Compute(algorithm, "a"u8, new MemoryStream("bc"u8.ToArray()));

        Assert.Equal(expected, computed.ToString());
        Assert.Equal((computed, 3), streamed);
        Assert.Equal(computed, Digest.Parse(expected));
    }

    [Fact]
    public void A_stream_longer_than_any_buffer_has_the_digest_of_all_of_its_bytes()
    {
        var content = new byte[1_000_001];
        new Random(1).NextBytes(content);

        var (digest, size) = Digest.Compute(DigestAlgorithm.Sha256, content.AsSpan(0, 5), new MemoryStream(content[5..]));

        Assert.Equal(Digest.Compute(DigestAlgorithm.Sha256, content), digest);
        Assert.Equal(content.Length, size);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015add")]
    [InlineData("sha256:ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")]
    [InlineData("sha256::a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha384:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("md5:900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("sha1:a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("sha256 :ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void What_is_not_a_canonical_digest_is_refused(string? text)
    {
        Assert.False(Digest.TryParse(text, out var digest));
        Assert.Null(digest);
        Refusal.Of(
            () => Digest.Parse(text ?? ""),
            $"{Text.Quoted.Text(text)} ",
            text is ['m', ..] or ['s', 'h', 'a', '1', ..] ? "cannot be used: the digest algorithm" : "is not a digest"
        );
    }
}
