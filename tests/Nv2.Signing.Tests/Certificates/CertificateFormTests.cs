using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Certificates that the platform reads, and that RFC 5280 section 4.1, DER or the standard of their key's algorithm writes
/// otherwise.</summary>
public sealed class CertificateFormTests
{
    private const int Version = 0;
    private const int Serial = 1;
    private const int Subject = 5;
    private const int Key = 6;
    private const int Extensions = 7;

    private const string X = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    private const string Y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    private const string Ec = "06072a8648ce3d0201";
    private const string P256 = "06082a8648ce3d030107";
    private const string Rsa = "06092a864886f70d010101";
    private const string Exponent = "0203010001";

    private static readonly string Modulus = "02820101" + "00c1" + string.Concat(Enumerable.Repeat("ff", 255));

    [Fact]
    public void A_certificate_in_the_form_of_the_standards_is_read()
    {
        Assert.NotNull(CertificateFile.ParseDer(Certificate(Key, Point("04" + X + Y))));
        Assert.NotNull(CertificateFile.ParseDer(Certificate(Key, RsaKey("0500", Tlv("30", Modulus + Exponent)))));
        Assert.NotNull(CertificateFile.ParseDer(Certificate(Subject, "3017311530080603550403" + "0c0178" + "3009060355040613025553")));
    }

    [Theory]
    [InlineData(Version, "", "version is not 3")]
    [InlineData(Version, "a003020100", "another form of ASN.1")]
    [InlineData(Version, "a003020101", "version is not 3")]
    [InlineData(Version, "a003020103", "not 1, 2 or 3")]
    [InlineData(Version, "a00402020002", "its DER is damaged")]
    [InlineData(Serial, "02020001", "its DER is damaged")]
    [InlineData(Subject, "301731153009060355040613025553" + "30080603550403" + "0c0178", "another form of ASN.1")]
    [InlineData(Extensions, "a30f300d300b0603551d0e010100040100", "another form of ASN.1")]
    [InlineData(Extensions, "a30f300d300b0603551d0e010101040100", "another form of ASN.1")]
    [InlineData(Extensions, "a30d300b30090603551d0e24030401ff", "")]
    public void A_certificate_in_another_form_is_refused(int field, string value, string reason) => AssertRefused(Certificate(field, value), reason);

    [Theory]
    [InlineData("06" + X + Y)]
    [InlineData("07" + X + Y)]
    [InlineData("05" + X)]
    [InlineData("00")]
    public void A_point_in_another_form_than_the_uncompressed_and_the_compressed_one_is_refused(string point) =>
        AssertRefused(Certificate(Key, Point(point)), "");

    [Theory]
    [InlineData("")]
    [InlineData("0500")]
    [InlineData(P256 + "0500")]
    public void A_key_on_a_curve_that_is_not_named_alone_is_refused(string parameters) =>
        AssertRefused(Certificate(Key, Tlv("30", Tlv("30", Ec + parameters) + Tlv("03", "0004" + X + Y))), "");

    [Fact]
    public void An_RSA_key_in_another_form_is_refused()
    {
        var good = Tlv("30", Modulus + Exponent);
        string[] keys =
        [
            RsaKey("", good), // Parameters that are absent, or another thing.
            RsaKey("0c0178", good),
            RsaKey("0500", good + "00"), // Something follows the key, or is in it.
            RsaKey("0500", Tlv("30", Modulus + Exponent + "0500")),
            RsaKey("0500", Tlv("30", Modulus + "020400010001")), // Numbers with a leading zero, or negative.
            RsaKey("0500", Tlv("30", "02820102" + "0000c1" + Modulus[12..] + Exponent)),
            RsaKey("0500", Tlv("30", "02820100" + "c1" + Modulus[12..] + Exponent)),
            RsaKey("0500", $"308300{good[4..]}"), // A length in a longer form.
        ];
        Assert.All(keys, key => AssertRefused(Certificate(Key, key), ""));
    }

    private static void AssertRefused(byte[] certificate, string reason) =>
        Assert.Contains(
            reason,
            Assert.ThrowsAny<InvalidInputException>(() => CertificateFile.ParseDer(certificate)).Message,
            StringComparison.Ordinal
        );

    private static string Point(string point) => Tlv("30", Tlv("30", Ec + P256) + Tlv("03", "00" + point));

    private static string RsaKey(string parameters, string key) => Tlv("30", Tlv("30", Rsa + parameters) + Tlv("03", "00" + key));

    private static string Tlv(string tag, string content)
    {
        var length = content.Length / 2;
        return $"{tag}{(length < 128 ? $"{length:x2}" : length < 256 ? $"81{length:x2}" : $"82{length:x4}")}{content}";
    }

    // A good one with another field in its place. The signature is not that of the content any more, which is not looked at here.
    private static byte[] Certificate(int replaced, string value)
    {
        using var good = Names.Certificate(new X500DistinguishedName("CN=x"), new X509SubjectKeyIdentifierExtension([1], critical: false));
        var outer = new AsnReader(good.RawData, AsnEncodingRules.DER).ReadSequence();
        var fields = outer.ReadSequence();
        var content = "";
        for (var field = 0; fields.HasData; field++)
        {
            var original = Convert.ToHexStringLower(fields.ReadEncodedValue().Span);
            content += field == replaced ? value : original;
        }

        return Convert.FromHexString(
            Tlv(
                "30",
                Tlv("30", content) + Convert.ToHexStringLower(outer.ReadEncodedValue().Span) + Convert.ToHexStringLower(outer.ReadEncodedValue().Span)
            )
        );
    }
}
