using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Verification;

/// <summary>The ways from a signer to a root, those that hold and those that must not.</summary>
public class ChainTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    private const string CriticalAuthority = "basicConstraints=critical,CA:TRUE";
    private const string CertificateSigning = "keyUsage=critical,keyCertSign,cRLSign";

    [Fact]
    public void A_chain_in_order_or_reversed_or_among_strangers_ends_at_the_root()
    {
        var lower = authorities.Make(new CertificatePlan("/CN=lower", authorities.Intermediate));
        var leaf = authorities.Make(CertificatePlan.Leaf(lower));
        var stranger = authorities.Make(new CertificatePlan("/CN=stranger"));

        Assert.Equal("valid", Outcome(leaf, authorities.Root, lower, authorities.Intermediate));
        Assert.Equal("valid", Outcome(leaf, authorities.Root, authorities.Intermediate, lower));
        Assert.Equal("valid", Outcome(leaf, authorities.Root, authorities.Root, authorities.Intermediate, lower));
        Assert.Equal("valid", Outcome(leaf, authorities.Root, stranger, lower, authorities.Leaf, stranger, authorities.Intermediate));
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void A_chain_holds_in_both_formats(string format) =>
        Assert.Equal(
            "valid",
            Signatures
                .Verify(
                    Signatures.Sign(format, Signatures.Claims, authorities.Leaf, authorities.Intermediate),
                    Signatures.Roots(authorities.Root),
                    mediaType: Signatures.Subject.MediaType
                )
                .Outcome()
        );

    [Theory]
    [InlineData("signature")]
    [InlineData("name")]
    public void A_leaf_or_an_intermediate_that_was_changed_is_refused_below_every_anchor(string what)
    {
        var leaf = Authorities.Change(authorities.Leaf, what);
        var lower = authorities.Make(new CertificatePlan("/CN=lower", authorities.Intermediate));
        var belowLower = authorities.Make(CertificatePlan.Leaf(lower));
        var changed = Authorities.Change(lower, what);

        Assert.Equal("Authenticity", Outcome(leaf, authorities.Root, authorities.Intermediate));
        Assert.Equal("Authenticity", Outcome(leaf, authorities.Intermediate));
        Assert.Equal("Authenticity", Outcome(leaf, authorities.Intermediate, authorities.Intermediate, authorities.Root));
        Assert.Equal("valid", Outcome(belowLower, authorities.Intermediate, lower));
        Assert.Equal("Authenticity", Outcome(belowLower, authorities.Root, changed, authorities.Intermediate));
        Assert.Equal("Authenticity", Outcome(belowLower, authorities.Intermediate, changed));
        Assert.Equal("Authenticity", Outcome(belowLower, authorities.Intermediate, changed, authorities.Root));
    }

    [Fact]
    public void An_intermediate_that_is_missing_breaks_the_chain() => Assert.Equal("Authenticity", Outcome(authorities.Leaf, authorities.Root));

    [Fact]
    public void An_intermediate_among_the_roots_completes_the_chain() =>
        Assert.Equal(
            "valid",
            Signatures.Verify(Signatures.Sign(authorities.Leaf), Signatures.Roots(authorities.Root, authorities.Intermediate)).Outcome()
        );

    [Fact]
    public void A_root_of_the_same_name_that_is_another_is_not_the_root()
    {
        var impostor = authorities.Make(new CertificatePlan("/CN=root"));

        Assert.Equal("Authenticity", Outcome(authorities.Leaf, impostor, authorities.Intermediate));
        Assert.Equal("Authenticity", Outcome(authorities.Leaf, impostor, authorities.Intermediate, authorities.Root));
    }

    [Fact]
    public void A_root_that_only_the_signature_brings_is_not_trusted()
    {
        Assert.Equal(
            "Authenticity",
            Outcome(authorities.Leaf, authorities.Make(new CertificatePlan("/CN=other")), authorities.Intermediate, authorities.Root)
        );
        Assert.Equal(
            "Authenticity",
            Signatures
                .Verify(Signatures.Sign(authorities.Leaf, authorities.Intermediate, authorities.Root), new TrustedCertificates([], []))
                .Outcome()
        );
    }

    [Fact]
    public void A_leaf_that_names_an_issuer_which_did_not_sign_it_is_refused()
    {
        var impostor = authorities.Make(new CertificatePlan("/CN=root"));
        var forged = authorities.Make(CertificatePlan.Leaf(authorities.Make(new CertificatePlan("/CN=intermediate", impostor))));

        Assert.Equal("Authenticity", Outcome(forged, authorities.Root, authorities.Intermediate));
        Assert.Equal("Authenticity", Outcome(forged, authorities.Intermediate, authorities.Root));
        Assert.Equal("Authenticity", Outcome(forged, authorities.Intermediate));
    }

    [Fact]
    public void An_intermediate_may_be_the_anchor_with_and_without_the_root_above_it()
    {
        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Intermediate));
        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Intermediate, authorities.Intermediate));
        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Intermediate, authorities.Intermediate, authorities.Root));
    }

    [Fact]
    public void A_false_root_beside_an_intermediate_that_is_the_anchor_takes_nothing_from_it()
    {
        var impostor = authorities.Make(new CertificatePlan("/CN=root"));

        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Intermediate, authorities.Intermediate, impostor));
    }

    [Fact]
    public void A_leaf_that_is_issued_by_a_leaf_is_refused()
    {
        var forged = authorities.Make(CertificatePlan.Leaf(authorities.Leaf) with { Subject = "/CN=forged" });

        Assert.Equal("Authenticity", Outcome(forged, authorities.Root, authorities.Leaf, authorities.Intermediate));
        Assert.Equal("Authenticity", Outcome(forged, authorities.Leaf));
    }

    [Theory]
    [InlineData(CriticalAuthority + ",pathlen:0", "Authenticity")]
    [InlineData(CriticalAuthority + ",pathlen:1", "valid")]
    public void A_path_length_is_kept(string constraints, string expected)
    {
        var root = authorities.Make(new CertificatePlan("/CN=short root") { Extensions = [constraints, CertificateSigning] });
        var intermediate = authorities.Make(new CertificatePlan("/CN=below short root", root));

        Assert.Equal(expected, Outcome(authorities.Make(CertificatePlan.Leaf(intermediate)), root, intermediate));
    }

    [Theory]
    [InlineData("basicConstraints=critical,CA:FALSE", CertificateSigning)]
    [InlineData("basicConstraints=CA:FALSE")]
    [InlineData(CriticalAuthority, "keyUsage=critical,digitalSignature,cRLSign")]
    [InlineData(CriticalAuthority, "keyUsage=digitalSignature")]
    [InlineData("subjectKeyIdentifier=hash")]
    [InlineData("keyUsage=digitalSignature")]
    [InlineData(CertificateSigning)]
    [InlineData("nsCertType=sslCA,objCA")]
    [InlineData]
    public void An_intermediate_that_may_not_issue_certificates_is_refused(params string[] extensions)
    {
        var intermediate = authorities.Make(new CertificatePlan("/CN=no authority", authorities.Root) { Extensions = extensions });

        Assert.Equal("Authenticity", Outcome(authorities.Make(CertificatePlan.Leaf(intermediate)), authorities.Root, intermediate));
    }

    [Fact]
    public void An_intermediate_without_key_usage_may_issue_certificates()
    {
        var intermediate = authorities.Make(new CertificatePlan("/CN=no key usage", authorities.Root) { Extensions = [CriticalAuthority] });

        Assert.Equal("valid", Outcome(authorities.Make(CertificatePlan.Leaf(intermediate)), authorities.Root, intermediate));
    }

    [Theory]
    [InlineData("nameConstraints=critical,permitted;DNS:example.org", "Authenticity")]
    [InlineData("nameConstraints=critical,excluded;DNS:example.com", "Authenticity")]
    [InlineData("nameConstraints=critical,permitted;DNS:example.com", "valid")]
    [InlineData("1.2.3.4.5=critical,ASN1:NULL", "Authenticity")]
    [InlineData("1.2.3.4.5=ASN1:NULL", "valid")]
    public void An_intermediate_that_is_restricted_issues_what_it_may(string extension, string expected)
    {
        var intermediate = authorities.Make(
            new CertificatePlan("/CN=restricted", authorities.Root) { Extensions = [CriticalAuthority, CertificateSigning, extension] }
        );

        Assert.Equal(expected, Outcome(authorities.Make(CertificatePlan.Leaf(intermediate)), authorities.Root, intermediate));
    }

    [Fact]
    public void A_leaf_with_a_critical_extension_that_nobody_knows_is_refused()
    {
        var plan = CertificatePlan.Leaf(authorities.Intermediate);
        var leaf = authorities.Make(plan with { Extensions = [.. plan.Extensions, "1.2.3.4.5=critical,ASN1:NULL"] });

        Assert.Equal("Authenticity", Outcome(leaf, authorities.Root, authorities.Intermediate));
    }

    [Fact]
    public void A_renewed_root_with_the_same_key_does_as_well_as_the_old_one()
    {
        var renewed = authorities.Make(new CertificatePlan("/CN=root") { SameKeyAs = authorities.Root, NotAfter = "20450101000000Z" });

        Assert.Equal("valid", Outcome(authorities.Leaf, renewed, authorities.Intermediate));
        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Root, authorities.Intermediate, renewed));
    }

    [Fact]
    public void Of_two_intermediates_with_the_same_key_the_one_that_has_not_expired_is_taken()
    {
        var expired = authorities.Make(
            new CertificatePlan("/CN=intermediate", authorities.Root) { SameKeyAs = authorities.Intermediate, NotAfter = "20290101000000Z" }
        );

        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Root, expired, authorities.Intermediate));
        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Root, authorities.Intermediate, expired));
    }

    [Fact]
    public void An_intermediate_that_two_roots_certified_leads_to_the_one_that_is_trusted()
    {
        var other = authorities.Make(new CertificatePlan("/CN=other root"));
        var crossed = authorities.Make(new CertificatePlan("/CN=intermediate", other) { SameKeyAs = authorities.Intermediate });

        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Root, authorities.Intermediate, crossed));
        Assert.Equal("valid", Outcome(authorities.Leaf, authorities.Root, crossed, authorities.Intermediate));
    }

    private static string Outcome(Issued leaf, Issued root, params Issued[] others) =>
        Signatures.Verify(Signatures.Sign(leaf, others), Signatures.Roots(root)).Outcome();

    public sealed class Authorities : IDisposable
    {
        private readonly OpenSsl openSsl = new();

        public Authorities()
        {
            Root = Make(new CertificatePlan("/CN=root"));
            Intermediate = Make(new CertificatePlan("/CN=intermediate", Root));
            Leaf = Make(CertificatePlan.Leaf(Intermediate));
        }

        internal Issued Root { get; }

        internal Issued Intermediate { get; }

        internal Issued Leaf { get; }

        internal Issued Make(CertificatePlan plan) => openSsl.Issue(plan);

        /// <summary>The same certificate with another last byte of its signature, or another last letter of its name.</summary>
        internal static Issued Change(Issued issued, string what)
        {
            var der = issued.Certificate.RawData;
            var position =
                what == "signature"
                    ? der.Length - 1
                    : der.AsSpan()
                        .LastIndexOf(
                            issued.Certificate.GetNameInfo(X509NameType.SimpleName, false) switch
                            {
                                "leaf" => "leaf"u8,
                                _ => "lower"u8,
                            }
                        );
            der[position] ^= 1;
            var path = $"{issued.CertificatePath}.{what}";
            File.WriteAllText(path, PemEncoding.WriteString("CERTIFICATE", der));
            return new Issued(issued.KeyPath, path);
        }

        public void Dispose() => openSsl.Dispose();
    }
}
