using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Formats;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>Which signers may be trusted, as far as that is known without a key of the signature, and what is reported of the others.</summary>
public sealed class MayBeTrustedTests(DecisionTests.Signers signers) : IClassFixture<DecisionTests.Signers>
{
    private static readonly TrustedCertificates None = TrustedCertificates.None;

    public static TheoryData<string> Formats { get; } = new("jwt", "json", "jws", "cose");

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_signer_below_a_root_may_be_trusted_and_a_signer_whose_certificate_is_trusted_itself(string format)
    {
        var signature = Sign(format, signers.Wabbit, signers.Root);

        Assert.True(MayBeTrusted(signature, Signatures.Roots(signers.Root)));
        Assert.True(MayBeTrusted(signature, Signatures.Roots(signers.Stranger, signers.Root)));
        Assert.True(MayBeTrusted(signature, Signatures.Pins(signers.Wabbit)));
        Assert.True(MayBeTrusted(signature, Signatures.Roots(signers.Wabbit)));
        Assert.False(MayBeTrusted(signature, Signatures.Roots(signers.Stranger)));
        Assert.False(MayBeTrusted(signature, Signatures.Pins(signers.Root, signers.Stranger)));
        Assert.False(MayBeTrusted(signature, None));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Where_authenticity_is_only_logged_every_signer_may_be_trusted(string format)
    {
        var signature = Sign(format, signers.Stranger);
        var trust = Trust.ByHand(Signatures.Roots(signers.Root));

        Assert.False(Verifier.MayBeTrusted(signature, trust with { Level = VerificationLevel.Strict }));
        Assert.False(Verifier.MayBeTrusted(signature, trust with { Level = VerificationLevel.Permissive }));
        Assert.True(Verifier.MayBeTrusted(signature, trust with { Level = VerificationLevel.Audit }));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Where_no_policy_decides_no_signer_may_be_trusted(string format)
    {
        var trust = Trust.ByHand(Signatures.Pins(signers.Stranger));

        Assert.True(Verifier.MayBeTrusted(Sign(format, signers.Stranger), trust));
        Assert.False(Verifier.MayBeTrusted(Sign(format, signers.Stranger), trust with { Refusal = "there is no policy" }));
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void A_key_id_may_be_of_any_certificate_that_is_trusted_itself(string format)
    {
        var signature = SignatureFormats.Parse(Signatures.SignByKeyId(format, Signatures.Claims, signers.Wabbit));

        Assert.True(MayBeTrusted(signature, Signatures.Pins(signers.Stranger)));
        Assert.False(MayBeTrusted(signature, Signatures.Roots(signers.Root, signers.Wabbit)));
        Assert.False(MayBeTrusted(signature, None));
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signing_authority_may_be_trusted_by_certificates_for_that_purpose_and_a_signer_by_the_others(string format)
    {
        var bySigner = Sign(format, signers.Wabbit, signers.Root);
        var claims = Signatures.Claims with { References = [], Scheme = SigningScheme.SigningAuthority };
        var byAuthority = SignatureFormats.Parse(Signatures.Sign(format, claims, signers.Wabbit, signers.Root));
        var authorities = None with { SigningAuthorities = [signers.Root.Certificate] };

        Assert.True(MayBeTrusted(byAuthority, authorities));
        Assert.False(MayBeTrusted(byAuthority, Signatures.Roots(signers.Root)));
        Assert.True(MayBeTrusted(bySigner, Signatures.Roots(signers.Root)));
        Assert.False(MayBeTrusted(bySigner, authorities));
    }

    [Theory]
    [InlineData("jwt", true)]
    [InlineData("json", true)]
    [InlineData("jws", false)]
    [InlineData("cose", false)]
    public void Roots_for_the_nv2_formats_count_in_them_alone(string format, bool expected) =>
        Assert.Equal(expected, MayBeTrusted(Sign(format, signers.Wabbit, signers.Root), None with { Nv2Roots = [signers.Root.Certificate] }));

    [Fact]
    public void Of_a_signer_who_is_not_trusted_only_the_artifact_is_checked()
    {
        var signature = Sign("jws", signers.Stranger);
        var trust = Trust.ByHand(None) with { IsRequired = false };

        var result = Verifier.NotTrusted(signature, Request(trust, Signatures.Subject));
        Assert.Equal("Integrity Authenticity KeyUsage Validity References", result.Outcome());
        Assert.Equal(
            [CheckName.Format, CheckName.Authenticity, CheckName.Subject],
            result.Checks.Where(check => check.WasMade).Select(check => check.Name)
        );
        Assert.Equal(signers.Stranger.Certificate, result.Signer);
        Assert.False(result.IsBroken);
        Assert.Equal(Outcome.NotRequired, result.Decision.Outcome);

        var another = new Descriptor(Signatures.Subject.MediaType, Digest.Compute(DigestAlgorithm.Sha256, "ARTIFACT"u8), 8);
        var other = Verifier.NotTrusted(signature, Request(trust, another));
        Assert.Equal("Integrity Authenticity KeyUsage Validity References Subject", other.Outcome());
        Assert.Equal(Outcome.Refused, other.Decision.Outcome);
    }

    [Fact]
    public void Of_a_signer_who_is_not_trusted_and_names_a_key_alone_no_certificate_is_known()
    {
        var signature = SignatureFormats.Parse(Signatures.SignByKeyId("jwt", Signatures.Claims, signers.Wabbit));

        Assert.Null(Verifier.NotTrusted(signature, Request(Trust.ByHand(None), Signatures.Subject)).Signer);
    }

    [Fact]
    public void Whether_a_signer_who_is_not_trusted_is_revoked_is_reported_as_not_checked_where_the_policy_asks_for_it()
    {
        var signature = Sign("jws", signers.Stranger);
        var trust = Trust.ByHand(None);
        var asking = trust with { Revocation = new RevocationCheck([], new FakeTimeProvider(Signatures.Now)) };

        Assert.DoesNotContain(Verifier.NotTrusted(signature, Request(trust, Signatures.Subject)).Checks, check => check.Name == CheckName.Revocation);
        var checks = Verifier.NotTrusted(signature, Request(asking, Signatures.Subject)).Checks;
        var revocation = checks.Single(check => check.Name == CheckName.Revocation);
        Assert.Equal((false, false), (revocation.Passed, revocation.WasMade));
    }

    private static bool MayBeTrusted(Signature signature, TrustedCertificates trusted) => Verifier.MayBeTrusted(signature, Trust.ByHand(trusted));

    private static Signature Sign(string format, Issued signer, params Issued[] others) =>
        SignatureFormats.Parse(Signatures.Sign(format, Signatures.Claims with { References = [] }, signer, others));

    private static VerificationRequest Request(Trust trust, Descriptor subject) =>
        new(default, null, subject, trust, MediaType: null, Reference: null);
}
