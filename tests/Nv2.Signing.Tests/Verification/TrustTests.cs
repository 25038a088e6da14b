using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Policy;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>What a trust policy makes of signatures in which one thing is wrong: what it enforces fails, what it logs is told, and some things no
/// policy lets pass.</summary>
public sealed class TrustTests : IDisposable
{
    private static readonly DateTimeOffset AfterCertificates = new(2041, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly OpenSsl openSsl = new();
    private readonly Issued root;
    private readonly Issued leaf;

    public TrustTests()
    {
        root = openSsl.Issue(new CertificatePlan("/CN=root"));
        leaf = Issue(
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            "subjectAltName=DNS:registry.example.com",
            "crlDistributionPoints=URI:http://crl.example.com/root"
        );
    }

    /// <summary>What is wrong, the validation of the specification that it is a matter of (none: of no policy), and the check that reports
    /// it.</summary>
    private static readonly (string Wrong, string Validation, CheckName Check)[] Faults =
    [
        ("nobody trusted", "authenticity", CheckName.Authenticity),
        ("another identity", "authenticity", CheckName.Authenticity),
        ("another name", "authenticity", CheckName.References),
        ("expired signature", "expiry", CheckName.Validity),
        ("expired certificate", "authenticTimestamp", CheckName.Validity),
        ("revoked", "revocation", CheckName.Revocation),
        ("no revocation list", "revocation", CheckName.Revocation),
        ("another artifact", "", CheckName.Subject),
        ("changed", "", CheckName.Integrity),
        ("certificate not for signing", "", CheckName.KeyUsage),
        ("nobody decides", "", CheckName.Authenticity),
    ];

    /// <summary>Levels, and what they enforce.</summary>
    private static readonly (VerificationLevel Level, string[] Enforced)[] Levels =
    [
        (VerificationLevel.Strict, ["authenticity", "authenticTimestamp", "expiry", "revocation"]),
        (VerificationLevel.Permissive, ["authenticity"]),
        (VerificationLevel.Audit, []),
        (VerificationLevel.Strict with { Authenticity = ValidationAction.Log }, ["authenticTimestamp", "expiry", "revocation"]),
        (VerificationLevel.Strict with { AuthenticTimestamp = ValidationAction.Log }, ["authenticity", "expiry", "revocation"]),
        (VerificationLevel.Strict with { Expiry = ValidationAction.Log }, ["authenticity", "authenticTimestamp", "revocation"]),
        (VerificationLevel.Strict with { Revocation = ValidationAction.Log }, ["authenticity", "authenticTimestamp", "expiry"]),
        (VerificationLevel.Audit with { Revocation = ValidationAction.Enforce }, ["revocation"]),
        (VerificationLevel.Permissive with { Expiry = ValidationAction.Enforce }, ["authenticity", "expiry"]),
    ];

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void What_a_level_enforces_fails_and_what_it_logs_is_told(string format)
    {
        foreach (var fault in Faults.Where(fault => fault.Wrong != "another name" || format is "jwt" or "json"))
        {
            foreach (var (level, enforced) in Levels)
            {
                var result = Verify(format, fault.Wrong, level);

                var where = $"{fault.Wrong}, in {format}, by {level}";
                var mustFail = fault.Validation.Length == 0 || enforced.Contains(fault.Validation);
                var failed = string.Join(' ', result.Checks.Where(check => !check.Passed).Select(check => check.Name));
                Assert.True(failed == (mustFail ? fault.Check.ToString() : ""), $"{where}: {failed}");
                Assert.True(result.Verified == !mustFail, where);
                Assert.True(mustFail || result.Checks.Single(check => check.Name == fault.Check).Warning is not null, $"no warning: {where}");
                Assert.True(fault.Wrong is not ("another artifact" or "changed") || result.IsBroken, $"not broken: {where}");
                Assert.True(fault.Wrong is "another artifact" or "changed" || !result.IsBroken, $"broken: {where}");
            }
        }
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void With_nothing_wrong_no_level_has_anything_to_tell(string format)
    {
        foreach (var (level, _) in Levels)
        {
            var result = Verify(format, "nothing", level);

            Assert.True(result.Verified);
            Assert.All(result.Checks, check => Assert.Null(check.Warning));
        }
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_name_that_nothing_signed_confirms_fails_by_hand_and_is_not_checked_where_that_is_given_up(string format)
    {
        var signature = Sign(format, leaf);
        var byHand = Trust.ByHand(TrustedCertificates.None);
        foreach (var name in new[] { "registry.example.com/app:v1", "nginx", $"nginx@{Signatures.Subject.Digest}" })
        {
            Assert.Equal("References", Verify(signature, byHand, Reference.Parse(name)).Outcome());
            foreach (var trust in new[] { byHand.AllowingUnsignedName(), byHand.AllowingRelocation() })
            {
                var result = Verify(signature, trust, Reference.Parse(name));
                Assert.Equal("valid", result.Outcome());
                Assert.StartsWith(
                    "not checked: ",
                    result.Checks.Single(check => check.Name == CheckName.References).NotMadeReason,
                    StringComparison.Ordinal
                );
            }
        }
    }

    [Fact]
    public void Several_things_that_are_logged_are_all_told()
    {
        var signature = Sign("jws", leaf, new(2029, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var result = Verify(
            signature,
            Signatures.Roots(root),
            Trust.ByHand(TrustedCertificates.None) with
            {
                Level = VerificationLevel.Audit,
            },
            AfterCertificates,
            Signatures.Subject
        );

        Assert.True(result.Verified);
        var warning = result.Checks.Single(check => check.Name == CheckName.Validity).Warning;
        Assert.StartsWith("the signature expired at 2029-01-01T00:00:00Z; ", warning, StringComparison.Ordinal);
        Assert.Contains("expired at 2040-01-01T00:00:00Z", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Signed_for_another_name_it_verifies_only_where_relocation_is_allowed(string format)
    {
        var signature = Sign(format, leaf);
        var elsewhere = Reference.Parse("mirror.example.net/copies/app:v9");

        Assert.Equal("References", Verify(signature, Trust.ByHand(TrustedCertificates.None), elsewhere).Outcome());
        Assert.Equal("References", Verify(signature, Trust.ByHand(TrustedCertificates.None).AllowingUnsignedName(), elsewhere).Outcome());
        Assert.Equal("valid", Verify(signature, Trust.ByHand(TrustedCertificates.None).AllowingRelocation(), elsewhere).Outcome());
        Assert.Equal("valid", Verify(signature, Trust.ByHand(TrustedCertificates.None) with { AllowsRelocation = true }, elsewhere).Outcome());
        Assert.Equal(
            "valid",
            Verify(
                    signature,
                    Trust.ByHand(TrustedCertificates.None) with
                    {
                        AllowsRelocation = true,
                    },
                    Reference.Parse($"mirror.example.net/copies/app@{Signatures.Subject.Digest}")
                )
                .Outcome()
        );
        Assert.Equal(
            "References",
            Verify(
                    signature,
                    Trust.ByHand(TrustedCertificates.None) with
                    {
                        AllowsRelocation = true,
                    },
                    Reference.Parse($"mirror.example.net/copies/app@{Digest.Compute(DigestAlgorithm.Sha256, "other"u8)}")
                )
                .Outcome()
        );
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Relocation_does_not_let_a_signer_speak_for_a_registry_of_others(string format)
    {
        var foreign = Signatures.Claims with { References = [Reference.Parse("registry.example.org/app:v1")] };
        var signature = Signatures.Sign(format, foreign, leaf, root);

        Assert.Equal(
            "References",
            Verify(signature, Trust.ByHand(TrustedCertificates.None) with { AllowsRelocation = true }, Reference.Parse("registry.example.org/app:v1"))
                .Outcome()
        );
    }

    [Fact]
    public void A_certificate_that_announces_no_revocation_needs_no_list_unless_there_is_one()
    {
        var quiet = Issue("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature");
        var signature = Sign("jws", quiet);

        Assert.Equal("valid", VerifyRevocation(signature).Outcome());
        Assert.Equal("valid", VerifyRevocation(signature, openSsl.RevocationList(root)).Outcome());
        Assert.Equal("Revocation", VerifyRevocation(signature, openSsl.RevocationList(root, quiet)).Outcome());
    }

    [Fact]
    public void One_that_announces_OCSP_needs_a_list_too()
    {
        var announced = Issue(
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            "authorityInfoAccess=OCSP;URI:http://ocsp.example.com"
        );
        var signature = Sign("cose", announced);

        Assert.Equal("Revocation", VerifyRevocation(signature).Outcome());
        Assert.Equal("valid", VerifyRevocation(signature, openSsl.RevocationList(root)).Outcome());
    }

    [Fact]
    public void Where_the_signer_is_trusted_by_nobody_revocation_is_not_known_and_not_passed()
    {
        var other = openSsl.Issue(new CertificatePlan("/CN=other"));
        var terms = Trust.ByHand(TrustedCertificates.None).AllowingUnsignedName() with
        {
            Revocation = new RevocationCheck([], new FakeTimeProvider(Signatures.Now)),
        };
        var result = Verify(Sign("jws", leaf), Signatures.Roots(other), terms, Signatures.Now, Signatures.Subject);

        var revocation = result.Checks.Single(check => check.Name == CheckName.Revocation);
        Assert.False(revocation.Passed);
        Assert.False(revocation.WasMade);
    }

    public void Dispose() => openSsl.Dispose();

    private VerificationResult Verify(string format, string wrong, VerificationLevel level)
    {
        var now = wrong == "expired certificate" ? AfterCertificates : Signatures.Now;
        var signer =
            wrong == "certificate not for signing"
                ? Issue("basicConstraints=critical,CA:FALSE", "keyUsage=critical,nonRepudiation", "subjectAltName=DNS:registry.example.com")
                : leaf;
        var signature = Sign(format, signer, wrong == "expired signature" ? Signatures.Now.AddYears(-1) : null);
        if (wrong == "changed")
            signature = Tampering.ChangeValue(format, signature);
        byte[][] lists = wrong switch
        {
            "no revocation list" or "expired certificate" => [],
            "revoked" => [openSsl.RevocationList(root, leaf)],
            _ => [openSsl.RevocationList(root)],
        };
        var terms = Trust.ByHand(TrustedCertificates.None).AllowingUnsignedName() with
        {
            Level = level,
            RequiresSignedName = false, // Terms of a policy: its statement was chosen by the name.
            Refusal = wrong == "nobody decides" ? "there is no policy" : null,
            Identities = new TrustedIdentities([
                TrustedIdentity.Parse($"x509.subject: C=US, ST=WA, O={(wrong == "another identity" ? "acme" : "wabbit")}"),
            ]),
            // After all certificates have ended no list is current any more: this is about the dates.
            Revocation = wrong == "expired certificate" ? null : Revocation(now, lists),
        };
        // A pin of somebody else: in the nv2 formats the path of an untrusted signer has no certificate whose dates or revocation are checked.
        var trusted = wrong == "nobody trusted" ? Signatures.Roots(openSsl.Issue(new CertificatePlan("/CN=somebody else"))) : Signatures.Roots(root);
        if (wrong == "nobody trusted")
            terms = terms with { Revocation = null };
        var subject =
            wrong == "another artifact"
                ? new Descriptor(Signatures.Subject.MediaType, Digest.Compute(DigestAlgorithm.Sha256, "ARTIFACT"u8), 8)
                : Signatures.Subject;
        return Verify(
            signature,
            trusted,
            terms,
            now,
            subject,
            Reference.Parse(wrong == "another name" ? "registry.example.com/app:v2" : "registry.example.com/app:v1")
        );
    }

    private VerificationResult Verify(byte[] signature, Trust terms, Reference reference) =>
        Verify(signature, Signatures.Roots(root), terms, Signatures.Now, Signatures.Subject, reference);

    private VerificationResult VerifyRevocation(byte[] signature, params byte[][] lists) =>
        Verify(
            signature,
            Signatures.Roots(root),
            Trust.ByHand(TrustedCertificates.None) with
            {
                Revocation = Revocation(Signatures.Now, lists),
            },
            Signatures.Now,
            Signatures.Subject
        );

    private static VerificationResult Verify(
        byte[] signature,
        TrustedCertificates trusted,
        Trust terms,
        DateTimeOffset now,
        Descriptor subject,
        Reference? reference = null
    ) =>
        new Verifier(new FakeTimeProvider(now)).Verify(
            new VerificationRequest(signature, null, subject, terms with { Certificates = trusted }, MediaType: null, reference)
        );

    private static RevocationCheck Revocation(DateTimeOffset now, params byte[][] lists) =>
        new([.. lists.SelectMany(list => RevocationList.Parse(list, "root.crl"))], new FakeTimeProvider(now));

    private Issued Issue(params string[] extensions) =>
        openSsl.Issue(new CertificatePlan("/C=US/ST=WA/O=wabbit/CN=leaf", root) { Extensions = extensions });

    private byte[] Sign(string format, Issued signer, DateTimeOffset? expiresAt = null)
    {
        var claims = Signatures.Claims with { ExpiresAt = expiresAt, IssuedAt = Signatures.Now.AddYears(-2) };
        return Signatures.Sign(format, format is "jwt" or "json" ? claims : claims with { References = [] }, signer, root);
    }
}
