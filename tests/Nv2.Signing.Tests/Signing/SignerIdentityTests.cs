using System.Text;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Tests.Verification;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Signing;

/// <summary>Who a signature is by, and who is trusted.</summary>
public class SignerIdentityTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    private const string Unknown = "Integrity Authenticity KeyUsage Validity References";

    [Fact]
    public void A_self_signed_certificate_is_trusted_when_it_is_pinned_and_when_it_is_a_root()
    {
        var alone = SelfSigned();
        var signature = Signatures.Sign(alone);

        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(alone)).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Roots(alone)).Outcome());
        Assert.Equal("Authenticity", Signatures.Verify(signature, Signatures.Pins(authorities.Leaf)).Outcome());
        Assert.Equal("Authenticity", Signatures.Verify(signature, Signatures.Roots(authorities.Root)).Outcome());
    }

    [Fact]
    public void A_self_signed_certificate_that_is_a_copy_but_for_the_key_is_not_the_pinned_one() =>
        Assert.Equal("Authenticity", Signatures.Verify(Signatures.Sign(SelfSigned()), Signatures.Pins(SelfSigned())).Outcome());

    [Fact]
    public void A_pin_trusts_nothing_that_it_issued()
    {
        var signature = Signatures.Sign(authorities.Leaf, authorities.Intermediate, authorities.Root);

        Assert.Equal("Authenticity", Signatures.Verify(signature, Signatures.Pins(authorities.Root, authorities.Intermediate)).Outcome());
    }

    [Fact]
    public void Of_certificates_given_for_both_the_authorities_are_roots_and_all_are_pinned()
    {
        var trusted = TrustedCertificates.PinsAndAuthorities([authorities.Leaf.Certificate, authorities.Root.Certificate]);

        Assert.Equal([authorities.Leaf.Certificate, authorities.Root.Certificate], trusted.Pinned);
        Assert.Equal([authorities.Root.Certificate], trusted.Roots);
        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(authorities.Leaf), trusted).Outcome());
        var other = authorities.Make(CertificatePlan.Leaf(authorities.Root));
        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(other), trusted).Outcome());
    }

    [Theory]
    [MemberData(nameof(Signatures.Formats), MemberType = typeof(Signatures))]
    public void A_key_id_is_trusted_by_a_pin_and_by_nothing_else(string format)
    {
        var alone = SelfSigned();
        var signature = Signatures.SignByKeyId(format, Signatures.Claims, alone);

        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(authorities.Leaf, alone)).Outcome());
        Assert.Equal(Unknown, Signatures.Verify(signature, Signatures.Roots(alone)).Outcome());
        Assert.Equal(Unknown, Signatures.Verify(signature, Signatures.Pins(authorities.Leaf)).Outcome());
        Assert.Equal(Unknown, Signatures.Verify(signature, new TrustedCertificates([], [])).Outcome());
    }

    [Fact]
    public void A_key_id_means_whichever_pinned_certificate_of_the_key_holds()
    {
        var current = SelfSigned();
        var expired = authorities.Make(CertificatePlan.Leaf() with { SameKeyAs = current, NotAfter = "20290101000000Z" });
        var signature = Signatures.SignByKeyId("jwt", Signatures.Claims, current);

        Assert.Equal("Validity", Signatures.Verify(signature, Signatures.Pins(expired)).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(current, expired)).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(expired, current)).Outcome());
    }

    [Theory]
    [InlineData("keyUsage=critical,nonRepudiation", "subjectAltName=DNS:registry.example.com", "KeyUsage")]
    [InlineData("keyUsage=critical,digitalSignature", "subjectAltName=DNS:registry.example.org", "References")]
    public void Of_the_pinned_certificates_of_one_key_the_one_that_allows_the_signature_speaks_for_it(string usage, string names, string expected)
    {
        var current = SelfSigned();
        string[] extensions = ["basicConstraints=critical,CA:FALSE", usage, names];
        var other = authorities.Make(CertificatePlan.Leaf() with { SameKeyAs = current, Extensions = extensions });
        var signature = Signatures.SignByKeyId("jwt", Signatures.Claims, current);

        Assert.Equal(expected, Signatures.Verify(signature, Signatures.Pins(other)).Outcome());
        Assert.Equal(current.Certificate, Signatures.Verify(signature, Signatures.Pins(current, other)).Signer);
        Assert.Equal(current.Certificate, Signatures.Verify(signature, Signatures.Pins(other, current)).Signer);
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(other, current)).Outcome());
    }

    [Fact]
    public void A_key_that_is_not_found_is_reported_with_whether_there_was_a_certificate_to_find_it_in()
    {
        var signature = Signatures.SignByKeyId("jwt", Signatures.Claims, SelfSigned());

        AssertEnd(", but there is no trusted certificate with that key", Signatures.Roots(authorities.Root));
        AssertEnd(", but none of the trusted certificates has that key", Signatures.Pins(authorities.Leaf));

        void AssertEnd(string expected, TrustedCertificates trusted)
        {
            var authenticity = Signatures.Verify(signature, trusted).Checks.Single(check => check.Name == CheckName.Authenticity);
            Assert.EndsWith(expected, authenticity.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_leaf_that_may_not_sign_fails_the_key_usage_alone()
    {
        var plan = CertificatePlan.Leaf(authorities.Intermediate);
        var leaf = authorities.Make(plan with { Extensions = ["keyUsage=critical,keyEncipherment,nonRepudiation", plan.Extensions[2]] });
        var unstated = authorities.Make(plan with { Extensions = [plan.Extensions[2]] });

        Assert.Equal("KeyUsage", Signatures.Verify(Signatures.Sign(leaf, authorities.Intermediate), Signatures.Roots(authorities.Root)).Outcome());
        Assert.Equal("KeyUsage", Signatures.Verify(Signatures.Sign(leaf), Signatures.Pins(leaf)).Outcome());
        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(unstated), Signatures.Pins(unstated)).Outcome());
    }

    [Fact]
    public void A_pinned_certificate_with_a_short_RSA_key_verifies_nothing()
    {
        var shortKey = authorities.Make(CertificatePlan.Leaf() with { Key = "1024" });
        var signature = Header($"\"alg\":\"RS256\",\"x5c\":[\"{Base64(shortKey)}\"]");

        Assert.Equal("Integrity", Signatures.Verify(signature, Signatures.Pins(shortKey)).Outcome());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    [InlineData("es256")]
    [InlineData("ES256 ")]
    [InlineData("ES256K")]
    [InlineData("EdDSA")]
    public void An_algorithm_that_is_not_the_key_s_is_refused(string algorithm)
    {
        var signature = Header($"\"alg\":\"{algorithm}\",\"x5c\":[\"{Base64(authorities.Leaf)}\"]");

        Assert.Equal("Integrity", Signatures.Verify(signature, Signatures.Pins(authorities.Leaf)).Outcome());
    }

    [Theory]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[\"LEAF\"],\"crit\":[\"exp\"]", "$.crit")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[\"LEAF\"],\"crit\":[]", "$.crit")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[\"LEAF\"],\"kid\":\"OTHER\"", "kid")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[\"LEAF\"],\"kid\":null", "$.kid")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[],\"kid\":\"KEY\"", "has no signer")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":\"LEAF\"", "$.x5c")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[\"LEAF\",\"\"]", "$.x5c[1]")]
    [InlineData("\"alg\":\"ES256\",\"x5c\":[\"LEAF\",\"MAA=\"]", "$.x5c[1]")]
    [InlineData("\"alg\":\"ES256\",\"kid\":\"\"", "$.kid")]
    [InlineData("\"alg\":\"ES256\"", "has no signer")]
    [InlineData("\"alg\":\"\",\"kid\":\"KEY\"", "$.alg")]
    [InlineData("\"alg\":null,\"kid\":\"KEY\"", "$.alg")]
    [InlineData("\"kid\":\"KEY\"", "$.alg")]
    [InlineData("\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"KEY\"", "well-formed")]
    [InlineData("\"alg\":\"ES256\",\"kid\":\"KEY\",\"typ\":\"x509\"", "well-formed")]
    [InlineData("\"alg\":\"ES256\",\"kid\":\"\\ud800\"", "$.kid")]
    [InlineData("\"alg\":\"ES256\",\"kid\":\"KEY\",\"\\ud800\":1", "header")]
    public void A_header_that_is_not_as_it_must_be_fails_the_format(string header, string failure)
    {
        using var key = authorities.Leaf.ReadKey();
        header = header
            .Replace("LEAF", Base64(authorities.Leaf), StringComparison.Ordinal)
            .Replace("KEY", LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo()), StringComparison.Ordinal);

        var result = Signatures.Verify(Header(header), Signatures.Pins(authorities.Leaf));

        Assert.All(result.Checks, check => Assert.False(check.Passed));
        Assert.Contains(failure, result.Checks[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_with_a_certificate_and_the_id_of_its_key_holds()
    {
        using var key = authorities.Leaf.ReadKey();
        var keyId = LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo());

        var signature = Header($"\"alg\":\"ES256\",\"kid\":\"{keyId}\",\"x5c\":[\"{Base64(authorities.Leaf)}\"]");

        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Pins(authorities.Leaf)).Outcome());
    }

    private Issued SelfSigned() => authorities.Make(CertificatePlan.Leaf());

    private static string Base64(Issued issued) => Convert.ToBase64String(issued.Certificate.RawDataMemory.Span);

    // A signature by the leaf, valid but for what its header says.
    private byte[] Header(string properties)
    {
        var claims = Encoding.ASCII.GetString(Signatures.Sign(authorities.Leaf)).Split('.')[1];
        var signed = $"{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{{\"typ\":\"x509\",{properties}}}"))}.{claims}";
        using var key = authorities.Leaf.ReadKey();
        return Encoding.ASCII.GetBytes(
            $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed), key.Spec.Algorithm))}"
        );
    }
}
