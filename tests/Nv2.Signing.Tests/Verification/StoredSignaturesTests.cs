using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Storage;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>
/// The order in which the signatures of one artifact are verified, and when that stops: signatures that may be trusted come first, and the others
/// get a small share of the time and of the memory.
/// </summary>
public sealed class StoredSignaturesTests(DecisionTests.Signers signers) : IClassFixture<DecisionTests.Signers>
{
    private const int Few = SignatureEntry.FewSignatures;
    private const int Mebibyte = 1024 * 1024;

    private static readonly TimeSpan TooLong = VerificationBudget.Default.Time + TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider clock = new(Signatures.Now);

    private Trust Trusted => Trust.ByHand(Signatures.Roots(signers.Root));

    private byte[] Wabbit => Sign(signers.Wabbit, signers.Root);

    private byte[] Other => Sign(signers.Other, signers.Root);

    private byte[] Stranger => Sign(signers.Stranger);

    [Fact]
    public void Verification_stops_at_sixteen_signatures_only_where_trust_is_required_and_not_all_must_be_valid()
    {
        var stranger = Stranger;
        SignatureEntry[] entries = [.. Enumerable.Range(1, Few + 3).Select(size => Entry(size, stranger)), Entry(0, Wabbit)];

        Assert.Equal((Few, 4), Count(Verify(entries)));
        Assert.Equal((Few + 4, 0), Count(Verify(entries, trust: Trusted with { IsRequired = false })));
        Assert.Equal((Few + 4, 0), Count(Verify(entries, new(1, All: true))));
        Assert.Equal((Few + 4, 0), Count(Verify(entries, new(1, All: true), Trusted with { IsRequired = false })));
        Assert.Equal((Few + 4, 0), Count(Verify(entries, new(2, All: false))));

        // The smallest was read first, and is reported where it is stored.
        Assert.True(Verify(entries).Signatures[^1].Result.Verified);
    }

    [Fact]
    public void Verification_goes_on_until_there_are_as_many_signers_as_are_asked_for()
    {
        var (wabbit, other, stranger) = (Wabbit, Other, Stranger);
        SignatureEntry[] strangers = [.. Enumerable.Range(2, Few).Select(size => Entry(size, stranger))];
        SignatureEntry[] early = [Entry(0, wabbit), Entry(1, other), .. strangers];
        SignatureEntry[] late = [Entry(0, wabbit), Entry(1, wabbit), .. strangers, Entry(100, other), Entry(101, stranger)];

        Assert.Equal((Few, 2), Count(Verify(early, new(2, All: false))));
        Assert.Equal((Few + 2, 0), Count(Verify(early, new(3, All: false))));
        Assert.Equal((Few + 3, 1), Count(Verify(late, new(2, All: false))));
        Assert.Null(Verify(late, new(2, All: false)).Failure);
    }

    [Fact]
    public void A_signature_that_may_be_trusted_must_be_verified_in_time_unless_there_are_enough()
    {
        var slow = Entry(1, Other, reading: () => clock.Advance(TooLong));

        var tooLong = Assert.Throws<BudgetExceededException>(() => Verify([slow]));
        Assert.Contains("took longer than 30 seconds", tooLong.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), Count(Verify([Entry(0, Wabbit), slow])));
        Assert.Throws<BudgetExceededException>(() => Verify([Entry(0, Wabbit), slow], new(2, All: false)));
        Assert.Throws<BudgetExceededException>(() => Verify([Entry(0, Wabbit), slow], new(1, All: true)));
        Assert.Throws<BudgetExceededException>(() => Verify([Entry(0, Wabbit), slow], trust: Trusted with { IsRequired = false }));
    }

    [Fact]
    public void A_signature_by_a_stranger_is_verified_last_and_takes_no_time_from_the_others()
    {
        var slow = Entry(1, Stranger, reading: () => clock.Advance(TooLong));

        var result = Assert.Single(Verify([slow]).Signatures).Result;
        Assert.Equal([CheckName.Authenticity], result.Checks.Where(check => !check.Passed).Select(check => check.Name));
        Assert.Throws<BudgetExceededException>(() => Verify([slow], new(1, All: true)));
        Assert.Throws<BudgetExceededException>(() => Verify([slow], trust: Trusted with { IsRequired = false }));
    }

    [Fact]
    public void What_the_search_took_counts()
    {
        var question = new ArtifactQuestion(Trusted, SignatureQuorum.One);
        var use = question.Budget.Start(clock);
        clock.Advance(TooLong);

        Assert.Throws<BudgetExceededException>(() => new Verifier(clock).Verify([Entry(0, Wabbit)], Signatures.Subject, question, use));
        Assert.Null(new Verifier(clock).Verify([Entry(0, Wabbit)], Signatures.Subject, question).Failure);
    }

    [Fact]
    public void Of_many_by_strangers_the_first_sixteen_are_verified_and_the_others_are_only_reported()
    {
        var stranger = Stranger;
        var results = Verify([.. Enumerable.Range(0, Few + 2).Select(size => Entry(size, stranger))]).Signatures.Select(one => one.Result).ToList();

        Assert.Equal([.. Enumerable.Repeat(true, Few), false, false], results.Select(IsIntegrityChecked));
        Assert.Equal("Authenticity", results[0].Outcome());
        Assert.Equal("Integrity Authenticity KeyUsage Validity References", results[^1].Outcome());
    }

    [Fact]
    public void Signatures_by_strangers_wait_in_four_mebibytes_at_most()
    {
        Assert.Equal([true, true, false], Waited(2 * Mebibyte, 2 * Mebibyte, 4096));
        Assert.Equal([true, false, true], Waited(3 * Mebibyte, Mebibyte + 1, Mebibyte));

        IEnumerable<bool> Waited(params int[] lengths)
        {
            var stranger = Stranger;
            var verification = Verify([.. lengths.Select((length, position) => Entry(position, Padded(stranger, length)))]);
            return verification.Signatures.Select(one => IsIntegrityChecked(one.Result));
        }
    }

    [Fact]
    public void Signatures_by_strangers_are_verified_for_a_tenth_of_the_time_that_there_is()
    {
        var stranger = Stranger;
        SignatureEntry[] entries = [Entry(0, Wabbit), .. Enumerable.Range(1, 5).Select(size => Entry(size, stranger))];

        var verification = new Verifier(new SecondForEach()).Verify(entries, Signatures.Subject, new(Trusted, SignatureQuorum.One));

        Assert.Null(verification.Failure);
        Assert.Equal([true, true, true, true, false, false], verification.Signatures.Select(one => IsIntegrityChecked(one.Result)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_copy_is_not_read_and_has_the_result_of_the_first(bool isTrusted)
    {
        var content = isTrusted ? Wabbit : Stranger;
        var announced = new StoredSignature(Signatures.Subject, Signatures.Subject, SignatureFormats.ByName("jws"), default, null);
        var digest = Digest.Compute(DigestAlgorithm.Sha256, content);
        var first = new SignatureEntry(0, announced, digest, () => announced with { Content = content });
        var copy = new SignatureEntry(1, announced, digest, () => throw new InvalidOperationException());

        var results = Verify([first, copy, copy]).Signatures.Select(one => one.Result).ToList();

        Assert.Equal(3, results.Count);
        Assert.Equal(isTrusted ? "valid" : "Authenticity", results[0].Outcome());
        Assert.All(results, result => Assert.Same(results[0], result));
    }

    [Fact]
    public void Of_signatures_beyond_eight_mebibytes_only_the_valid_ones_keep_what_they_claim()
    {
        var (stranger, wabbit) = (Stranger, Wabbit);
        var large = Padded(stranger, 4 * Mebibyte);

        var results = Verify([Entry(0, large), Entry(1, large), Entry(2, wabbit), Entry(3, stranger)], new(1, All: true)).Signatures;

        Assert.Equal([true, true, true, false], results.Select(one => one.Result.Signature is not null));
        Assert.Equal([false, false, true, false], results.Select(one => one.Result.Verified));
        Assert.All(results, one => Assert.True(one.Signature.Content.IsEmpty));
    }

    private static bool IsIntegrityChecked(VerificationResult result) => result.Checks.Single(check => check.Name == CheckName.Integrity).WasMade;

    private static (int Verified, int NotVerified) Count(ArtifactVerification verification) =>
        (verification.Signatures.Count, verification.NotVerified);

    private static byte[] Sign(Issued signer, params Issued[] others) =>
        Signatures.Sign("jws", Signatures.Claims with { References = [] }, signer, others);

    // White space at the end of JSON means nothing.
    private static byte[] Padded(byte[] signature, int length) => [.. signature, .. Enumerable.Repeat((byte)' ', length - signature.Length)];

    private static SignatureEntry Entry(long size, byte[] signature, Action? reading = null) =>
        new(
            size,
            null,
            null,
            () =>
            {
                reading?.Invoke();
                return new(Signatures.Subject, Signatures.Subject, null, signature, null);
            }
        );

    private ArtifactVerification Verify(IReadOnlyList<SignatureEntry> entries, SignatureQuorum? quorum = null, Trust? trust = null) =>
        new Verifier(clock).Verify(entries, Signatures.Subject, new(trust ?? Trusted, quorum ?? SignatureQuorum.One));

    /// <summary>A clock by which each verification takes one of the thirty seconds: a verification asks once for the present moment.</summary>
    private sealed class SecondForEach : TimeProvider
    {
        private long seconds;

        public override long TimestampFrequency => 1;

        public override DateTimeOffset GetUtcNow() => Signatures.Now.AddSeconds(seconds++);

        public override long GetTimestamp() => seconds;
    }
}
