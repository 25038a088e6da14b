using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Timestamps;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Timestamps;

/// <summary>Requests, timestamps and what they prove, with <c>openssl ts</c> on the other side.</summary>
public sealed class TimestampTests(Stamped stamped) : IClassFixture<Stamped>
{
    private static readonly DateTimeOffset Year2028 = new(2028, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [InlineData("jws", "P-256", "sha256", "P-256")]
    [InlineData("jws", "P-384", "sha384", "2048")]
    [InlineData("jws", "P-521", "sha512", "P-384")]
    [InlineData("jws", "2048", "sha256", "3072")]
    [InlineData("jws", "3072", "sha384", "P-256")]
    [InlineData("cose", "P-256", "sha256", "2048")]
    [InlineData("cose", "P-384", "sha384", "P-256")]
    [InlineData("cose", "P-521", "sha512", "P-521")]
    [InlineData("cose", "4096", "sha512", "2048")]
    public void A_signature_that_openssl_timestamped_holds_after_its_certificate_has_ended(
        string format,
        string key,
        string hash,
        string authorityKey
    )
    {
        using var folder = new TemporaryFolder();
        var authority = stamped.Make(Stamped.Plan(stamped.TimestampRoot) with { Key = authorityKey });
        var signature = stamped.Sign(format, key);
        var before = SignatureFormats.Parse(signature);

        var request = TimestampRequest.For(before);
        var query = OpenSsl.Run("ts", "-query", "-in", folder.Write("request", request.Encode()), "-text");
        Assert.Contains($"Hash Algorithm: {hash}", query, StringComparison.Ordinal);
        Assert.Contains("Certificate required: yes", query, StringComparison.Ordinal);
        Assert.Matches("Nonce: 0x[0-9A-F]{30}", query);

        var reply = new TimestampAuthority(authority.KeyPath, authority.CertificatePath).Reply(request.Encode(), TimestampAuthority.Accuracy);
        var token = TimestampReply.ReadToken(reply);
        var timestamped = TimestampedSignature.Attach(signature, token, request, [stamped.TimestampRoot.Certificate]);

        // What openssl says of the very token that is in the signature now, and of the value that it stamps.
        var after = SignatureFormats.Parse(timestamped);
        Assert.Contains(
            "Verification: OK",
            OpenSsl.Run(
                "ts",
                "-verify",
                "-token_in",
                "-in",
                folder.Write("token", after.Timestamp.ToArray()),
                "-data",
                folder.Write("value", after.Value.ToArray()),
                "-CAfile",
                stamped.TimestampRoot.CertificatePath
            ),
            StringComparison.Ordinal
        );
        Assert.Equal(before.SignedBytes.ToArray(), after.SignedBytes.ToArray());
        Assert.Equal(before.Value.ToArray(), after.Value.ToArray());
        Assert.Equal(before.Certificates, after.Certificates);
        Assert.Equal(before.Claims.IssuedAt, after.Claims.IssuedAt);

        var result = Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampRoot), Stamped.Later);
        Assert.Equal("valid", result.Outcome());
        Assert.Equal(TimeSpan.FromSeconds(1.5), result.Timestamp!.Accuracy);
        Assert.Equal(authority.Certificate, result.Timestamp.Authority);
        Assert.Contains(
            FormattableString.Invariant(
                $"Time stamp: {result.Timestamp.Time:MMM} {result.Timestamp.Time.Day, 2} {result.Timestamp.Time:HH:mm:ss yyyy} GMT"
            ),
            OpenSsl.Run("ts", "-reply", "-token_in", "-in", folder["token"], "-text", "-token_out"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void Whether_a_timestamp_counts_is_for_the_verifier_to_say(string format)
    {
        var signature = stamped.Sign(format);
        var timestamped = TimestampedSignature.Attach(signature, stamped.Stamp(signature, new StampPlan(Year2028)), null, null);

        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampRoot), Stamped.Later).Outcome());
        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampIssuer), Stamped.Later).Outcome());
        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust(stamped.Authority), Stamped.Later).Outcome());
        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust()).Outcome());
        Assert.Equal("valid", Signatures.Verify(signature, stamped.Trust(stamped.TimestampRoot)).Outcome());
        Assert.Null(Signatures.Verify(timestamped, stamped.Trust()).Timestamp);
        Assert.Contains("the timestamp of the signature was ignored", Reason(timestamped, stamped.Trust(), Stamped.Later), StringComparison.Ordinal);
        Assert.EndsWith(
            "expired at 2031-01-01T00:00:00Z, and the signature has no timestamp that proves an earlier signing time",
            Reason(signature, stamped.Trust(stamped.TimestampRoot), Stamped.Later),
            StringComparison.Ordinal
        );
        Assert.EndsWith("expired at 2031-01-01T00:00:00Z", Reason(signature, stamped.Trust(), Stamped.Later), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_second_timestamp_takes_the_place_of_the_first_and_everything_else_stays(string format)
    {
        var leaf = stamped.Make(CertificatePlan.Leaf(stamped.SignerRoot));
        using var signer = leaf.ReadKey();
        var signature = SignatureFormats
            .ByName(format)
            .Sign(Signatures.Claims with { References = [] }, signer, [leaf.Certificate, stamped.SignerRoot.Certificate], "agent/1.0");
        var first = TimestampedSignature.Attach(signature, stamped.Stamp(signature, new StampPlan(Year2028)), null, null);
        var token = stamped.Stamp(signature, new StampPlan(Year2028.AddDays(1)));
        var second = TimestampedSignature.Attach(first, token, null, null);

        Assert.Equal(token, SignatureFormats.Parse(second).Timestamp.ToArray());
        Assert.Equal("agent/1.0", SignatureFormats.Parse(second).SigningAgent);
        Assert.Equal(TimestampedSignature.Attach(signature, token, null, null), second);
        Assert.Equal("valid", Signatures.Verify(second, stamped.Trust(stamped.TimestampRoot)).Outcome());
    }

    [Theory]
    [InlineData(null, "2030-12-31T23:59:59Z", "valid")]
    [InlineData(null, "2031-01-01T00:00:00.5Z", "valid")]
    [InlineData(null, "2031-01-01T00:00:01Z", "Validity")]
    [InlineData(null, "2019-12-31T23:59:59Z", "Validity")]
    [InlineData(null, "2020-01-01T00:00:00Z", "valid")]
    [InlineData(10, "2030-12-31T23:59:50Z", "valid")]
    [InlineData(10, "2030-12-31T23:59:51Z", "Validity")]
    [InlineData(10, "2020-01-01T00:00:10Z", "valid")]
    [InlineData(10, "2020-01-01T00:00:09Z", "Validity")]
    public void All_of_the_time_that_a_timestamp_can_mean_lies_within_the_certificates(int? accuracy, string time, string expected)
    {
        var authority = stamped.Make(Stamped.Plan(stamped.TimestampRoot) with { NotBefore = "20100101000000Z" });
        var plan = new StampPlan(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)) { AccuracyInSeconds = accuracy };
        var signature = stamped.Sign("jws");
        var timestamped = Stamped.Force(signature, stamped.Stamp(signature, plan, authority));

        // The authority's own certificate is given: its root begins when the signer's does.
        var result = Signatures.Verify(timestamped, stamped.Trust(authority), Stamped.Later);
        Assert.Equal(expected, result.Outcome());
        Assert.Equal(plan.Time, result.Timestamp!.Time);
        if (expected != "valid")
            Assert.StartsWith(
                "the signature was timestamped at ",
                Reason(timestamped, stamped.Trust(authority), Stamped.Later),
                StringComparison.Ordinal
            );
    }

    // RFC 2634 names the certificate by SHA-1, RFC 5035 by any hash. The signature is by its key in any case.
    [Theory]
    [InlineData("ess_cert_id_alg = sha1")]
    [InlineData("ess_cert_id_alg = sha512")]
    [InlineData("ess_cert_id_chain = yes")]
    [InlineData("signer_digest = sha512")]
    [InlineData("ordering = yes")]
    [InlineData("tsa_name = yes")]
    [InlineData("clock_precision_digits = 6")]
    public void What_authorities_may_do_in_several_ways_holds_in_all(string setting)
    {
        var signature = stamped.Sign("jws");
        var request = TimestampRequest.For(SignatureFormats.Parse(signature));
        var reply = new TimestampAuthority(
            stamped.Authority.KeyPath,
            stamped.Authority.CertificatePath,
            stamped.TimestampIssuer.CertificatePath
        ).Reply(request.Encode(), setting);
        var timestamped = TimestampedSignature.Attach(signature, TimestampReply.ReadToken(reply), request, [stamped.TimestampRoot.Certificate]);

        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampRoot), Stamped.Later).Outcome());
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha384")]
    [InlineData("sha512")]
    public void An_authority_may_sign_with_PSS(string digest)
    {
        var authority = stamped.Make(Stamped.Plan(stamped.TimestampIssuer) with { Key = "2048" });
        var signature = stamped.Sign("cose");
        var timestamped = Stamped.Force(signature, stamped.Stamp(signature, new StampPlan(Year2028) { Pss = true, Digest = digest }, authority));

        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampRoot), Stamped.Later).Outcome());
    }

    [Theory]
    [InlineData("0.4.0.2023.1.1", 1)]
    [InlineData("1.2.3.4.1", 0)]
    public void An_accuracy_that_is_not_stated_is_that_of_the_policy(string policy, int seconds)
    {
        var signature = stamped.Sign("cose");
        var timestamped = Stamped.Force(signature, stamped.Stamp(signature, new StampPlan(Year2028) { Policy = policy }));

        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampRoot), Stamped.Later).Timestamp!.Accuracy
        );
    }

    [Fact]
    public void A_timestamp_does_not_keep_a_signature_alive_that_has_expired_itself()
    {
        var leaf = stamped.Make(CertificatePlan.Leaf(stamped.SignerRoot));
        var signature = Signatures.Sign(
            "jws",
            Signatures.Claims with
            {
                References = [],
                ExpiresAt = Signatures.Now.AddDays(1),
            },
            leaf,
            stamped.SignerRoot
        );
        var timestamped = TimestampedSignature.Attach(signature, stamped.Stamp(signature, new StampPlan(Year2028)), null, null);

        Assert.Equal("valid", Signatures.Verify(timestamped, stamped.Trust(stamped.TimestampRoot)).Outcome());
        Assert.StartsWith(
            "the signature expired at ",
            Reason(timestamped, stamped.Trust(stamped.TimestampRoot), Stamped.Later),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_signing_authority_vouches_for_its_own_time_and_for_no_other()
    {
        var leaf = stamped.Make(CertificatePlan.Leaf(stamped.SignerRoot));
        var signature = Signatures.Sign(
            "jws",
            Signatures.Claims with
            {
                References = [],
                Scheme = SigningScheme.SigningAuthority,
            },
            leaf,
            stamped.SignerRoot
        );
        var trusted = stamped.Trust(stamped.TimestampRoot) with { SigningAuthorities = [stamped.SignerRoot.Certificate] };

        Refusal.Of(() => TimestampRequest.For(SignatureFormats.Parse(signature)), "by a signing authority");
        Refusal.Of(
            () => TimestampedSignature.Attach(signature, stamped.Stamp(signature, new StampPlan(Year2028)), null, null),
            "by a signing authority"
        );
        Assert.Equal("valid", Signatures.Verify(Stamped.Force(signature, [0]), trusted, Stamped.Later).Outcome());
    }

    [Fact]
    public void Formats_without_a_place_for_a_timestamp_say_so()
    {
        foreach (var format in new[] { "jwt", "json" })
        {
            var signature = Signatures.Sign(format, Signatures.Claims, stamped.Make(CertificatePlan.Leaf(stamped.SignerRoot)));
            Refusal.Of(
                () => TimestampRequest.For(SignatureFormats.Parse(signature)),
                $"the format {format} does not support timestamps: expected a signature in the format jws or cose"
            );
            Assert.Equal("valid", Signatures.Verify(signature, stamped.Trust(stamped.TimestampRoot)).Outcome());
        }
    }

    private static string Reason(byte[] signature, TrustedCertificates trusted, DateTimeOffset now) =>
        Signatures.Verify(signature, trusted, now).Checks.Single(check => check.Name == CheckName.Validity).Reason!;
}
