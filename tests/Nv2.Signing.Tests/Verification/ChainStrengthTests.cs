using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>What certificates of a chain may be signed with.</summary>
public class ChainStrengthTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    [Theory]
    [InlineData("sha1", "SHA-1 with ECDSA")]
    [InlineData("sha224", "algorithm 1.2.840.10045.4.3.1")]
    [InlineData("sha256", null)]
    [InlineData("sha384", null)]
    [InlineData("sha512", null)]
    public void A_leaf_under_ECDSA_is_signed_with_SHA_256_or_better(string digest, string? failure) =>
        Check(authorities.Make(CertificatePlan.Leaf(authorities.Root) with { Digest = digest }), [], authorities.Root, failure);

    [Theory]
    [InlineData("md5", false, "MD5 with RSA")]
    [InlineData("sha1", false, "SHA-1 with RSA")]
    [InlineData("sha224", false, "algorithm")]
    [InlineData("sha256", false, null)]
    [InlineData("sha512", false, null)]
    [InlineData("sha1", true, "SHA-1 with RSA-PSS")]
    [InlineData("sha224", true, "RSA-PSS with hash")]
    [InlineData("sha256", true, null)]
    [InlineData("sha384", true, null)]
    public void An_intermediate_under_RSA_is_signed_with_SHA_256_or_better(string digest, bool pss, string? failure)
    {
        var root = RsaRoot("sha256");
        var intermediate = authorities.Make(new CertificatePlan("/CN=intermediate of RSA", root) { Digest = digest, Pss = pss });

        Check(authorities.Make(CertificatePlan.Leaf(intermediate)), [intermediate], root, failure);
    }

    [Theory]
    [InlineData("md5")]
    [InlineData("sha1")]
    public void How_a_root_is_signed_does_not_matter(string digest)
    {
        var root = RsaRoot(digest);
        var intermediate = authorities.Make(new CertificatePlan("/CN=intermediate of RSA", root));

        Check(authorities.Make(CertificatePlan.Leaf(intermediate)), [intermediate], root, null);
    }

    [Fact]
    public void An_intermediate_with_a_short_RSA_key_is_refused()
    {
        var intermediate = authorities.Make(new CertificatePlan("/CN=short", authorities.Root) { Key = "1024" });

        Check(authorities.Make(CertificatePlan.Leaf(intermediate)), [intermediate], authorities.Root, "1024 bits");
    }

    [Fact]
    public void A_root_of_another_kind_of_key_is_as_good()
    {
        var root = authorities.Make(new CertificatePlan("/CN=P-521") { Key = "P-521" });
        var intermediate = authorities.Make(new CertificatePlan("/CN=RSA", root) { Key = "2048" });

        Check(authorities.Make(CertificatePlan.Leaf(intermediate) with { Key = "P-384" }), [intermediate], root, null);
    }

    // The signature algorithm stands twice in a certificate, and only one of the two is signed (RFC 5280 section 4.1.1.2).
    [Fact]
    public void A_certificate_that_names_two_different_algorithms_is_refused()
    {
        var root = RsaRoot("sha256");
        var leaf = authorities.Make(CertificatePlan.Leaf(root) with { Digest = "sha1" });
        var der = leaf.Certificate.RawData;
        byte[] sha1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
        der[der.AsSpan().LastIndexOf(sha1) + sha1.Length - 1] = 0x0b;
        File.WriteAllText(leaf.CertificatePath, System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", der));

        Check(new Issued(leaf.KeyPath, leaf.CertificatePath), [], root, "is refused");
    }

    private Issued RsaRoot(string digest) => authorities.Make(new CertificatePlan("/CN=RSA root") { Key = "2048", Digest = digest });

    private static void Check(Issued leaf, Issued[] others, Issued root, string? failure)
    {
        var result = Signatures.Verify(Signatures.Sign(leaf, others), Signatures.Roots(root));

        Assert.Equal(failure is null ? "valid" : "Authenticity", result.Outcome());
        Assert.Contains(failure ?? "", result.Checks.Single(check => check.Name == CheckName.Authenticity).Reason ?? "", StringComparison.Ordinal);
    }
}
