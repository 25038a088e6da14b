using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signing;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Signing;

/// <summary>What a verifier would refuse is not signed.</summary>
public class SignerTests
{
    private static readonly DateTimeOffset Moment = Signatures.Now.AddMilliseconds(999);

    [Theory]
    [MemberData(nameof(Signatures.Formats), MemberType = typeof(Signatures))]
    public void What_is_signed_holds_until_it_expires(string format)
    {
        var certificates = Certificates("p256");
        var trusted = new TrustedCertificates(certificates, []);

        var signature = Sign("p256", certificates, TimeSpan.FromDays(1), format);

        Assert.Equal("valid", Signatures.Verify(signature, trusted, Moment).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, trusted, Signatures.Now.AddDays(1).AddSeconds(-1)).Outcome());
        Assert.Equal("Validity", Signatures.Verify(signature, trusted, Signatures.Now.AddDays(1)).Outcome());
        Assert.Equal("Validity", Signatures.Verify(signature, trusted, Signatures.Now.AddSeconds(-1)).Outcome());
        var claims = SignatureFormats.Parse(signature).Claims;
        Assert.Equal((Signatures.Now, Signatures.Now, Signatures.Now.AddDays(1)), (claims.IssuedAt, claims.NotBefore, claims.ExpiresAt));
    }

    [Fact]
    public void Without_an_expiry_only_the_moment_of_signing_is_claimed()
    {
        var claims = SignatureFormats.Parse(Sign("p256", [], null)).Claims;

        Assert.Equal((Signatures.Now, null, null), (claims.IssuedAt, claims.NotBefore, claims.ExpiresAt));
    }

    [Fact]
    public void A_key_that_is_not_the_certificate_s_is_refused()
    {
        Refusal.Of(() => Sign("p256", Certificates("p384")), "the key (EC-256) does not belong to the certificate", "first");
        Refusal.Of(() => Sign("leaf", [.. Certificates("intermediate"), .. Certificates("leaf")]), "does not belong");
    }

    [Fact]
    public void A_certificate_that_may_not_sign_is_refused() =>
        Refusal.Of(() => Sign("no-digitalsignature", Certificates("no-digitalsignature")), "does not include digitalSignature");

    // Each of these makes every verification fail: so does that of what openssl cannot be told to make, an extension twice.
    [Theory]
    [InlineData("subjectKeyIdentifier=hash", "0603551d0e", "it has the extension 2.5.29.14 more than once")]
    [InlineData("keyUsage=digitalSignature", "0603551d0f", "it has the extension keyUsage more than once")]
    [InlineData("1.2.3.4=critical,DER:0500", "", "it has the critical extension 1.2.3.4, which is not supported")]
    [InlineData("2.5.29.37=DER:3000", "", "its extendedKeyUsage is empty")]
    [InlineData("2.5.29.15=DER:030100", "", "its keyUsage is empty")]
    [InlineData("2.5.29.19=DER:3003010100", "", "its extension basicConstraints is damaged, or not in DER")]
    [InlineData("2.5.29.17=DER:3000", "", "its subjectAltName is empty")]
    [InlineData("2.5.29.31=DER:0500", "", "its extension cRLDistributionPoints is damaged, or not in DER")]
    [InlineData("extendedKeyUsage=clientAuth", "", "the extended key usage of the certificate CN=odd does not include codeSigning")]
    public void A_certificate_that_every_verification_refuses_is_refused(string extension, string repeated, string says)
    {
        const string Other = "0603551d26"; // 2.5.29.38, which becomes the other one's identifier.
        using var openSsl = new OpenSsl();
        var odd = openSsl.Issue(
            new CertificatePlan("/CN=odd") { Extensions = repeated.Length > 0 ? [extension, "2.5.29.38=DER:0500"] : [extension] }
        );
        using var certificate = X509CertificateLoader.LoadCertificate(
            Convert.FromHexString(
                Convert.ToHexStringLower(odd.Certificate.RawData).Replace(Other, repeated.Length > 0 ? repeated : Other, StringComparison.Ordinal)
            )
        );
        using var key = odd.ReadKey();

        foreach (var format in (string[])["jwt", "json"])
        {
            Refusal.Of(() => Sign(key, [certificate], format), says);
            var signature = SignatureFormats.ByName(format).Sign(Signatures.Claims with { References = [] }, key, [certificate]);
            Assert.False(Signatures.Verify(signature, new TrustedCertificates([certificate], [certificate])).Verified);
        }
    }

    [Fact]
    public void A_certificate_of_an_authority_that_every_verification_refuses_is_refused()
    {
        using var openSsl = new OpenSsl();
        var root = openSsl.Issue(new CertificatePlan("/CN=root") { Extensions = ["basicConstraints=critical,CA:TRUE", "1.2.3.4=critical,DER:0500"] });
        var leaf = openSsl.Issue(CertificatePlan.Leaf(root));
        using var key = leaf.ReadKey();

        Refusal.Of(
            () => Sign(key, [leaf.Certificate, root.Certificate], "jwt"),
            "the certificate CN=root is refused: it has the critical extension 1.2.3.4"
        );
        Sign(key, [leaf.Certificate], "jwt");
    }

    private static byte[] Sign(SigningKey key, IReadOnlyList<X509Certificate2> certificates, string format) =>
        new Signer(new FakeTimeProvider(Signatures.Now)).Sign(
            new SigningRequest(Signatures.Subject, [], SignatureFormats.ByName(format), null, key, certificates)
        );

    [Fact]
    public void A_certificate_out_of_its_dates_is_refused()
    {
        Refusal.Of(
            () => Sign("p256", Certificates("p256"), now: new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            "is not valid before 2026-11-"
        );
        Refusal.Of(() => Sign("p256", Certificates("p256"), now: new DateTimeOffset(2057, 1, 1, 0, 0, 0, TimeSpan.Zero)), "expired at 2056-11-");
    }

    [Fact]
    public void A_foreign_registry_is_refused_with_a_certificate_and_left_to_the_verifier_without()
    {
        Refusal.Of(() => Sign("p256", Certificates("p256"), reference: "hello-world"), "is not valid for docker.io", "hello-world");

        Assert.Equal(
            "References",
            Signatures.Verify(Sign("p256", [], reference: "hello-world"), new TrustedCertificates(Certificates("p256"), [])).Outcome()
        );
    }

    [Theory]
    [InlineData(0, "too short")]
    [InlineData(-1, "too short")]
    [InlineData(0.999, "too short")]
    [InlineData(3e11, "too long")]
    public void An_expiry_that_cannot_be_is_refused(double seconds, string failure) =>
        Refusal.Of(() => Sign("p256", [], TimeSpan.FromSeconds(seconds)), failure);

    private static IReadOnlyList<X509Certificate2> Certificates(string name) => CertificateFile.Parse(Vectors.Read($"keys/{name}.crt"));

    private static byte[] Sign(
        string keyName,
        IReadOnlyList<X509Certificate2> certificates,
        TimeSpan? expiresIn = null,
        string format = "jwt",
        DateTimeOffset? now = null,
        string reference = "registry.wabbit-networks.io/net-monitor:v1"
    )
    {
        using var key = PemPrivateKey.Parse(Vectors.Read($"keys/{keyName}.key"));
        return new Signer(new FakeTimeProvider(now ?? Moment)).Sign(
            new SigningRequest(Signatures.Subject, [Reference.Parse(reference)], SignatureFormats.ByName(format), expiresIn, key, certificates)
        );
    }
}
