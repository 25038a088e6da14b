using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;
using Nv2.Signing.Tests.Certificates;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>
/// What a verification means for the artifact: that of one signature, and that of all that are stored beside it. Where trust is not required, what is
/// not trusted passes with a warning, and what is broken never does.
/// </summary>
public sealed class DecisionTests(DecisionTests.Signers signers) : IClassFixture<DecisionTests.Signers>
{
    private const string DoesNotHold = "its signature is not valid";

    private static readonly string[] Formats = ["jwt", "json", "jws", "cose"];

    /// <summary>Matters of trust: somebody made the signature that it says, of this artifact, and the user does not want it.</summary>
    private static readonly string[] Untrusted =
    [
        "by a stranger",
        "by another identity",
        "for another name",
        "expired",
        "expired certificate",
        "certificate not for signing",
        "revoked",
        "not known whether revoked",
        "by a key that nobody knows",
    ];

    /// <summary>What is no signature of this artifact at all.</summary>
    private static readonly string[] Broken =
    [
        "no bytes",
        "garbage",
        "half of it",
        "changed value",
        "changed value by a stranger",
        "of another digest",
        "of another size",
        "of another media type",
        "critical attribute",
        "without the metadata asked for",
        "with other metadata than asked for",
    ];

    public static TheoryData<string, string> UntrustedCases => Cases(Untrusted);

    public static TheoryData<string, string> BrokenCases => Cases(Broken);

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signature_that_is_valid_is_Verified_whether_trust_is_required_or_not(string format)
    {
        var given = Make("nothing wrong", format);
        foreach (var isRequired in new[] { true, false })
            AssertBoth(new(Outcome.Verified, null), given, given.Trust with { IsRequired = isRequired });
        Assert.True(new Decision(Outcome.Verified, null).IsAccepted);
    }

    [Theory]
    [MemberData(nameof(UntrustedCases))]
    public void What_is_not_trusted_is_Refused_and_passes_with_a_warning_only_where_trust_is_not_required(string wrong, string format)
    {
        var given = Make(wrong, format);
        Assert.False(given.Single(given.Trust).Verified);
        Assert.False(given.Single(given.Trust).IsBroken);

        AssertBoth(new(Outcome.Refused, null), given, given.Trust);
        AssertBoth(NotRequired(DoesNotHold), given, given.Trust with { IsRequired = false });
        AssertBoth(new(Outcome.Refused, null), given, (given.Trust with { IsRequired = false }).Requiring());
    }

    [Theory]
    [MemberData(nameof(BrokenCases))]
    public void What_is_broken_is_Refused_whatever_is_required_and_whatever_is_only_logged(string wrong, string format)
    {
        var given = Make(wrong, format);
        Assert.False(given.Single(given.Trust).Verified);
        Assert.True(given.Single(given.Trust).IsBroken);

        foreach (var isRequired in new[] { true, false })
        {
            foreach (var level in new[] { VerificationLevel.Strict, VerificationLevel.Permissive, VerificationLevel.Audit })
                AssertBoth(new(Outcome.Refused, null), given, given.Trust with { IsRequired = isRequired, Level = level });
            AssertBoth(new(Outcome.Refused, null), given, Trust.InNobody("there is no policy") with { IsRequired = isRequired });
        }
    }

    [Fact]
    public void A_media_type_that_the_caller_takes_the_artifact_for_in_error_is_Refused_where_trust_is_not_required()
    {
        var given = Make("nothing wrong", "jwt");
        var request = new VerificationRequest(
            given.Signature,
            null,
            given.Subject,
            given.Trust with
            {
                IsRequired = false,
            },
            MediaType.Parse("text/plain"),
            given.Reference
        );

        Assert.Equal(new(Outcome.Refused, null), new Verifier(new FakeTimeProvider(given.Now)).Verify(request).Decision);
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void Where_nobody_decides_nobody_is_trusted_at_any_level(string format)
    {
        var given = Make("nothing wrong", format);
        foreach (var level in new[] { VerificationLevel.Strict, VerificationLevel.Permissive, VerificationLevel.Audit })
        {
            var refusing = given.Trust with { Level = level, Refusal = "no statement is for it" };
            Assert.Equal("no statement is for it", given.Single(refusing).Checks.Single(check => check.Name == CheckName.Authenticity).Reason);
            AssertBoth(new(Outcome.Refused, null), given, refusing);
            AssertBoth(NotRequired(DoesNotHold), given, refusing with { IsRequired = false });
        }

        AssertBoth(new(Outcome.Refused, null), given, Trust.InNobody("there is no policy"));
        Assert.False(given.Single(Trust.InNobody("there is no policy")).Verified);
    }

    [Fact]
    public void Trust_in_nobody_requires_trust_by_policy_and_has_no_certificates()
    {
        var nobody = Trust.InNobody("there is no policy");

        Assert.True(nobody.IsRequired);
        Assert.True(nobody.IsByPolicy);
        Assert.Equal("there is no policy", nobody.Refusal);
        Assert.Same(TrustedCertificates.None, nobody.Certificates);
        Assert.False(Trust.ByHand(TrustedCertificates.None).IsByPolicy);
        Assert.True(Trust.ByHand(TrustedCertificates.None).IsRequired);
    }

    [Fact]
    public void What_the_level_only_logs_is_told_with_the_acceptance_each_thing_once()
    {
        var given = Make("by another identity", "jws");
        var audit = given.Trust with { Level = VerificationLevel.Audit, IsByPolicy = true };
        var reason = given.Single(audit).Checks.Single(check => check.Name == CheckName.Authenticity).Warning;
        Assert.Contains("matches none of the trusted identities", reason, StringComparison.Ordinal);
        AssertBoth(new(Outcome.Verified, $"the trust policy only logs this: {reason}"), given, audit);

        var late = given with { Now = Signers.AfterCertificates };
        var expired = late.Single(audit).Checks.Single(check => check.Name == CheckName.Validity).Warning;
        AssertBoth(new(Outcome.Verified, $"the trust policy only logs this: {reason}; {expired}"), late, audit);

        // Two signatures of which the same is told.
        Assert.Equal(
            new(Outcome.Verified, $"the trust policy only logs this: {reason}"),
            given.Stored(audit, SignatureQuorum.One, given.Signature, Make("by another identity", "cose").Signature).Decision
        );
    }

    [Fact]
    public void A_warning_is_said_to_be_the_policy_s_where_a_policy_decides_and_where_there_is_one()
    {
        var given = Make("by another identity", "jws");
        var audit = given.Trust with { Level = VerificationLevel.Audit };
        var reason = given.Single(audit).Checks.Single(check => check.Name == CheckName.Authenticity).Warning;
        AssertBoth(new(Outcome.Verified, reason), given, audit);

        var right = Make("nothing wrong", "jws");
        AssertBoth(new(Outcome.Verified, null), right, right.Trust with { IsByPolicy = true });
        AssertBoth(new(Outcome.Verified, null), right, right.Trust with { IsByPolicy = true, Level = VerificationLevel.Audit });
    }

    [Fact]
    public void A_revocation_list_that_counts_for_nothing_is_told_only_where_revocation_was_checked_and_nothing_is_wrong()
    {
        using var elsewhere = new RevocationAuthority();
        RevocationList[] lists = [.. RevocationList.Parse(signers.Revoking, "root.crl"), elsewhere.OfIssuer("stray.crl")];
        var revocation = new RevocationCheck(lists, new FakeTimeProvider(Signatures.Now));
        var given = Make("nothing wrong, by another signer", "jws");
        var trust = given.Trust with { IsByPolicy = true, Revocation = revocation };
        var notice = Revocation(given, trust).Notice;
        Assert.StartsWith("a revocation list is ignored", notice, StringComparison.Ordinal);
        Assert.Contains("\"stray.crl\" (of CN=issuer)", notice, StringComparison.Ordinal);
        AssertBoth(new(Outcome.Verified, notice), given, trust);

        // A warning of the policy comes first, and the notice is not the policy's.
        var audit = trust with
        {
            Level = VerificationLevel.Audit,
            Identities = Make("by another identity", "jws").Trust.Identities,
        };
        var reported = given.Single(audit).Checks.Single(check => check.Name == CheckName.Authenticity).Warning;
        AssertBoth(new(Outcome.Verified, $"the trust policy only logs this: {reported}; {notice}"), given, audit);

        var revoked = Make("nothing wrong", "jws");
        Assert.False(Revocation(revoked, trust).Passed);
        Assert.Null(Revocation(revoked, trust).Notice);
        Assert.NotNull(Revocation(revoked, trust with { Level = VerificationLevel.Audit }).Warning);
        Assert.Null(Revocation(revoked, trust with { Level = VerificationLevel.Audit }).Notice);

        static Check Revocation(Given given, Trust trust) => given.Single(trust).Checks.Single(check => check.Name == CheckName.Revocation);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("half of it")]
    public void Of_a_signature_that_cannot_be_read_every_other_check_is_reported_as_not_made(string wrong)
    {
        var given = Make(wrong, "jws");
        var result = given.Single(given.Trust);

        Assert.Equal("Format Integrity Authenticity KeyUsage Validity References Subject", result.Outcome());
        Assert.Equal([CheckName.Format], result.Checks.Where(check => check.WasMade).Select(check => check.Name));
    }

    [Fact]
    public void Of_several_signatures_only_those_that_are_valid_have_their_warnings_told()
    {
        var given = Make("nothing wrong", "jws");
        var audit = given.Trust with { Level = VerificationLevel.Audit };
        var stranger = Make("changed value by a stranger", "jws");

        Assert.Contains(stranger.Single(audit).Checks, check => check.Warning is not null);
        Assert.Equal(new(Outcome.Verified, null), given.Stored(audit, SignatureQuorum.One, given.Signature, stranger.Signature).Decision);
    }

    [Fact]
    public void Where_the_policy_skips_verification_everything_is_Skipped_and_that_is_said()
    {
        var skipping = Trust.ByHand(TrustedCertificates.None) with
        {
            Level = VerificationLevel.Skip,
            IsByPolicy = true,
            Statement = new TrustPolicyStatement("unsigned", [], VerificationLevel.Skip, false, [], null),
        };
        var expected = new Decision(Outcome.Skipped, "nothing was verified: the statement \"unsigned\" of the trust policy skips it");
        Assert.True(expected.IsAccepted);
        foreach (var isRequired in new[] { true, false })
        {
            var trust = skipping with { IsRequired = isRequired };
            foreach (var wrong in (string[])["nothing wrong", .. Untrusted, .. Broken])
            {
                var given = Make(wrong, Formats.First(format => IsPossible(wrong, format)));
                AssertBoth(expected, given, trust);
                Assert.Empty(given.Stored(trust, new(2, All: true), given.Signature).Signatures);
            }

            var subject = Signatures.Subject;
            Assert.Equal(expected, new Verifier(TimeProvider.System).Verify([], subject, new(trust, SignatureQuorum.One)).Decision);
            Assert.Equal(expected, new Verifier(TimeProvider.System).Verify(new Untouchable(), subject, new(trust, SignatureQuorum.One)).Decision);
        }
    }

    [Fact]
    public void An_artifact_whose_manifest_is_not_what_its_descriptor_says_is_never_decided_about()
    {
        var store = new ManifestOnly("another manifest"u8.ToArray());
        var trust = Trust.ByHand(TrustedCertificates.None) with { IsRequired = false };

        Refusal.Of(() => new Verifier(TimeProvider.System).Verify(store, Signatures.Subject, new(trust, SignatureQuorum.One)));
        Assert.Equal(
            NotRequired("it has no signature"),
            new Verifier(TimeProvider.System)
                .Verify(new ManifestOnly("artifact"u8.ToArray()), Signatures.Subject, new(trust, SignatureQuorum.One))
                .Decision
        );
    }

    [Fact]
    public void Too_few_signers_are_Refused_and_pass_with_a_warning_only_where_trust_is_not_required_and_nothing_is_broken()
    {
        var (wabbit, acme, stranger, broken) = (
            Make("nothing wrong", "jws"),
            Make("nothing wrong, by another signer", "jws"),
            Make("by a stranger", "jws"),
            Make("of another digest", "jws")
        );
        Assert.Equal((Outcome.Verified, null), Decide(new(2, All: false), wabbit, acme));
        Assert.Equal((Outcome.Verified, null), Decide(new(2, All: false), wabbit, acme, stranger));
        Assert.Equal((Outcome.Verified, null), Decide(new(2, All: false), wabbit, broken, acme));
        Assert.Equal((Outcome.Verified, null), Decide(new(2, All: true), wabbit, acme));

        AssertNotEnough(new(1, All: false), "it has no signature");
        AssertNotEnough(new(2, All: false), "the valid signatures are by 1 signer: expected 2", wabbit);
        AssertNotEnough(new(2, All: false), "the valid signatures are by 1 signer: expected 2", wabbit, stranger);
        AssertNotEnough(new(2, All: false), "the valid signatures are by 1 signer: expected 2", wabbit, Make("nothing wrong", "cose"));
        AssertNotEnough(new(3, All: false), "the valid signatures are by 2 signers: expected 3", wabbit, acme, stranger);
        AssertNotEnough(new(2, All: false), "its signature is not valid", stranger);
        AssertNotEnough(new(1, All: false), "none of its 2 signatures is valid", stranger, Make("by a stranger", "cose"));
        AssertNotEnough(new(1, All: true), "1 of its 2 signatures is valid: expected all of them", wabbit, stranger);
    }

    [Fact]
    public void A_stored_signature_that_cannot_be_had_is_broken()
    {
        var given = Make("nothing wrong", "jwt");
        var away = new StoredSignature(given.Subject, given.Subject, null, default, "its blob is not there");
        foreach (var isRequired in new[] { true, false })
        {
            var verification = new Verifier(new FakeTimeProvider(given.Now)).Verify(
                [SignatureEntry.Of(away)],
                given.Subject,
                new(given.Trust with { IsRequired = isRequired }, SignatureQuorum.One)
            );

            Assert.Equal(new(Outcome.Refused, null), verification.Decision);
            Assert.Equal("its blob is not there", verification.Signatures[0].Result.Checks[0].Reason);
            Assert.Equal(new(Outcome.Refused, null), verification.Signatures[0].Result.Decision);
        }
    }

    [Theory]
    [InlineData(Outcome.Refused, false)]
    [InlineData(Outcome.Verified, true)]
    [InlineData(Outcome.NotRequired, true)]
    [InlineData(Outcome.Skipped, true)]
    public void Every_outcome_but_Refused_lets_the_artifact_be_used(Outcome outcome, bool isAccepted) =>
        Assert.Equal(isAccepted, new Decision(outcome, null).IsAccepted);

    private static TheoryData<string, string> Cases(string[] wrong)
    {
        var data = new TheoryData<string, string>();
        foreach (var what in wrong)
        {
            foreach (var format in Formats.Where(format => IsPossible(what, format)))
                data.Add(what, format);
        }

        return data;
    }

    // Names and key ids are in the two nv2 formats alone; metadata and attributes in the other two; the JSON one names no media type.
    private static bool IsPossible(string wrong, string format) =>
        wrong switch
        {
            "for another name" or "by a key that nobody knows" => format is "jwt" or "json",
            "critical attribute" or "with other metadata than asked for" => format is "jws" or "cose",
            "of another media type" => format != "json",
            _ => true,
        };

    private static Decision NotRequired(string failure) => new(Outcome.NotRequired, $"{failure}; accepted because trust is not required");

    private static void AssertBoth(Decision expected, Given given, Trust trust)
    {
        Assert.Equal(expected, given.Single(trust).Decision);
        Assert.Equal(expected, given.Stored(trust, SignatureQuorum.One, given.Signature).Decision);
    }

    private (Outcome Outcome, string? Warning) Decide(SignatureQuorum quorum, params Given[] given)
    {
        var decision = Decide(quorum, isRequired: true, given);
        Assert.Equal(decision, Decide(quorum, isRequired: false, given));
        return (decision.Outcome, decision.Warning);
    }

    private Decision Decide(SignatureQuorum quorum, bool isRequired, params Given[] given)
    {
        var one = Make("nothing wrong", "jws");
        return one.Stored(one.Trust with { IsRequired = isRequired }, quorum, [.. given.Select(each => each.Signature)]).Decision;
    }

    private void AssertNotEnough(SignatureQuorum quorum, string failure, params Given[] given)
    {
        Assert.Equal(new(Outcome.Refused, null), Decide(quorum, isRequired: true, given));
        Assert.Equal(NotRequired(failure), Decide(quorum, isRequired: false, given));
        if (given.Length > 0)
            Assert.Equal(
                new(Outcome.Refused, null),
                Decide(quorum with { Signers = given.Length + 1 }, isRequired: false, [.. given, Make("changed value", "cose")])
            );
    }

    private Given Make(string wrong, string format)
    {
        var claims = Signatures.Claims with
        {
            IssuedAt = Signatures.Now.AddYears(-2),
            References = format is "jwt" or "json" ? Signatures.Claims.References : [],
        };
        var trust = Trust.ByHand(Signatures.Roots(signers.Root)) with
        {
            Identities = new TrustedIdentities([TrustedIdentity.Parse("x509.subject: C=US, ST=WA, O=wabbit")]),
        };
        var right = new Given([], Signatures.Subject, trust, Signatures.Now);
        return wrong switch
        {
            "nothing wrong" => right with { Signature = By(signers.Wabbit) },
            "nothing wrong, by another signer" => right with { Signature = By(signers.Other) },
            "by a stranger" => right with { Signature = By(signers.Stranger) },
            "by another identity" => right with
            {
                Signature = By(signers.Wabbit),
                Trust = trust with { Identities = new TrustedIdentities([TrustedIdentity.Parse("x509.subject: C=US, ST=WA, O=acme")]) },
            },
            "for another name" => right with { Signature = By(signers.Wabbit), Reference = Reference.Parse("registry.example.com/app:v2") },
            "expired" => right with { Signature = Sign(claims with { ExpiresAt = Signatures.Now.AddYears(-1) }, signers.Wabbit) },
            "expired certificate" => right with { Signature = By(signers.Wabbit), Now = Signers.AfterCertificates },
            "certificate not for signing" => right with { Signature = By(signers.NotForSigning) },
            "revoked" => right with { Signature = By(signers.Wabbit), Trust = trust with { Revocation = Revocation(signers.Revoking) } },
            "not known whether revoked" => right with { Signature = By(signers.Wabbit), Trust = trust with { Revocation = Revocation() } },
            "by a key that nobody knows" => right with { Signature = Signatures.SignByKeyId(format, claims, signers.Wabbit) },
            "no bytes" => right,
            "garbage" => right with { Signature = "no signature at all"u8.ToArray() },
            "half of it" => right with { Signature = By(signers.Wabbit)[..^40] },
            "changed value" => right with { Signature = Changed(By(signers.Wabbit)) },
            "changed value by a stranger" => right with { Signature = Changed(By(signers.Stranger)) },
            "of another digest" => right with
            {
                Signature = Sign(claims with { Digest = Digest.Compute(DigestAlgorithm.Sha256, "ARTIFACT"u8) }, signers.Wabbit),
            },
            "of another size" => right with { Signature = Sign(claims with { Size = 9 }, signers.Wabbit) },
            "of another media type" => right with { Signature = Sign(claims with { MediaType = MediaType.OciIndex }, signers.Wabbit) },
            "critical attribute" => right with
            {
                Signature = Sign(claims with { ExtendedClaims = [new("com.example.build", "42", IsCritical: true)] }, signers.Wabbit),
            },
            "without the metadata asked for" => right with
            {
                Signature = By(signers.Wabbit),
                Annotations = new() { ["build"] = "42" },
            },
            "with other metadata than asked for" => right with
            {
                Signature = Sign(claims with { Annotations = new Dictionary<string, string> { ["build"] = "41" } }, signers.Wabbit),
                Annotations = new() { ["build"] = "42" },
            },
            _ => throw new ArgumentException(wrong),
        };

        byte[] By(Issued signer) => Sign(claims, signer);

        byte[] Sign(Claims signed, Issued signer) => Signatures.Sign(format, signed, signer, signer == signers.Stranger ? [] : [signers.Root]);

        byte[] Changed(byte[] signature) => Tampering.ChangeValue(format, signature);
    }

    private static RevocationCheck Revocation(params byte[][] lists) =>
        new([.. lists.SelectMany(list => RevocationList.Parse(list, "root.crl"))], new FakeTimeProvider(Signatures.Now));

    /// <summary>A signature with what it is verified against.</summary>
    private sealed record Given(byte[] Signature, Descriptor Subject, Trust Trust, DateTimeOffset Now)
    {
        public Reference? Reference { get; init; }

        public Dictionary<string, string> Annotations { get; init; } = [];

        public VerificationResult Single(Trust trust) =>
            new Verifier(new FakeTimeProvider(Now)).Verify(
                new VerificationRequest(Signature, null, Subject, trust, MediaType: null, Reference) { RequiredAnnotations = Annotations }
            );

        public ArtifactVerification Stored(Trust trust, SignatureQuorum quorum, params byte[][] signatures) =>
            new Verifier(new FakeTimeProvider(Now)).Verify(
                [.. signatures.Select(signature => SignatureEntry.Of(new(Subject, Subject, null, signature, null)))],
                Subject,
                new(trust, quorum) { Reference = Reference, Annotations = Annotations }
            );
    }

    /// <summary>Signers below one root, and a stranger who issued the own certificate.</summary>
    public sealed class Signers : IDisposable
    {
        private const string EndEntity = "basicConstraints=critical,CA:FALSE";
        private const string ForRegistry = "subjectAltName=DNS:registry.example.com";

        private readonly OpenSsl openSsl = new();

        public Signers()
        {
            Root = openSsl.Issue(new CertificatePlan("/CN=root"));
            Wabbit = Issue("wabbit", Root, "keyUsage=critical,digitalSignature", "crlDistributionPoints=URI:http://crl.example.com/root");
            Other = Issue("other", Root, "keyUsage=critical,digitalSignature");
            NotForSigning = Issue("encipher", Root, "keyUsage=critical,nonRepudiation");
            Stranger = Issue("stranger", null, "keyUsage=critical,digitalSignature");
            Revoking = openSsl.RevocationList(Root, Wabbit);
        }

        /// <summary>A moment at which no certificate is valid any more.</summary>
        public static DateTimeOffset AfterCertificates { get; } = new(2041, 1, 1, 0, 0, 0, TimeSpan.Zero);

        internal Issued Root { get; }

        internal Issued Wabbit { get; }

        internal Issued Other { get; }

        internal Issued NotForSigning { get; }

        internal Issued Stranger { get; }

        /// <summary>A list of the root that revokes the certificate of wabbit.</summary>
        internal byte[] Revoking { get; }

        public void Dispose() => openSsl.Dispose();

        private Issued Issue(string name, Issued? issuer, params string[] extensions) =>
            openSsl.Issue(new CertificatePlan($"/C=US/ST=WA/O=wabbit/CN={name}", issuer) { Extensions = [EndEntity, ForRegistry, .. extensions] });
    }
}
