using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Tests.Verification;

/// <summary>Certificates and signatures made to pass for more than they are.</summary>
public class DeceptionTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    private static readonly string[] WithoutAlternativeNames = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"];

    [Theory]
    [InlineData("permitted;DNS:example.org", "*.example.com", "registry.example.com/app:v1")]
    [InlineData("permitted;DNS:example.org", "localhost", "localhost/app:v1")]
    [InlineData("excluded;DNS:example.com", "*.example.com", "registry.example.com/app:v1")]
    public void A_common_name_does_not_slip_past_the_constraints_of_an_issuer(string constraints, string name, string reference)
    {
        var issuer = authorities.Make(
            new CertificatePlan("/CN=constrained", authorities.Root)
            {
                Extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign", $"nameConstraints=critical,{constraints}"],
            }
        );
        var leaf = authorities.Make(new CertificatePlan($"/CN={name}", issuer) { Extensions = WithoutAlternativeNames });
        var free = authorities.Make(new CertificatePlan($"/CN={name}", authorities.Intermediate) { Extensions = WithoutAlternativeNames });

        Assert.Equal("References", Outcome(leaf, reference, issuer));
        Assert.Equal("valid", Outcome(free, reference, authorities.Intermediate));
    }

    [Theory]
    [InlineData("secp256k1")]
    [InlineData("prime192v1")]
    public void An_issuer_with_a_key_that_may_not_sign_artifacts_may_not_sign_certificates(string curve)
    {
        var issuer = authorities.Make(new CertificatePlan("/CN=odd curve", authorities.Root) { Key = curve });

        Assert.Equal("Authenticity", Outcome(authorities.Make(CertificatePlan.Leaf(issuer)), "registry.example.com/app:v1", issuer));
    }

    [Fact]
    public void Of_two_roots_of_one_name_the_one_that_issued_is_found_in_any_order()
    {
        var first = authorities.Make(new CertificatePlan("/CN=same name"));
        var second = authorities.Make(new CertificatePlan("/CN=same name"));
        var signature = Signatures.Sign(authorities.Make(CertificatePlan.Leaf(second)));

        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Roots(first, second)).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, Signatures.Roots(second, first)).Outcome());
    }

    [Fact]
    public void A_signature_whose_references_name_another_artifact_does_not_hold()
    {
        var other = $"registry.example.com/app:v1@sha256:{new string('0', 64)}";

        Assert.Equal("References", Outcome(authorities.Leaf, other, authorities.Intermediate));
    }

    private string Outcome(Issued leaf, string reference, params Issued[] others) =>
        Signatures
            .Verify(
                Signatures.Sign("jwt", Signatures.Claims with { References = [Reference.Parse(reference)] }, leaf, others),
                Signatures.Roots(authorities.Root)
            )
            .Outcome();
}
