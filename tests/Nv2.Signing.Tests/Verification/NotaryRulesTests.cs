using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>
/// What the Notary Project asks of envelopes and not of other signatures: which certificates are anchors, and which attributes must be known;
/// and how failures are explained.
/// </summary>
public sealed class NotaryRulesTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    public static TheoryData<string> Formats { get; } = new("jws", "cose");

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_authority_of_the_chain_can_be_the_trusted_root_and_a_signer_only_where_self_signed(string format)
    {
        var signature = Sign(format);
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Roots(authorities.Root)).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Roots(authorities.Intermediate)).Outcome());
        Assert.Equal(
            "the certificate CN=leaf is among the trusted roots, but is neither a certificate authority nor self-signed: "
                + "trust it as a signer's certificate instead",
            Authenticity(signature, Signatures.Roots(authorities.Leaf))
        );
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(authorities.Leaf)).Outcome());

        var alone = authorities.Make(CertificatePlan.Leaf());
        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(format, Claims, alone), Signatures.Roots(alone)).Outcome());
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_signing_authority_can_be_the_trusted_certificate_itself(string format)
    {
        var signature = SignByAuthority(format);

        Assert.Equal("valid", Signatures.Verify(signature, SigningAuthorities(authorities.Leaf)).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, SigningAuthorities(authorities.Root)).Outcome());
    }

    [Fact]
    public void Why_a_signer_is_not_trusted_is_explained_by_what_is_trusted()
    {
        var signature = Sign("jws");
        var other = authorities.Make(new CertificatePlan("/CN=other"));
        Assert.Equal(
            "the signer's certificate (CN=leaf) is not trusted: there is no trusted certificate",
            Authenticity(signature, TrustedCertificates.None)
        );
        Assert.Equal("the signer's certificate (CN=leaf) is not among the trusted certificates", Authenticity(signature, Signatures.Pins(other)));
        const string NoRoot = "the signer's chain, from CN=leaf to CN=root, contains none of the trusted roots";
        Assert.Equal(NoRoot, Authenticity(signature, Signatures.Roots(other)));
        Assert.Equal(NoRoot, Authenticity(signature, new([other.Certificate], [other.Certificate])));

        var byAuthority = SignByAuthority("jws");
        const string NoAuthority = "the signature is by a signing authority (CN=leaf), and no signing authority is trusted";
        Assert.Equal(NoAuthority, Authenticity(byAuthority, TrustedCertificates.None));
        Assert.Equal(NoAuthority, Authenticity(byAuthority, Signatures.Pins(authorities.Leaf)));
        Assert.Equal(
            "the signer's chain, from CN=leaf to CN=root, contains none of the trusted signing authorities",
            Authenticity(byAuthority, SigningAuthorities(other))
        );
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_critical_attribute_must_be_processed_by_the_caller_and_another_need_not(string format)
    {
        Assert.Null(CheckForm(new ExtendedClaim("com.example.build", "42", IsCritical: false)));
        Assert.Null(CheckForm(new ExtendedClaim("com.example.build", "42", IsCritical: true), processed: "com.example.build"));
        Assert.Null(CheckForm(new ExtendedClaim("com.example.build", "42", IsCritical: false), processed: "com.example.build"));
        Assert.Equal(
            "the signature has the unknown critical attribute \"com.example.build\"",
            CheckForm(new ExtendedClaim("com.example.build", "42", IsCritical: true), processed: "com.example")
        );
        Assert.StartsWith(
            "the signature requires the verification plug-in \"com.example.plugin\"",
            CheckForm(new ExtendedClaim(ExtendedClaim.VerificationPlugin, "com.example.plugin", IsCritical: true)),
            StringComparison.Ordinal
        );

        string? CheckForm(ExtendedClaim attribute, params string[] processed)
        {
            var signature = Sign(format, Claims with { ExtendedClaims = [attribute] });
            var trust = Trust.ByHand(Signatures.Roots(authorities.Root));
            var request = new VerificationRequest(signature, null, Signatures.Subject, trust, MediaType: null, Reference: null)
            {
                ProcessedClaims = processed,
            };
            return new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(request).Checks.Single(check => check.Name == CheckName.Format).Reason;
        }
    }

    [Fact]
    public void That_a_timestamp_is_missing_is_told_of_certificates_that_have_ended_and_not_of_those_that_have_not_begun()
    {
        const string Hint = "the signature has no timestamp";
        var ended = authorities.Make(CertificatePlan.Leaf(authorities.Root) with { NotAfter = "20290101000000Z" });
        var future = authorities.Make(CertificatePlan.Leaf(authorities.Root) with { NotBefore = "20310101000000Z" });
        var trusted = Signatures.Roots(authorities.Root) with { TimestampAuthorities = [authorities.Root.Certificate] };

        Assert.Contains(Hint, Validity(ended), StringComparison.Ordinal);
        Assert.Equal("the certificate CN=leaf is not valid before 2031-01-01T00:00:00Z", Validity(future));

        string? Validity(Issued leaf) => Reason(Signatures.Sign("jws", Claims, leaf, authorities.Root), trusted, CheckName.Validity);
    }

    private static Claims Claims => Signatures.Claims with { References = [] };

    private static TrustedCertificates SigningAuthorities(Issued authority) =>
        TrustedCertificates.None with
        {
            SigningAuthorities = [authority.Certificate],
        };

    private static string? Authenticity(byte[] signature, TrustedCertificates trusted) => Reason(signature, trusted, CheckName.Authenticity);

    private static string? Reason(byte[] signature, TrustedCertificates trusted, CheckName name)
    {
        var result = Signatures.Verify(signature, trusted);
        Assert.Equal(name.ToString(), result.Outcome());
        return result.Checks.Single(check => check.Name == name).Reason;
    }

    private byte[] Sign(string format) => Sign(format, Claims);

    private byte[] SignByAuthority(string format) => Sign(format, Claims with { Scheme = SigningScheme.SigningAuthority });

    private byte[] Sign(string format, Claims claims) =>
        Signatures.Sign(format, claims, authorities.Leaf, authorities.Intermediate, authorities.Root);
}
