using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Policy;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Timestamps;

/// <summary>Where the settings require a timestamp, a signature without one is not valid, also while its certificates are.</summary>
public sealed class RequiredTimestampTests(Stamped stamped) : IClassFixture<Stamped>
{
    private static readonly StampPlan Plan = new(new(2028, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("jws", false)]
    [InlineData("cose", false)]
    [InlineData("jws", true)]
    [InlineData("cose", true)]
    public void A_signature_without_one_is_not_valid(string format, bool onlyAfterExpiry)
    {
        var signature = stamped.Sign(format);
        var withTimestamp = Stamped.Force(signature, stamped.Stamp(signature, Plan));
        var ofAnother = Stamped.Force(signature, stamped.Stamp(stamped.Sign(format), Plan));

        Assert.Equal("valid", Verify(signature, required: false, onlyAfterExpiry).Outcome());
        var result = Verify(signature, required: true, onlyAfterExpiry);
        Assert.Equal("Validity", result.Outcome());
        Assert.Equal("the signature has no timestamp, which the settings require", result.Checks.Single(check => !check.Passed).Reason);
        Assert.Equal("valid", Verify(withTimestamp, required: true, onlyAfterExpiry).Outcome());
        Assert.Equal("Validity", Verify(ofAnother, required: true, onlyAfterExpiry).Outcome());
        Assert.Equal("Validity", Verify(withTimestamp, required: true, onlyAfterExpiry, stamped.Trust()).Outcome());
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void A_format_without_a_place_for_one_is_not_valid(string format)
    {
        var result = Verify(stamped.Sign(format), required: true, onlyAfterExpiry: false);

        Assert.Equal("Validity", result.Outcome());
        Assert.Equal(
            $"the settings require a timestamp, which the format {format} does not support",
            result.Checks.Single(check => !check.Passed).Reason
        );
    }

    [Fact]
    public void A_level_that_only_logs_the_authentic_timestamp_only_warns()
    {
        var trust = Trust.ByHand(stamped.Trust(stamped.TimestampRoot)) with { RequiresTimestamp = true, Level = VerificationLevel.Permissive };
        var result = new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(
            new(stamped.Sign("cose"), null, Signatures.Subject, trust, null, null)
        );

        Assert.Equal("valid", result.Outcome());
        Assert.Contains("the signature has no timestamp, which the settings require", result.Decision.Warning, StringComparison.Ordinal);
    }

    private VerificationResult Verify(
        byte[] signature,
        bool required,
        bool onlyAfterExpiry,
        Nv2.Signing.Certificates.TrustedCertificates? trusted = null
    )
    {
        var trust = Trust.ByHand(trusted ?? stamped.Trust(stamped.TimestampRoot)) with
        {
            RequiresTimestamp = required,
            TimestampsOnlyAfterExpiry = onlyAfterExpiry,
        };
        return new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(new(signature, null, Signatures.Subject, trust, null, null));
    }
}
