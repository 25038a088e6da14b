using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Timestamps;

/// <summary>When a trust policy verifies timestamps, the result for an invalid one, and which authorities are trusted.</summary>
public sealed class TimestampTermsTests(Stamped stamped) : IClassFixture<Stamped>
{
    private static readonly StampPlan Good = new(new(2028, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private static readonly StampPlan TooEarly = new(new(2019, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void Where_the_policy_says_afterCertExpiry_a_timestamp_counts_only_then(string format)
    {
        var signature = stamped.Sign(format);
        var good = Stamped.Force(signature, stamped.Stamp(signature, Good));
        var bad = Stamped.Force(signature, stamped.Stamp(signature, TooEarly));
        var always = Trust.ByHand(TrustedCertificates.None);
        var afterwards = Trust.ByHand(TrustedCertificates.None) with { TimestampsOnlyAfterExpiry = true };

        Assert.Equal("valid", Verify(good, always, Signatures.Now).Outcome());
        Assert.Equal("valid", Verify(good, afterwards, Signatures.Now).Outcome());
        Assert.Equal("valid", Verify(good, always, Stamped.Later).Outcome());
        Assert.Equal("valid", Verify(good, afterwards, Stamped.Later).Outcome());

        Assert.Equal("Validity", Verify(bad, always, Signatures.Now).Outcome());
        Assert.Equal("valid", Verify(bad, afterwards, Signatures.Now).Outcome());
        Assert.Equal("Validity", Verify(bad, always, Stamped.Later).Outcome());
        Assert.Equal("Validity", Verify(bad, afterwards, Stamped.Later).Outcome());
    }

    [Fact]
    public void Where_authentic_time_is_only_logged_a_timestamp_that_does_not_hold_is_told()
    {
        var signature = stamped.Sign("jws");
        var result = Verify(
            Stamped.Force(signature, stamped.Stamp(signature, TooEarly)),
            Trust.ByHand(TrustedCertificates.None) with
            {
                Level = VerificationLevel.Permissive,
            },
            Stamped.Later
        );

        Assert.Equal("valid", result.Outcome());
        Assert.NotNull(result.Checks.Single(check => check.Name == CheckName.Validity).Warning);
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signing_authority_is_trusted_by_stores_of_that_type_alone_and_nobody_else_is_by_them(string format)
    {
        var root = stamped.SignerRoot;
        var leaf = stamped.Make(CertificatePlan.Leaf(root) with { NotAfter = "20310101000000Z" });
        var byAuthority = Signatures.Sign(format, Signatures.Claims with { References = [], Scheme = SigningScheme.SigningAuthority }, leaf, root);
        var bySigner = Signatures.Sign(format, Signatures.Claims with { References = [] }, leaf, root);
        var authorities = new TrustedCertificates([], []) { SigningAuthorities = [root.Certificate] };

        Assert.Equal("valid", Signatures.Verify(byAuthority, authorities).Outcome());
        Assert.Equal("Authenticity", Signatures.Verify(byAuthority, Signatures.Roots(root)).Outcome());
        Assert.Equal("Authenticity", Signatures.Verify(byAuthority, Signatures.Pins(leaf)).Outcome());
        Assert.Equal("Authenticity", Signatures.Verify(bySigner, authorities).Outcome());

        // The time is the authority's word: what it signed holds after its certificates have ended, and what a signer signed does not.
        Assert.Equal("valid", Signatures.Verify(byAuthority, authorities, Stamped.Later).Outcome());
        Assert.Equal("Validity", Signatures.Verify(bySigner, Signatures.Roots(root), Stamped.Later).Outcome());
    }

    private VerificationResult Verify(byte[] signature, Trust terms, DateTimeOffset now) =>
        new Verifier(new FakeTimeProvider(now)).Verify(
            new VerificationRequest(
                signature,
                null,
                Signatures.Subject,
                terms with
                {
                    Certificates = stamped.Trust(stamped.TimestampRoot),
                },
                MediaType: null,
                Reference: null
            )
        );
}
