using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>When two distinguished names are one (RFC 5280 section 7.1).</summary>
public sealed class NameComparisonTests
{
    private static readonly UniversalTagNumber[] Types =
    [
        UniversalTagNumber.UTF8String,
        UniversalTagNumber.PrintableString,
        UniversalTagNumber.IA5String,
        UniversalTagNumber.T61String,
        UniversalTagNumber.BMPString,
        UniversalTagNumber.VisibleString,
        UniversalTagNumber.UniversalString,
    ];

    [Fact]
    public void A_name_is_the_same_in_every_type_of_string()
    {
        foreach (var one in Types)
        {
            foreach (var other in Types)
                Assert.True(NameComparison.AreSame(Name(one, "Root CA 1"), Name(other, " root  ca 1 ")), $"{one} and {other}");
            Assert.False(NameComparison.AreSame(Name(one, "Root CA 1"), Name(UniversalTagNumber.UTF8String, "Root CA 2")), $"{one}");
        }
    }

    [Theory]
    [InlineData("a b", "a\u00a0b", true)]
    [InlineData("a b", "a\u3000 \tb", true)]
    [InlineData("Wabbit", "Wab\u200bbit", true)]
    [InlineData("Wabbit", "Wab\u00adbit", true)]
    [InlineData("Wabbit", "\uff37abbit", true)]
    [InlineData("Stra\u00dfe", "STRASSE", true)]
    [InlineData("\u00c4\u03a3", "\u00e4\u03c2", true)]
    [InlineData("a b", "ab", false)]
    [InlineData("Wabbit", "W\u0430bbit", false)]
    public void Case_spaces_and_what_is_not_seen_make_no_difference(string one, string other, bool areSame) =>
        Assert.Equal(areSame, NameComparison.AreSame(Name(UniversalTagNumber.UTF8String, one), Name(UniversalTagNumber.UTF8String, other)));

    private static X500DistinguishedName Name(UniversalTagNumber type, string text)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        if (type != UniversalTagNumber.UniversalString)
        {
            writer.WriteCharacterString(type, text);
            return Names.Common(writer.Encode());
        }

        // UTF-32, which the platform does not write.
        var characters = new UTF32Encoding(bigEndian: true, byteOrderMark: false).GetBytes(text);
        return Names.Common([(byte)type, (byte)characters.Length, .. characters]);
    }
}
