using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Trusted identities: which text is one, which overlap, and which certificates have which.</summary>
public sealed class TrustedIdentityTests(OpenSsl openSsl) : IClassFixture<OpenSsl>
{
    private const string Wabbit = "/C=US/ST=WA/L=Seattle/O=wabbit-networks inc/OU=Signing/CN=registry";

    [Theory]
    [InlineData(Wabbit, "x509.subject: C=US, ST=WA, O=wabbit-networks inc")]
    [InlineData(Wabbit, "x509.subject:C=US,ST=WA,O=wabbit-networks inc")]
    [InlineData(Wabbit, "x509.subject:   O = wabbit-networks inc ,  ST = WA , C = US  ")]
    [InlineData(Wabbit, "x509.subject: CN=registry, OU=Signing, O=wabbit-networks inc, L=Seattle, ST=WA, C=US")]
    [InlineData(Wabbit, "x509.subject: C=US, S=WA, O=wabbit-networks inc")]
    [InlineData(Wabbit, "x509.subject: c=US, st=WA, o=wabbit-networks inc")]
    [InlineData(Wabbit, "x509.subject: 2.5.4.6=US, 2.5.4.8=WA, 2.5.4.10=wabbit-networks inc")]
    [InlineData(Wabbit, @"x509.subject: C=US, ST=WA, O=wabbit\2dnetworks\20inc")]
    [InlineData(Wabbit, "x509.subject: C=US, ST=WA, O=Wabbit-Networks inc")] // RFC 5280 section 7.1
    [InlineData(Wabbit, @"x509.subject: C=us, ST=wa, O=wabbit-networks   INC\ ")]
    [InlineData("/C=US/ST=WA/O=Acme, Inc.", @"x509.subject: C=US, ST=WA, O=Acme\, Inc.")]
    [InlineData("/C=US/ST=WA/O=Acme, Inc.", @"x509.subject: C=US, ST=WA, O=Acme\2C Inc.")]
    [InlineData("/C=US/ST=WA/O=a;b", @"x509.subject: C=US, ST=WA, O=a\;b")]
    [InlineData(@"/C=US/ST=WA/O=a\\b", @"x509.subject: C=US, ST=WA, O=a\\b")]
    [InlineData("/C=US/ST=WA/O= a ", @"x509.subject: C=US, ST=WA, O=\ a\ ")]
    [InlineData("/C=US/ST=WA/O= a ", @"x509.subject: C=US, ST=WA, O=\20a\20")]
    [InlineData(@"/C=US/ST=WA/O=a\+b=c", @"x509.subject: C=US, ST=WA, O=a\+b=c")]
    [InlineData("/C=US/ST=WA/O=#1", @"x509.subject: C=US, ST=WA, O=\#1")]
    [InlineData("/C=US/ST=WA/O=Blåbær", @"x509.subject: C=US, ST=WA, O=Blåbær")]
    [InlineData("/C=US/ST=WA/O=Blåbær", @"x509.subject: C=US, ST=WA, O=Bl\C3\A5b\c3\a6r")]
    [InlineData("/C=US/ST=WA/O=The \"Acme\" Inc", "x509.subject: C=US, ST=WA, O=The \"Acme\" Inc")]
    [InlineData("/C=US/ST=WA/O=12\"", "x509.subject: C=US, ST=WA, O=12\"")]
    [InlineData("/C=US/ST=WA/O=\"Acme\"", @"x509.subject: C=US, ST=WA, O=\""Acme""")]
    [InlineData("/C=US/ST=WA/O=x/emailAddress=a@example.com", "x509.subject: C=US, ST=WA, O=x, E=a@example.com")]
    [InlineData("/C=US/ST=WA/O=x/emailAddress=a@example.com", "x509.subject: C=US, ST=WA, O=x, EMAILADDRESS=a@example.com")]
    [InlineData("/C=US/ST=WA/O=x/businessCategory=Private", "x509.subject: C=US, ST=WA, O=x, businessCategory=Private")]
    [InlineData("/C=US/ST=WA/O=x/businessCategory=Private", "x509.subject: C=US, ST=WA, O=x, OID.2.5.4.15=Private")]
    [InlineData("/C=US/ST=WA/O=x/serialNumber=1", "x509.subject: C=US, ST=WA, O=x, SERIALNUMBER=1")]
    [InlineData("/C=US/ST=WA/O=x/SN=y/GN=z", "x509.subject: C=US, ST=WA, O=x, surname=y, givenName=z")]
    [InlineData("/C=US/ST=WA/O=x/title=y", "x509.subject: C=US, ST=WA, O=x, T=y")]
    [InlineData("/C=US/ST=WA/O=x/organizationIdentifier=NTRUS-1", "x509.subject: C=US, ST=WA, O=x, organizationIdentifier=NTRUS-1")]
    [InlineData("/C=US/ST=WA/O=x/jurisdictionC=US", "x509.subject: C=US, ST=WA, O=x, jurisdictionC=US")]
    [InlineData(
        "/C=US/ST=WA/O=x/jurisdictionC=US",
        "x509.subject: countryName=US, stateOrProvinceName=WA, organizationName=x, 1.3.6.1.4.1.311.60.2.1.3=US"
    )]
    [InlineData("/C=US/ST=WA/O=x/CN=y", "*")]
    [InlineData("/CN=anybody", "*")]
    public void A_subject_that_has_all_attributes_of_an_identity_has_it(string subject, string identity) => Assert.Null(Check(subject, identity));

    [Theory]
    [InlineData("x509.subject: C=US, ST=WA, O=wabbit-networks")]
    [InlineData("x509.subject: C=US, ST=WA, O=wabbit-networks inc, CN=other")]
    [InlineData("x509.subject: C=US, ST=WA, O=wabbit-networks inc, DC=registry")]
    [InlineData("x509.subject: C=US, ST=Washington, O=wabbit-networks inc")]
    [InlineData("x509.subject: C=US, ST=WA, O=*")]
    [InlineData("spiffe:C=US, ST=WA, O=wabbit-networks inc")]
    public void A_subject_that_lacks_an_attribute_of_an_identity_or_has_another_value_does_not_have_it(string identity)
    {
        var failure = Check(Wabbit, identity);

        Assert.StartsWith(
            "the subject of the signer's certificate, CN=registry,OU=Signing,O=wabbit-networks inc,L=Seattle,ST=WA,C=US, "
                + "matches none of the trusted identities",
            failure,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/C=US/ST=WA/O=acme+CN=x", "several attributes in one relative name")]
    [InlineData("/C=US/ST=WA/O=acme/OU=a/OU=b", "OU more than once")]
    [InlineData("/CN=x", "none of the trusted identities")]
    public void A_subject_that_no_identity_can_name_has_none(string subject, string expected) =>
        Assert.Contains(expected, Check(subject, "x509.subject: C=US, ST=WA, O=acme"), StringComparison.Ordinal);

    [Fact]
    public void One_of_several_identities_is_enough()
    {
        Assert.Null(Check(Wabbit, "x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=WA, O=wabbit-networks inc", "spiffe:x"));
        Assert.NotNull(Check(Wabbit, "x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=WA, O=other"));
    }

    [Theory]
    [InlineData("", "is not a trusted identity")]
    [InlineData("**", "is not a trusted identity")]
    [InlineData("C=US, ST=WA, O=acme", "is not a trusted identity")]
    [InlineData(":C=US", "is not a trusted identity")]
    [InlineData("x509.subject:", "expected TYPE=VALUE at character 1")]
    [InlineData("x509.subject: C=US, ST=WA", "it has no O")]
    [InlineData("x509.subject: C=US, O=acme", "it has no ST")]
    [InlineData("x509.subject: ST=WA, O=acme", "it has no C")]
    [InlineData("x509.subject: C=US, ST=WA, O=", "an attribute without a value")]
    [InlineData("x509.subject: C=US, ST=WA, O=   ", "an attribute without a value")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme,", "expected TYPE=VALUE")]
    [InlineData("x509.subject: C=US,, ST=WA, O=acme", "expected TYPE=VALUE")]
    [InlineData("x509.subject: C=US; ST=WA; O=acme", "must be escaped")]
    [InlineData("x509.subject: C=US, ST=WA, O=\"acme, inc\"", "escape a quote that is part of the value")]
    [InlineData("x509.subject: C=US, ST=WA, O=\"acme\"", "begins with a quote at character 17, which programs read in two ways")]
    [InlineData("x509.subject: C=US, ST=WA, O=a \"b, c\"", "expected TYPE=VALUE")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, E=a, emailAddress=b", "emailAddress more than once")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, OID.=a", "is unknown")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, OID.02.5=a", "is unknown")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, XX=y", "expected its object identifier, as in 2.5.4.15=VALUE")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, inc", "expected TYPE=VALUE")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme+CN=x", "several attributes in one relative name")]
    [InlineData("x509.subject: C=US, ST=WA, O=#0c0161", "a value in hexadecimal")]
    [InlineData(@"x509.subject: C=US, ST=WA, O=a\b", "an invalid escape")]
    [InlineData(@"x509.subject: C=US, ST=WA, O=a\", "an invalid escape")]
    [InlineData(@"x509.subject: C=US, ST=WA, O=\C3", "not UTF-8")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, XX=y", "is unknown")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, 02.5=y", "is unknown")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, O=other", "O more than once")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, S=CA", "ST more than once")]
    [InlineData("x509.subject: C=US, ST=WA, O=acme, 2.5.4.6=US", "C more than once")]
    [InlineData("X509.subject", "is not a trusted identity")]
    public void Text_that_is_no_identity_is_refused(string identity, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => TrustedIdentity.Parse(identity)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(true, "x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=WA, O=acme, OU=a")]
    [InlineData(true, "x509.subject: C=US, ST=WA, O=acme, OU=a", "x509.subject: C=US, ST=WA, O=acme")]
    [InlineData(true, "x509.subject: C=US, ST=WA, O=acme", "x509.subject: O=acme,S=WA,C=US")]
    [InlineData(true, "x509.subject: C=US, ST=WA, O=acme, OU=a", "x509.subject: C=US, ST=WA, O=acme, CN=b")]
    [InlineData(true, "*", "*")]
    [InlineData(true, "x509.subject: C=US, ST=WA, O=acme", "*")]
    [InlineData(true, "spiffe:x", "spiffe:x")]
    [InlineData(false, "x509.subject: C=US, ST=WA, O=acme, OU=a", "x509.subject: C=US, ST=WA, O=acme, OU=b")]
    [InlineData(false, "x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=CA, O=acme")]
    [InlineData(true, "x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=WA, O=Acme")]
    [InlineData(false, "x509.subject: C=US, ST=WA, O=acme", "spiffe:x")]
    public void Identities_that_one_certificate_could_have_both_are_refused(bool refused, string one, string other)
    {
        var identities = new[] { TrustedIdentity.Parse(one), TrustedIdentity.Parse(other) };

        Assert.Equal(refused, Record.Exception(() => new TrustedIdentities(identities)) is InvalidInputException);
    }

    [Fact]
    public void There_must_be_an_identity() => Assert.Throws<InvalidInputException>(() => new TrustedIdentities([]));

    private string? Check(string subject, params string[] identities) =>
        new TrustedIdentities([.. identities.Select(TrustedIdentity.Parse)]).Check(openSsl.Issue(new CertificatePlan(subject)).Certificate);
}
