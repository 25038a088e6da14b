using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using CsCheck;
using Nv2.Signing.Formats;
using Nv2.Signing.Timestamps;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Timestamps;

/// <summary>Timestamps that do not hold. While an authority is trusted, each is a failure, although the signer's certificates are still
/// valid.</summary>
public sealed class TimestampRefusalTests(Stamped stamped) : IClassFixture<Stamped>
{
    private static readonly StampPlan Plan = new(new(2028, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static readonly (string, HashAlgorithmName) Sha1 = ("1.3.14.3.2.26", HashAlgorithmName.SHA1);

    /// <summary>Timestamps, and what is said of them.</summary>
    public static TheoryData<string, string> Cases { get; } =
        new()
        {
            { "of another signature", "the timestamp is not valid: it is of another signature" },
            { "imprint with SHA-1", "the timestamp is not valid: it is made with SHA-1, which is refused" },
            { "signed with SHA-1", "the timestamp is not valid: it is signed with SHA-1, which is refused" },
            { "without certificates", "the timestamp is not valid: it does not contain the authority's certificate" },
            { "does not name its certificate", "the timestamp is not valid: it does not name the certificate that signed it" },
            { "something else", "the timestamp is signed data of another kind" },
            { "no extended key usage", "CN=timestamps is not for timestamps: expected timeStamping as its extended key usage" },
            { "extended key usage not critical", "the extended key usage of the certificate CN=timestamps is not critical" },
            { "also for serverAuth", "the extended key usage of the certificate CN=timestamps includes serverAuth: expected only timeStamping" },
            { "also for codeSigning", "the extended key usage of the certificate CN=timestamps includes codeSigning: expected only timeStamping" },
            { "also for anything", "the extended key usage of the certificate CN=timestamps includes anyExtendedKeyUsage: expected only" },
            { "key usage not critical", "the key usage of the certificate CN=timestamps is not critical" },
            { "may issue certificates", "the basic constraints of the certificate CN=timestamps make it a certificate authority" },
            { "small key", "the key of the certificate CN=timestamps is refused: an RSA key of 1024 bits" },
            { "certificate signed with SHA-1", "the certificate CN=timestamps is signed with SHA-1 with ECDSA, which is refused" },
            { "certificate expired when it stamped", "the timestamp is not valid: the certificate CN=timestamps expired at 2027-01-01T00:00:00Z" },
            {
                "certificate not yet valid when it stamped",
                "the timestamp is not valid: the certificate CN=timestamps is not valid before 2029-01-01T00:00:00Z"
            },
            { "issuer expired when it stamped", "the timestamp is not valid: the certificate CN=issuer expired at 2027-01-01T00:00:00Z" },
            {
                "issuer without critical basic constraints",
                "the timestamp is not valid: the basic constraints of the certificate CN=issuer are not critical"
            },
            { "issuer without critical key usage", "the timestamp is not valid: the key usage of the certificate CN=issuer is not critical" },
            { "issuer without key usage", "the timestamp is not valid: the certificate CN=issuer has no key usage: expected keyCertSign" },
            {
                "by somebody else",
                "the timestamp is not valid: the issuer of CN=timestamps, CN=stranger, is neither among the trusted roots nor in the timestamp"
            },
            { "by the signer", "CN=leaf is not for timestamps" },
            { "accuracy of two days", "the timestamp has an accuracy of more than a day" },
            {
                "before the signer's certificate",
                "the signature was timestamped at 2019-06-01T00:00:00Z, but the certificate CN=leaf is not valid before 2020-01-01T00:00:00Z"
            },
            { "SignedData of version 1", "the timestamp is signed data of version 1: expected 3 for its content (RFC 5652 section 5.1)" },
            { "SignedData of version 4", "the timestamp is signed data of version 4: expected 3" },
            { "SignedData of version 5", "the timestamp is signed data of version 5: expected 3" },
            {
                "by issuer and serial number, SignerInfo of version 0",
                "issuer and serial number in a SignerInfo of version 0: expected 1 (RFC 5652 section 5.3)"
            },
            { "by issuer and serial number, SignerInfo of version 2", "issuer and serial number in a SignerInfo of version 2: expected 1" },
            { "by issuer and serial number, SignerInfo of version 3", "issuer and serial number in a SignerInfo of version 3: expected 1" },
            { "by key identifier, SignerInfo of version 1", "its key identifier in a SignerInfo of version 1: expected 3 (RFC 5652 section 5.3)" },
            { "by key identifier, SignerInfo of version 4", "its key identifier in a SignerInfo of version 4: expected 3" },
            { "one byte more", "the timestamp has bytes after its end" },
            { "garbage", "the timestamp is damaged" },
            { "a certificate", "the timestamp is damaged" },
            { "1 MiB of zeros", "the timestamp has bytes after its end" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_timestamp_that_does_not_hold_is_a_failure_of_the_validity(string what, string says)
    {
        foreach (var format in new[] { "jws", "cose" })
        {
            var signature = stamped.Sign(format);
            var token = Make(what, signature, out var trusted);
            var result = Signatures.Verify(Stamped.Force(signature, token), stamped.Trust(trusted));

            Assert.Equal("Validity", result.Outcome());
            Assert.Contains(says, result.Checks.Single(check => check.Name == CheckName.Validity).Reason, StringComparison.Ordinal);
            Assert.True(result.Timestamp is null || what == "before the signer's certificate");
            Assert.Equal("valid", Signatures.Verify(Stamped.Force(signature, token), stamped.Trust()).Outcome());
            Refusal.Of(() => TimestampedSignature.Attach(signature, token, null, [trusted.Certificate]), says);
        }
    }

    [Fact]
    public void Without_an_authority_to_trust_what_can_be_said_all_the_same_is_said_before_attaching()
    {
        var signature = stamped.Sign("cose");
        foreach (var (what, says) in Cases.Select(row => ((string)row[0], (string)row[1])))
        {
            var token = Make(what, signature, out _);
            if (what == "by somebody else" || what.StartsWith("issuer ", StringComparison.Ordinal))
                TimestampedSignature.Attach(signature, token, null, null);
            else
                Refusal.Of(() => TimestampedSignature.Attach(signature, token, null, null), says);
        }
    }

    // The time and the imprint are signed, and so are the attributes; the certificates are bound by the attribute that names the signer's.
    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void A_timestamp_with_one_byte_changed_never_holds_unless_it_says_and_proves_the_same()
    {
        var signature = stamped.Sign("jws");
        var token = stamped.Stamp(signature, Plan);
        var expected = TimestampToken.Parse(token);
        var holds = 0;
        for (var i = 0; i < token.Length; i++)
        {
            byte[] changed = [.. token];
            changed[i] ^= 1;
            var result = Signatures.Verify(Stamped.Force(signature, changed), stamped.Trust(stamped.TimestampRoot), Stamped.Later);
            Assert.True(result.Outcome() is "Validity" or "valid");
            if (!result.Verified)
                continue;
            holds++;
            Assert.Equal(
                (expected.Time, expected.Accuracy, expected.Authority),
                (result.Timestamp!.Time, result.Timestamp.Accuracy, result.Timestamp.Authority)
            );
        }

        Assert.True(holds < token.Length / 100, $"{holds} of {token.Length}");
    }

    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void No_bytes_trouble_the_readers()
    {
        var signature = stamped.Sign("cose");
        var reply = new TimestampAuthority(stamped.Authority.KeyPath, stamped.Authority.CertificatePath).Reply(
            TimestampRequest.For(SignatureFormats.Parse(signature)).Encode()
        );
        var trusted = stamped.Trust(stamped.Authority);
        Gen.Select(Gen.Int[0, reply.Length - 1], Gen.Byte, Gen.Int[0, 3], Gen.Int[1, 40])
            .Sample(
                (at, value, kind, count) =>
                {
                    byte[] changed = kind switch
                    {
                        0 => [.. reply[..at], value, .. reply[(at + 1)..]],
                        1 => reply[..at],
                        2 => [.. reply[..at], .. reply[Math.Min(reply.Length, at + count)..]],
                        _ => [.. reply[..at], .. Enumerable.Repeat(value, count), .. reply[at..]],
                    };
                    try
                    {
                        var token = TimestampReply.ReadToken(changed).ToArray();
                        var outcome = Signatures.Verify(Stamped.Force(signature, token), trusted, Stamped.Later).Outcome();
                        Assert.True(outcome is "Validity" or "valid", outcome);
                    }
                    catch (InvalidInputException)
                    {
                        // That is how a reader refuses.
                    }
                },
                iter: 3000,
                threads: 1
            );
    }

    [Fact]
    public void A_reply_must_answer_the_request()
    {
        var signature = stamped.Sign("jws");
        var (request, other) = (TimestampRequest.For(SignatureFormats.Parse(signature)), TimestampRequest.For(SignatureFormats.Parse(signature)));
        var token = TimestampReply.ReadToken(
            new TimestampAuthority(stamped.Authority.KeyPath, stamped.Authority.CertificatePath).Reply(request.Encode())
        );

        Refusal.Of(
            () => TimestampedSignature.Attach(signature, token, other, null),
            "the timestamp is not valid: it does not answer this request: expected its nonce"
        );
        Refusal.Of(() => TimestampedSignature.Attach(signature, stamped.Stamp(signature, Plan), request, null), "expected its nonce");
        Refusal.Of(() => TimestampedSignature.Attach(stamped.Sign("jws"), token, request, null), "it is of another signature");
        TimestampedSignature.Attach(signature, token, TimestampRequest.Parse(request.Encode()), null);
    }

    [Fact]
    public void A_timestamp_that_would_be_one_header_too_many_is_not_attached()
    {
        const int MaxHeaders = 256;
        var message = CoseMessage.DecodeSign1(stamped.Sign("cose"));
        while (message.UnprotectedHeaders.Count < MaxHeaders)
            message.UnprotectedHeaders.Add(new CoseHeaderLabel(-70_000 - message.UnprotectedHeaders.Count), CoseHeaderValue.FromInt32(0));
        var full = message.Encode();
        message.UnprotectedHeaders.Remove(new CoseHeaderLabel(-70_000 - MaxHeaders + 1));
        var almostFull = message.Encode();

        TimestampedSignature.Attach(almostFull, stamped.Stamp(almostFull, Plan), null, null);
        Refusal.Of(
            () => TimestampedSignature.Attach(full, stamped.Stamp(full, Plan), null, null),
            "the signature with the timestamp could not be verified: the signature has more headers"
        );
    }

    [Fact]
    public void A_refusal_is_told_in_the_authoritys_own_words()
    {
        var request = TimestampRequest.For(SignatureFormats.Parse(stamped.Sign("jws"))).Encode();
        var reply = new TimestampAuthority(stamped.Authority.KeyPath, stamped.Authority.CertificatePath).Reply(request, "digests = sha512");

        Refusal.Of(
            () => TimestampReply.ReadToken(reply),
            "the authority refused to timestamp (status 2): \"Message digest algorithm is not supported.\"; the hash function is not supported"
        );
    }

    [Fact]
    public void What_is_no_reply_is_refused()
    {
        const string NoReply = "it is not a timestamp reply: expected a TimeStampResp";
        Refusal.Of(() => TimestampReply.ReadToken(ReadOnlyMemory<byte>.Empty), NoReply);
        Refusal.Of(() => TimestampReply.ReadToken("<html>"u8.ToArray()), NoReply);
        Refusal.Of(() => TimestampReply.ReadToken(new byte[TimestampReply.MaxBytes]), NoReply);
        Refusal.Of(() => TimestampReply.ReadToken(new byte[] { 0x30, 0x00 }), NoReply);
        Refusal.Of(
            () => TimestampReply.ReadToken(new byte[] { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00 }),
            "reports success, but the reply has no timestamp"
        );
        Refusal.Of(
            () => TimestampReply.ReadToken(new byte[] { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02 }),
            "refused to timestamp (status 2) without a reason"
        );
        Refusal.Of(() => TimestampRequest.Parse("<html>"u8.ToArray()), "it is not a timestamp request");
    }

    private byte[] Make(string what, byte[] signature, out Issued trusted)
    {
        trusted = stamped.TimestampRoot;
        var right = Stamped.Plan(stamped.TimestampIssuer);
        var usage = right.Extensions[..2];
        return what switch
        {
            "of another signature" => stamped.Stamp(stamped.Sign("jws"), Plan),
            "imprint with SHA-1" => stamped.Stamp(signature, Plan with { Imprint = Sha1 }),
            "signed with SHA-1" => stamped.Stamp(signature, Plan with { Digest = "sha1" }),
            "without certificates" => stamped.Stamp(signature, Plan with { WithCertificates = false }),
            "does not name its certificate" => stamped.Stamp(signature, Plan with { NamesCertificate = false }),
            "something else" => stamped.Stamp(signature, Plan with { ContentType = "1.2.840.113549.1.7.1" }),
            "no extended key usage" => By(right with { Extensions = usage }),
            "extended key usage not critical" => By(right with { Extensions = [.. usage, "extendedKeyUsage=timeStamping"] }),
            "also for serverAuth" => By(right with { Extensions = [.. usage, "extendedKeyUsage=critical,timeStamping,serverAuth"] }),
            "also for codeSigning" => By(right with { Extensions = [.. usage, "extendedKeyUsage=critical,timeStamping,codeSigning"] }),
            "also for anything" => By(right with { Extensions = [.. usage, "extendedKeyUsage=critical,anyExtendedKeyUsage,timeStamping"] }),
            "key usage not critical" => By(right with { Extensions = [right.Extensions[0], "keyUsage=digitalSignature", right.Extensions[2]] }),
            "may issue certificates" => By(right with { Extensions = ["basicConstraints=critical,CA:TRUE", .. right.Extensions[1..]] }),
            "small key" => By(right with { Key = "1024" }),
            "certificate signed with SHA-1" => By(right with { Digest = "sha1" }),
            "certificate expired when it stamped" => By(right with { NotAfter = "20270101000000Z" }),
            "certificate not yet valid when it stamped" => By(right with { NotBefore = "20290101000000Z" }),
            "issuer expired when it stamped" => ByIssuer(signature, new("/CN=issuer") { NotAfter = "20270101000000Z" }),
            "issuer without critical basic constraints" => ByIssuer(
                signature,
                new("/CN=issuer") { Extensions = ["basicConstraints=CA:TRUE", "keyUsage=critical,keyCertSign"] }
            ),
            "issuer without critical key usage" => ByIssuer(
                signature,
                new("/CN=issuer") { Extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign"] }
            ),
            "issuer without key usage" => ByIssuer(signature, new("/CN=issuer") { Extensions = ["basicConstraints=critical,CA:TRUE"] }),
            "by somebody else" => By(Stamped.Plan(stamped.Make(new CertificatePlan("/CN=stranger")))),
            "by the signer" => By(CertificatePlan.Leaf(stamped.TimestampIssuer)),
            "accuracy of two days" => stamped.Stamp(signature, Plan with { AccuracyInSeconds = 2 * 24 * 60 * 60 }),
            "before the signer's certificate" => BeforeTheSigner(signature, out trusted),
            "SignedData of version 1" => Versions(Plan, signedData: 1),
            "SignedData of version 4" => Versions(Plan, signedData: 4),
            "SignedData of version 5" => Versions(Plan, signedData: 5),
            "by issuer and serial number, SignerInfo of version 0" => Versions(Plan, signer: 0),
            "by issuer and serial number, SignerInfo of version 2" => Versions(Plan, signer: 2),
            "by issuer and serial number, SignerInfo of version 3" => Versions(Plan, signer: 3),
            "by key identifier, SignerInfo of version 1" => Versions(Plan with { ByKeyIdentifier = true }, signer: 1),
            "by key identifier, SignerInfo of version 4" => Versions(Plan with { ByKeyIdentifier = true }, signer: 4),
            "one byte more" => [.. stamped.Stamp(signature, Plan), 0],
            "garbage" => [1, 2, 3],
            "a certificate" => stamped.Authority.Certificate.RawData,
            "1 MiB of zeros" => new byte[1024 * 1024],
            _ => throw new ArgumentException(what),
        };

        byte[] By(CertificatePlan plan) => stamped.Stamp(signature, Plan, stamped.Make(plan));

        byte[] Versions(StampPlan plan, byte? signedData = null, byte? signer = null) =>
            WithVersions(Identified(signature, plan), signedData, signer);
    }

    /// <summary>A timestamp by an authority whose certificate has a key identifier.</summary>
    private byte[] Identified(byte[] signature, StampPlan plan)
    {
        var right = Stamped.Plan(stamped.TimestampIssuer);
        return stamped.Stamp(signature, plan, stamped.Make(right with { Extensions = [.. right.Extensions, "subjectKeyIdentifier=hash"] }));
    }

    // Neither number is signed. That of SignedData is the first integer; that of SignerInfo the one before the name of the certificate, in the set
    // behind all certificates.
    private static byte[] WithVersions(byte[] token, byte? signedData, byte? signer)
    {
        byte[] changed = [.. token];
        var first = token.AsSpan().IndexOf((byte[])[2, 1, 3]) + 2;
        var last = Math.Max(token.AsSpan().LastIndexOf((byte[])[2, 1, 3, 0x80, 0x14]), token.AsSpan().LastIndexOf((byte[])[2, 1, 1, 0x30])) + 2;
        Assert.True(first is > 20 and < 40 && last > token.Length / 2);
        changed[first] = signedData ?? changed[first];
        changed[last] = signer ?? changed[last];
        return changed;
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public void A_SignerInfo_has_the_version_that_goes_with_the_name_of_its_certificate(bool byKeyIdentifier, byte version)
    {
        var signature = stamped.Sign("cose");
        var token = Identified(signature, Plan with { ByKeyIdentifier = byKeyIdentifier });

        Assert.Equal(token, WithVersions(token, signedData: 3, version));
        Assert.Equal("valid", Signatures.Verify(Stamped.Force(signature, token), stamped.Trust(stamped.TimestampRoot), Stamped.Later).Outcome());
    }

    private byte[] ByIssuer(byte[] signature, CertificatePlan plan)
    {
        var issuer = stamped.Make(plan with { Issuer = stamped.TimestampRoot });
        var authority = stamped.Make(Stamped.Plan(issuer));
        return new TimestampAuthority(authority.KeyPath, authority.CertificatePath, issuer.CertificatePath).Stamp(
            SignatureFormats.Parse(signature).Value.Span,
            Plan
        );
    }

    private byte[] BeforeTheSigner(byte[] signature, out Issued authority)
    {
        authority = stamped.Make(Stamped.Plan(stamped.TimestampRoot) with { NotBefore = "20100101000000Z" });
        return stamped.Stamp(signature, new StampPlan(new(2019, 6, 1, 0, 0, 0, TimeSpan.Zero)), authority);
    }
}
