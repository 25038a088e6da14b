using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>The dates of signatures and of certificates, which are a check of their own.</summary>
public class ValidityTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    private static readonly DateTimeOffset Expiry = new(2031, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-1, "valid")]
    [InlineData(-0.001, "valid")]
    [InlineData(0, "Validity")]
    [InlineData(1, "Validity")]
    public void A_signature_holds_until_the_moment_before_exp(double seconds, string expected) =>
        Assert.Equal(
            expected,
            Verify(Signatures.Sign("jwt", Signatures.Claims with { ExpiresAt = Expiry }, authorities.Leaf), Expiry.AddSeconds(seconds))
        );

    [Theory]
    [InlineData(-1, "Validity")]
    [InlineData(-0.001, "Validity")]
    [InlineData(0, "valid")]
    [InlineData(1, "valid")]
    public void A_signature_holds_from_nbf_on(double seconds, string expected) =>
        Assert.Equal(
            expected,
            Verify(Signatures.Sign("json", Signatures.Claims with { NotBefore = Expiry }, authorities.Leaf), Expiry.AddSeconds(seconds))
        );

    [Theory]
    [InlineData("2019-12-31T23:59:59Z", "Validity")]
    [InlineData("2020-01-01T00:00:00Z", "valid")]
    [InlineData("2040-01-01T00:00:00Z", "valid")]
    [InlineData("2040-01-01T00:00:00.999Z", "valid")]
    [InlineData("2040-01-01T00:00:01Z", "Validity")]
    public void A_pinned_certificate_holds_from_its_first_to_its_last_second(string now, string expected) =>
        Assert.Equal(
            expected,
            Verify(Signatures.Sign(authorities.Leaf), DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture))
        );

    [Theory]
    [InlineData("leaf", "20290101000000Z")]
    [InlineData("intermediate", "20290101000000Z")]
    [InlineData("root", "20290101000000Z")]
    [InlineData("leaf", "20500101000000Z")]
    [InlineData("intermediate", "20500101000000Z")]
    [InlineData("root", "20500101000000Z")]
    public void A_certificate_of_the_chain_out_of_its_dates_fails_that_check_alone(string which, string date)
    {
        var early = string.CompareOrdinal(date, "2030") < 0;
        CertificatePlan Dated(CertificatePlan plan, string name) =>
            name != which ? plan
            : early ? plan with { NotAfter = date }
            : plan with { NotBefore = date, NotAfter = "20600101000000Z" };
        var root = authorities.Make(Dated(new CertificatePlan("/CN=root"), "root"));
        var intermediate = authorities.Make(Dated(new CertificatePlan("/CN=intermediate", root), "intermediate"));
        var leaf = authorities.Make(Dated(CertificatePlan.Leaf(intermediate), "leaf"));

        var result = Signatures.Verify(Signatures.Sign(leaf, intermediate), Signatures.Roots(root));

        Assert.Equal("Validity", result.Outcome());
        var reason = result.Checks.Single(check => check.Name == CheckName.Validity).Reason;
        Assert.Contains($"CN={which} {(early ? "expired" : "is not valid before")}", reason, StringComparison.Ordinal);
    }

    // RFC 5280 section 4.1.2.5: this date says that there is no end.
    [Fact]
    public void A_certificate_without_a_well_defined_end_is_valid()
    {
        var root = authorities.Make(new CertificatePlan("/CN=endless") { NotAfter = "99991231235959Z" });
        var leaf = authorities.Make(CertificatePlan.Leaf(root) with { NotAfter = "99991231235959Z" });

        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(leaf), Signatures.Pins(leaf)).Outcome());
        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(leaf), Signatures.Roots(root)).Outcome());
    }

    private string Verify(byte[] signature, DateTimeOffset now) => Signatures.Verify(signature, Signatures.Pins(authorities.Leaf), now).Outcome();
}
