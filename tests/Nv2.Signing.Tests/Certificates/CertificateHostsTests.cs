using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>The reference rule: the registries that a certificate is valid for.</summary>
public class CertificateHostsTests(CertificateHostsTests.Maker maker) : IClassFixture<CertificateHostsTests.Maker>
{
    [Theory]
    [InlineData("DNS:registry.example.com", "registry.example.com/app:v1", true)]
    [InlineData("DNS:registry.example.com", "registry.example.com:5000/app", true)]
    [InlineData("DNS:registry.example.com", "REGISTRY.Example.com/app", true)]
    [InlineData("DNS:REGISTRY.Example.com", "registry.example.com/app", true)]
    [InlineData("DNS:registry.example.com", "registry.example.com/app@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", true)]
    [InlineData("DNS:registry.example.com", "a.registry.example.com/app", false)]
    [InlineData("DNS:registry.example.com", "example.com/app", false)]
    [InlineData("DNS:registry.example.com", "common.example.com/app", false)]
    [InlineData("DNS:registry.example.com.", "registry.example.com/app", false)]
    [InlineData("DNS:registry.example.com:5000", "registry.example.com:5000/app", false)]
    [InlineData("DNS:a.example.com,DNS:b.example.com", "b.example.com/app", true)]
    [InlineData("DNS:*.example.com", "registry.example.com/app", true)]
    [InlineData("DNS:*.example.com", "REGISTRY.EXAMPLE.COM:443/app", true)]
    [InlineData("DNS:*.example.com", "example.com/app", false)]
    [InlineData("DNS:*.example.com", "a.registry.example.com/app", false)]
    [InlineData("DNS:*.*.com", "registry.example.com/app", false)]
    [InlineData("DNS:registry.*.com", "registry.example.com/app", false)]
    [InlineData("DNS:r*.example.com", "registry.example.com/app", false)]
    [InlineData("DNS:*", "localhost/app", false)]
    [InlineData("DNS:*.0.0.1", "127.0.0.1/app", false)]
    [InlineData("DNS:docker.io", "hello-world", true)]
    [InlineData("DNS:docker.io", "team/app", true)]
    [InlineData("DNS:docker.io", "index.docker.io/team/app", true)]
    [InlineData("DNS:index.docker.io", "hello-world", false)]
    [InlineData("DNS:library", "library/hello-world", false)]
    [InlineData("DNS:xn--rgistry-bya.example.com", "xn--rgistry-bya.example.com/app", true)]
    [InlineData("DNS:xn--rgistry-bya.example.com", "XN--RGISTRY-BYA.example.com/app", true)]
    [InlineData("IP:127.0.0.1", "127.0.0.1:5000/app", true)]
    [InlineData("IP:127.0.0.1", "127.0.0.2/app", false)]
    [InlineData("IP:2001:db8::1", "[2001:DB8:0::1]:5000/app", true)]
    [InlineData("IP:2001:db8::1", "[2001:db8::2]/app", false)]
    [InlineData("IP:127.0.0.1,DNS:registry.example.com", "registry.example.com/app", true)]
    [InlineData("IP:127.0.0.1,DNS:127.0.0.2", "127.0.0.2/app", false)]
    [InlineData("IP:127.0.0.1", "common.example.com/app", true)]
    [InlineData("email:common.example.com", "common.example.com/app", true)]
    [InlineData("URI:https://registry.example.com", "registry.example.com/app", false)]
    [InlineData("IP:8.0.0.1", "010.0.0.1/app", false)] // Octal to some, decimal to others.
    [InlineData("IP:127.0.0.1", "127.1:5000/app", false)]
    [InlineData("IP:127.0.0.1", "2130706433:5000/app", false)]
    [InlineData("IP:127.0.0.1", "0x7f.0.0.1/app", false)]
    public void The_alternative_names_say_which_registries(string names, string reference, bool covered) =>
        Check(maker.Make("/CN=common.example.com", names), reference, covered);

    [Theory]
    [InlineData("/CN=registry.example.com", "registry.example.com:5000/app", true)]
    [InlineData("/C=US/CN=Registry.Example.com/O=o", "registry.example.com/app", true)]
    [InlineData("/CN=*.example.com", "registry.example.com/app", true)]
    [InlineData("/CN=*.example.com", "example.com/app", false)]
    [InlineData("/CN=127.0.0.1", "127.0.0.1/app", true)]
    [InlineData("/CN=registry.example.com/CN=other.example.com", "registry.example.com/app", false)]
    [InlineData("/CN=registry.example.com/CN=other.example.com", "other.example.com/app", false)]
    [InlineData("/O=o+CN=registry.example.com", "registry.example.com/app", true)]
    [InlineData("/O=o+CN=other.example.com/CN=registry.example.com", "registry.example.com/app", false)]
    [InlineData("/O=registry.example.com", "registry.example.com/app", false)]
    public void Without_alternative_names_the_common_name_does(string subject, string reference, bool covered) =>
        Check(maker.Make(subject, null), reference, covered);

    [Fact]
    public void A_name_with_a_zero_byte_is_not_the_name_before_it() =>
        Check(Names.Certificate(Names.Common([0x0c, 22, .. "registry.example.com\0x"u8])), "registry.example.com/app", false);

    // A PrintableString has no asterisk, but certificates for wildcards are about that have one.
    [Fact]
    public void A_common_name_of_the_wrong_string_type_is_for_no_registry() =>
        Check(Names.Certificate(Names.Common([0x13, 14, .. "*a.example.com"u8])), "registry.example.com/app", false);

    [Theory]
    [InlineData("2.5.29.17", "00")]
    [InlineData("2.5.29.17", "3003820141FF")]
    [InlineData("2.5.29.17", "30038201FF")]
    [InlineData("2.5.29.17", "3005870301020304")]
    [InlineData("2.5.29.15", "00")]
    [InlineData("2.5.29.15", "03020880")]
    public void An_extension_that_cannot_be_read_is_a_failure(string oid, string value)
    {
        var certificate = Names.Certificate(
            new X500DistinguishedName("CN=registry.example.com"),
            new X509Extension(oid, Convert.FromHexString(value), critical: false)
        );

        var failure =
            oid == "2.5.29.15"
                ? SignerCertificate.CheckKeyUsage(certificate)
                : SignerCertificate.CheckReferences(certificate, [], [Reference.Parse("registry.example.com/app")]);

        Assert.Contains("damaged", failure, StringComparison.Ordinal);
    }

    private static void Check(X509Certificate2 certificate, string reference, bool covered)
    {
        var failure = SignerCertificate.CheckReferences(certificate, [], [Reference.Parse(reference)]);

        Assert.Equal(covered, failure is null);
        Assert.Null(SignerCertificate.CheckReferences(certificate, [], []));
        Assert.True(covered || failure!.Contains("is not valid for", StringComparison.Ordinal), failure);
    }

    public sealed class Maker : IDisposable
    {
        private readonly OpenSsl openSsl = new();
        private readonly Issued key;

        public Maker() => key = openSsl.Issue(CertificatePlan.Leaf());

        internal X509Certificate2 Make(string subject, string? names) =>
            openSsl
                .Issue(new CertificatePlan(subject) { SameKeyAs = key, Extensions = names is null ? [] : [$"subjectAltName={names}"] })
                .Certificate;

        public void Dispose() => openSsl.Dispose();
    }
}
