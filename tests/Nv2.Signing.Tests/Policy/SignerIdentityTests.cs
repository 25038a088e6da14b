using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Identities of signers in the settings: names of the certificate that a trust policy cannot have.</summary>
public sealed class SignerIdentityTests
{
    [Theory]
    [InlineData("dns:build.example.com", true)]
    [InlineData("dns: BUILD.Example.COM", true)]
    [InlineData("dns:example.com", false)]
    [InlineData("dns:other.build.example.com", false)]
    [InlineData("dns:any.wild.example.com", false)]
    [InlineData("email:Build.Bot@example.com", true)]
    [InlineData("email:Build.Bot@EXAMPLE.com", true)]
    [InlineData("email:build.bot@example.com", false)]
    [InlineData("uri:spiffe://example.com/ns/build", true)]
    [InlineData("uri:SPIFFE://EXAMPLE.com/ns/build", true)]
    [InlineData("uri:spiffe://example.com/ns/Build", false)]
    [InlineData("uri:spiffe://example.com/ns/build/", false)]
    [InlineData("dns:spiffe", false)]
    [InlineData("x509.subject: O=acme", true)]
    [InlineData("x509.subject: C=US, O=ACME, CN=build", true)]
    [InlineData("x509.subject: C=US, O=  acme  ", true)]
    [InlineData("x509.subject: CN=build+serialNumber=42", true)]
    [InlineData("x509.subject: serialNumber=42+CN=build, O=acme", true)]
    [InlineData("x509.subject: serialNumber=42", true)]
    [InlineData("x509.subject: CN=build+O=acme", false)]
    [InlineData("x509.subject: OU=one, OU=two", true)]
    [InlineData("x509.subject: OU=one, OU=three", false)]
    [InlineData("x509.subject: OU=one+OU=two", false)]
    [InlineData("x509.subject: ST=WA, O=acme", false)]
    [InlineData("x509.subject: O=acm", false)]
    public void A_certificate_has_an_identity_or_it_has_not(string identity, bool has)
    {
        using var certificate = Issue(
            Subject,
            names =>
            {
                names.AddDnsName("Build.example.com");
                names.AddDnsName("*.wild.example.com");
                names.AddEmailAddress("Build.Bot@Example.com");
                names.AddUri(new Uri("spiffe://example.com/ns/build"));
            }
        );

        var failure = new SignerIdentities([SignerIdentity.Parse(identity)]).Check(certificate);

        Assert.Equal(has, failure is null);
        if (!has)
            Assert.Contains($"has none of the identities required by the settings: \"{identity}\"", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_several_is_enough_and_a_certificate_without_names_has_none()
    {
        using var certificate = Issue("CN=build.example.com", null);

        Assert.NotNull(new SignerIdentities([SignerIdentity.Parse("dns:build.example.com")]).Check(certificate));
        Assert.Null(
            new SignerIdentities([SignerIdentity.Parse("dns:build.example.com"), SignerIdentity.Parse("x509.subject:CN=build.example.com")]).Check(
                certificate
            )
        );
    }

    [Fact]
    public void Names_that_are_damaged_are_a_failure()
    {
        using var certificate = Issue("CN=build", null, new X509Extension("2.5.29.17", [0x30, 0x03, 0x82, 0x05, 0x61], critical: false));

        Assert.Contains(
            "is damaged",
            new SignerIdentities([SignerIdentity.Parse("x509.subject:CN=build")]).Check(certificate),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "build.example.com",
        "is not an identity of a signer: expected dns:, email: or uri: and a name, or x509.subject: and a distinguished name"
    )]
    [InlineData("DNS:build.example.com", "is not an identity of a signer")]
    [InlineData("ip:10.0.0.1", "is not an identity of a signer")]
    [InlineData("*", "is not an identity of a signer")]
    [InlineData("dns:", "expected a name of 1 to 2048 characters")]
    [InlineData("dns:*.example.com", "* is not allowed: expected the full name")]
    [InlineData("dns:a b", "expected ASCII without spaces and control characters")]
    [InlineData("dns:bücher.example", "an international name in its xn-- form")]
    [InlineData("dns:example.com.", "expected a host name")]
    [InlineData("dns:a..b", "expected a host name")]
    [InlineData("dns:https://a", "expected a host name")]
    [InlineData("email:example.com", "expected an address")]
    [InlineData("email:@example.com", "expected an address")]
    [InlineData("email:a@b@c", "expected an address")]
    [InlineData("email:*@example.com", "* is not allowed")]
    [InlineData("uri:example.com", "expected a URI with its scheme")]
    [InlineData("uri:1a:b", "expected a URI with its scheme")]
    [InlineData("x509.subject:", "it is not a distinguished name")]
    [InlineData("x509.subject: O=a, O=A", "it has the attribute O with the same value more than once")]
    [InlineData("x509.subject: O=a+", "it is not a distinguished name")]
    [InlineData("x509.subject: XYZ=a", "the attribute type \"XYZ\" is unknown")]
    public void What_is_none_is_refused(string text, string message) => Refusal.Of(() => SignerIdentity.Parse(text), message);

    [Theory]
    [InlineData("*", "dns:a.example.com", true)]
    [InlineData("*", "x509.subject:CN=a+OU=b", true)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme", "dns:a.example.com", true)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme", "x509.subject: CN=build", true)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme", "x509.subject: O=ACME, CN=build", true)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme", "x509.subject: O=wabbit", false)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme", "x509.subject: CN=a+OU=b", false)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme", "x509.subject: OU=a, OU=b", false)]
    [InlineData("x509.subject: C=US, ST=WA, O=acme; x509.subject: C=US, ST=WA, O=wabbit", "x509.subject: O=wabbit", true)]
    [InlineData("other:any", "dns:a.example.com", false)]
    public void An_identity_that_no_trusted_signer_can_have_would_be_meant_to_widen(string trusted, string identity, bool isWithin)
    {
        var policy = new TrustedIdentities([.. trusted.Split("; ").Select(TrustedIdentity.Parse)]);

        Assert.Equal(isWithin, new SignerIdentities([SignerIdentity.Parse(identity)]).FindOutside(policy) is null);
    }

    [Theory]
    [InlineData("requireTimestamp\":true", "the trust policy has no statement with that name")]
    [InlineData("signerIdentities\":[\"dns:a.example\"]", "the trust policy has no statement with that name")]
    public void Settings_of_a_statement_that_is_not_there_are_refused(string setting, string message)
    {
        var settings = TrustSettings.Parse(
            Encoding.UTF8.GetBytes("{\"version\":\"1.0\",\"statements\":{\"gone\":{\"" + setting + "}}}"),
            "the settings"
        );

        Refusal.Of(() => StatementSettings.Require(settings, "nv2.json", Policies.Parse(Policies.Document)), "\"gone\" has ", message);
        Refusal.Of(() => StatementSettings.Require(settings, "nv2.json", null), message);
    }

    // C=US, O=acme, OU=one, OU=two, CN=build+serialNumber=42
    private static X500DistinguishedName Subject { get; } =
        DistinguishedNames.Encode(
            [("2.5.4.6", "US")],
            [("2.5.4.10", "acme")],
            [("2.5.4.11", "one")],
            [("2.5.4.11", "two")],
            [("2.5.4.3", "build"), ("2.5.4.5", "42")]
        );

    private static X509Certificate2 Issue(string subject, Action<SubjectAlternativeNameBuilder>? addNames, params X509Extension[] extensions) =>
        Issue(new X500DistinguishedName(subject), addNames, extensions);

    private static X509Certificate2 Issue(
        X500DistinguishedName subject,
        Action<SubjectAlternativeNameBuilder>? addNames,
        params X509Extension[] extensions
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        if (addNames is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            addNames(names);
            request.CertificateExtensions.Add(names.Build());
        }

        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
