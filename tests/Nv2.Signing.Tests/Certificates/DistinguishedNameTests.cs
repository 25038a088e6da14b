using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

public sealed class DistinguishedNameTests : IDisposable
{
    private readonly OpenSsl openSsl = new();

    [Theory]
    [InlineData("/CN=registry.example.com")]
    [InlineData("/C=US/ST=Washington/L=Seattle/O=wabbit-networks inc/OU=signing/CN=registry.example.com")]
    [InlineData("/CN=a, b;c<d>e\"f\\\\g=h")]
    [InlineData("/CN=# leading")]
    [InlineData("/CN= leading and trailing ")]
    [InlineData("/CN=a\\/b\\+c")]
    [InlineData("/DC=com/DC=example/UID=me/CN=leaf")]
    [InlineData("/CN=one/CN=two")]
    [InlineData("/emailAddress=me@example.com/CN=leaf")]
    public void A_name_is_written_as_openssl_writes_it(string subject)
    {
        var certificate = openSsl.Issue(CertificatePlan.Leaf() with { Subject = subject });

        var expected = OpenSsl.Run("x509", "-in", certificate.CertificatePath, "-noout", "-subject", "-nameopt", "RFC2253").Trim('\n')[
            "subject=".Length..
        ];

        Assert.Equal(expected, DistinguishedName.Format(certificate.Certificate.SubjectName));
    }

    // The parts of one relative name are a set; openssl turns their order around, RFC 4514 section 2.2 leaves it open.
    [Fact]
    public void The_parts_of_a_relative_name_stand_in_the_order_of_their_encoding()
    {
        var certificate = openSsl.Issue(CertificatePlan.Leaf() with { Subject = "/O=team+CN=leaf+OU=unit/C=US" });

        Assert.Equal("C=US,CN=leaf+O=team+OU=unit", DistinguishedName.Format(certificate.Certificate.SubjectName));
    }

    [Fact]
    public void Letters_beyond_ASCII_are_written_as_they_are()
    {
        var certificate = openSsl.Issue(CertificatePlan.Leaf() with { Subject = "/O=Größe 大/CN=é😀" });

        Assert.Equal("CN=é😀,O=Größe 大", DistinguishedName.Format(certificate.Certificate.SubjectName));
    }

    [Theory]
    [InlineData("0C03610A62", "CN=a\\0Ab")]
    [InlineData("0C0461E280AE", "CN=a\\E2\\80\\AE")]
    [InlineData("0C05F3A0818161", "CN=\\F3\\A0\\81\\81a")] // U+E0041, a tag: a format character beyond the first plane.
    [InlineData("0C01FF", "CN=#0c01ff")]
    [InlineData("130161", "CN=a")]
    [InlineData("020101", "CN=#020101")]
    [InlineData("0C00", "CN=")]
    [InlineData("0C0120", "CN=\\ ")]
    [InlineData("1E020041", "CN=A")]
    [InlineData("1E02D800", "CN=#1e02d800")] // Half of a surrogate pair has no text.
    public void What_cannot_be_shown_as_it_is_is_escaped_or_shown_by_its_bytes(string value, string expected) =>
        Assert.Equal(expected, DistinguishedName.Format(Names.Common(Convert.FromHexString(value))));

    [Fact]
    public void A_name_without_parts_is_empty() => Assert.Equal("", DistinguishedName.Format(new X500DistinguishedName([0x30, 0])));

    public void Dispose() => openSsl.Dispose();
}
