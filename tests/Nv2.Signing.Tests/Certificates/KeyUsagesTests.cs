using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Key usages mean what they mean to the platform, whose decoder is not used.</summary>
public class KeyUsagesTests
{
    // The nine usages of RFC 5280 section 4.2.1.3: eight in the first byte, decipherOnly in the second one.
    private const int Combinations = 512;
    private const X509KeyUsageFlags Defined = (X509KeyUsageFlags)0x80ff;

    [Fact]
    public void Every_combination_is_read()
    {
        for (var number = 0; number < Combinations; number++)
        {
            var usages = (X509KeyUsageFlags)((number & 0xff) | (number > 0xff ? 0x8000 : 0));

            Assert.Equal(usages, KeyUsages.Of(new X509KeyUsageExtension(usages, critical: true)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("03")]
    [InlineData("0302")]
    [InlineData("030207")]
    [InlineData("03020880")] // More unused bits than a byte has.
    [InlineData("0302078001")] // Something follows.
    [InlineData("030200800500")]
    [InlineData("04020780")] // An octet string.
    [InlineData("0306000102030405")] // More bits than any usage needs.
    public void What_is_damaged_is_refused(string der) =>
        Assert.Throws<CryptographicException>(() => KeyUsages.Of(Extension(Convert.FromHexString(der))));

    [Fact]
    public void What_the_platform_refuses_is_refused_and_what_it_reads_is_the_same() =>
        Gen
            .Byte.Array[0, 6]
            .Select(bytes =>
                new byte[] { 3, (byte)bytes.Length }
                    .Concat(bytes)
                    .ToArray()
            )
            .Sample(
                der =>
                {
                    var (ours, platform) = (Read(() => KeyUsages.Of(Extension(der))), Read(() => Extension(der).KeyUsages & Defined));
                    Assert.True(ours == platform || ours is null, $"{Convert.ToHexString(der)}: {ours}, {platform}");
                },
                iter: 20_000
            );

    private static X509KeyUsageExtension Extension(byte[] der) => new(new AsnEncodedData(der), critical: true);

    private static X509KeyUsageFlags? Read(Func<X509KeyUsageFlags> read)
    {
        try
        {
            return read();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
