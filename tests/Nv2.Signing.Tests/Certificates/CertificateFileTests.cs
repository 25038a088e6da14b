using System.Text;
using Nv2.Signing.Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Certificates;

public class CertificateFileTests
{
    private static readonly string Leaf = Encoding.ASCII.GetString(Vectors.Read("keys/leaf.crt"));
    private static readonly string Root = Encoding.ASCII.GetString(Vectors.Read("keys/root.crt"));

    [Fact]
    public void A_bundle_holds_its_certificates_in_their_order()
    {
        var key = Encoding.ASCII.GetString(Vectors.Read("keys/leaf.key"));

        var parsed = Parse($"Certificate of the leaf\r\n{Leaf.Replace("\n", "\r\n", StringComparison.Ordinal)}\n# é\n{key}{Root}");

        Assert.Equal(2, parsed.Count);
        Assert.Contains("CN=registry.wabbit-networks.io", parsed[0], StringComparison.Ordinal);
        Assert.Contains("CN=wabbit-networks Root CA", parsed[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_DER_of_a_certificate_is_one_certificate()
    {
        var certificate = CertificateFile.Parse(Encoding.ASCII.GetBytes(Leaf))[0];

        Assert.Equal(certificate, Assert.Single(CertificateFile.Parse(certificate.RawData)));
        Refusal.Of(() => CertificateFile.Parse([.. certificate.RawData, 0]), "the bytes after its end");
        Refusal.Of(() => CertificateFile.ParseDer([.. certificate.RawData, .. certificate.RawData]), "bytes follow its end");
        for (var length = 2; length < certificate.RawData.Length; length += 7)
            Refusal.Of(() => CertificateFile.Parse(certificate.RawData.AsSpan(0, length)), "DER is damaged");
    }

    // openssl s_client -showcerts begins such lines; the digit zero is the first byte of DER too.
    [Fact]
    public void Text_that_begins_with_the_digit_zero_is_passed_over_like_any_other() => Assert.Single(Parse($"0 s:CN = leaf\n{Leaf}"));

    [Theory]
    [InlineData("")]
    [InlineData("no PEM")]
    [InlineData("-----BEGIN OTHER-----\nAAAA\n-----END OTHER-----\n")]
    public void A_file_without_a_certificate_is_refused(string content) => Refusal.Of(() => Parse(content), "certificate");

    [Theory]
    [InlineData("four characters are missing")]
    [InlineData("a character is missing")]
    [InlineData("a character is none of base64")]
    [InlineData("the end is missing")]
    [InlineData("it is empty")]
    public void A_damaged_certificate_is_refused_wherever_it_stands(string damage)
    {
        var start = Leaf.IndexOf("-----\n", StringComparison.Ordinal) + 6;
        var damaged = damage switch
        {
            "four characters are missing" => Leaf.Remove(start, 4),
            "a character is missing" => Leaf.Remove(start, 1),
            "a character is none of base64" => Leaf.Insert(start, "!"),
            "the end is missing" => Leaf.Remove(Leaf.IndexOf("-----END", StringComparison.Ordinal)),
            _ => "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        };

        Refusal.Of(() => Parse(damaged));
        Refusal.Of(() => Parse(Root + damaged));
        Refusal.Of(() => Parse(damaged + Root));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_bundle_holds_64_certificates_at_most(int count, bool valid)
    {
        var bundle = string.Concat(Enumerable.Repeat(Leaf, count));

        if (valid)
            Assert.Equal(count, Parse(bundle).Count);
        else
            Refusal.Of(() => Parse(bundle), "more than 64");
    }

    private static List<string> Parse(string content) =>
        [.. CertificateFile.Parse(Encoding.Latin1.GetBytes(content)).Select(certificate => DistinguishedName.Format(certificate.SubjectName))];

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    [InlineData(3000, false)]
    public void A_certificate_has_no_more_extensions_than_are_of_use(int count, bool isRead)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=many",
            key,
            System.Security.Cryptography.HashAlgorithmName.SHA256
        );
        for (var number = 0; number < count; number++)
            request.CertificateExtensions.Add(
                new System.Security.Cryptography.X509Certificates.X509Extension($"1.3.6.1.4.1.99999.{number}", [5, 0], critical: false)
            );
        var der = request.CreateSelfSigned(Signatures.Now, Signatures.Now.AddDays(1)).RawData;

        if (isRead)
            Assert.NotNull(CertificateFile.ParseDer(der));
        else
            Refusal.Of(() => CertificateFile.ParseDer(der), "more than 128 extensions");
    }
}
