using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Storage;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>What the verification of an artifact with many signatures takes, and that a good one is found among bad ones.</summary>
public sealed class BudgetTests : IClassFixture<OpenSsl>
{
    private const int Many = 40;

    private readonly LayoutContent layout = new();
    private readonly JsonObject image;
    private readonly Issued alice;
    private readonly Issued mallory;

    public BudgetTests(OpenSsl openSsl)
    {
        alice = openSsl.Issue(CertificatePlan.Leaf());
        mallory = openSsl.Issue(CertificatePlan.Leaf());
        image = layout.AddImage("app");
        layout.List(image);
    }

    [Fact]
    public void Up_to_sixteen_are_all_verified_in_their_order()
    {
        for (var number = 0; number < SignatureEntry.FewSignatures - 1; number++)
            AddNoise(number, 100 * (20 - number));
        AddGood();

        var verification = Verify();

        Assert.Null(verification.Failure);
        Assert.Equal((SignatureEntry.FewSignatures, 0), (verification.Signatures.Count, verification.NotVerified));
        Assert.True(verification.Signatures[^1].Result.Verified);
    }

    [Fact]
    public void Of_many_no_more_are_verified_once_there_are_enough()
    {
        for (var number = 0; number < Many; number++)
            AddNoise(number, 10_000);
        AddGood();

        var verification = Verify();

        Assert.Null(verification.Failure);
        Assert.Equal(
            (SignatureEntry.FewSignatures, Many + 1 - SignatureEntry.FewSignatures),
            (verification.Signatures.Count, verification.NotVerified)
        );
        Assert.Equal(Many + 1, Verify(new(1, All: true)).Signatures.Count);
        Assert.NotNull(Verify(new(1, All: true)).Failure);
    }

    [Fact]
    public void A_good_one_is_found_among_larger_ones_that_would_use_up_the_bytes()
    {
        for (var number = 0; number < Many; number++)
            AddNoise(number, 20_000);
        AddGood();
        var budget = VerificationBudget.Default with { Bytes = 400_000 };

        Assert.Null(Verify(budget: budget).Failure);
        layout.Entries.RemoveAt(layout.Entries.Count - 1);
        Assert.Contains(
            "more than 400000 bytes",
            Assert.Throws<BudgetExceededException>(() => Verify(budget: budget)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_few_large_ones_do_not_use_up_the_bytes_for_a_good_one(bool goodIsFirst)
    {
        if (goodIsFirst)
            AddGood();
        for (var number = 0; number < SignatureEntry.FewSignatures - 1; number++)
            AddNoise(number, 20_000);
        if (!goodIsFirst)
            AddGood();
        var budget = VerificationBudget.Default with { Bytes = 100_000 };

        var verification = Verify(budget: budget);

        Assert.Null(verification.Failure);
        Assert.InRange(verification.NotVerified, 1, SignatureEntry.FewSignatures - 1);
        Assert.Throws<BudgetExceededException>(() => Verify(new(1, All: true), budget));
        Assert.Throws<BudgetExceededException>(() => Verify(new(2, All: false), budget));
    }

    [Fact]
    public void What_is_stored_many_times_is_read_once()
    {
        var signature = Stored.Sign(image, mallory);
        for (var number = 0; number < Many; number++)
            AddCopy(signature, number);
        AddGood();

        var verification = Verify(new(2, All: false), VerificationBudget.Default with { Bytes = 60_000 });

        Assert.Equal("the valid signatures are by 1 signer: expected 2", verification.Failure);
        Assert.Equal(Many + 1, verification.Signatures.Count);
        Assert.All(verification.Signatures, one => Assert.True(one.Result.Verified || one.Result.Signer is not null));
    }

    [Fact]
    public void A_copy_of_a_good_one_is_no_second_signer()
    {
        var signature = Stored.Sign(image, alice);
        for (var number = 0; number < Many; number++)
            AddCopy(signature, number);

        Assert.Equal((1, Many), (Verify(new(2, All: false)).Signers, Verify(new(2, All: false)).Signatures.Count));
        Assert.NotNull(Verify(new(2, All: false)).Failure);
    }

    [Fact]
    public void Of_many_by_nobody_who_is_trusted_only_some_are_computed()
    {
        for (var number = 0; number < Many; number++)
            AddCopy(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(Stored.Sign(image, mallory))), number);
        var results = Verify().Signatures;

        Assert.Equal(Many, results.Count);
        Assert.All(results, one => Assert.False(one.Result.Verified));
        Assert.All(results, one => Assert.False(one.Result.Checks.Single(check => check.Name == CheckName.Authenticity).Passed));
    }

    [Fact]
    public void Too_many_and_too_slow_are_refused_with_the_limit()
    {
        AddNoise(0, 10);
        AddGood();
        Assert.Contains(
            "expected 1 at most",
            Assert.Throws<BudgetExceededException>(() => Verify(budget: VerificationBudget.Default with { Signatures = 1 })).Message,
            StringComparison.Ordinal
        );

        layout.AddSignature(image, Stored.Sign(image, alice));
        Assert.Contains(
            "took longer than 30 seconds",
            Assert.Throws<BudgetExceededException>(() => Verify(new(2, All: false), step: TimeSpan.FromSeconds(40))).Message,
            StringComparison.Ordinal
        );
    }

    private void AddGood() => layout.AddSignature(image, Stored.Sign(image, alice));

    private void AddNoise(int number, int size) => layout.AddSignature(image, Encoding.ASCII.GetBytes($"a.b.{number}{new string('c', size)}"));

    private void AddCopy(byte[] signature, int number)
    {
        layout.AddSignature(image, signature);
        var manifest = JsonNode.Parse(layout[LayoutContent.DigestIn(layout.Entries[^1]!)])!.AsObject();
        layout.Entries.RemoveAt(layout.Entries.Count - 1);
        manifest["annotations"] = new JsonObject { ["copy"] = number };
        layout.List(layout.AddManifest(LayoutContent.ImageType, manifest));
    }

    private ArtifactVerification Verify(SignatureQuorum? quorum = null, VerificationBudget? budget = null, TimeSpan step = default)
    {
        var opened = Stored.Tar(layout);
        return new Verifier(new FakeTimeProvider(Signatures.Now) { AutoAdvanceAmount = step }).Verify(
            opened,
            opened.Resolve(null),
            new ArtifactQuestion(Trust.ByHand(Signatures.Pins(alice)), quorum ?? SignatureQuorum.One)
            {
                Budget = budget ?? VerificationBudget.Default,
            }
        );
    }
}
