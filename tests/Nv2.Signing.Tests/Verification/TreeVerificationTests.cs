using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Signing.Tests.Storage;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Verification;

/// <summary>An index and the manifests below it: each by its own signatures, or all by those of the index.</summary>
public sealed class TreeVerificationTests : IClassFixture<OpenSsl>
{
    private readonly LayoutContent layout = new();
    private readonly Issued signer;
    private readonly JsonObject amd64;
    private readonly JsonObject arm64;
    private readonly JsonObject nested;
    private readonly JsonObject index;

    public TreeVerificationTests(OpenSsl openSsl)
    {
        signer = openSsl.Issue(CertificatePlan.Leaf());
        amd64 = layout.AddImage("amd64");
        arm64 = layout.AddImage("arm64");
        nested = layout.AddIndex(arm64, amd64);
        index = layout.AddManifest(
            LayoutContent.IndexType,
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = LayoutContent.IndexType,
                ["manifests"] = new JsonArray(On(amd64, "amd64"), nested.DeepClone()),
            }
        );
        layout.List(index, "v1");
    }

    [Fact]
    public void Each_manifest_needs_signatures_of_its_own_at_any_depth()
    {
        Sign(index, amd64, nested);
        var unsigned = Verify(TreeDemand.Each);

        Assert.Equal("1 of the 3 manifests below it is not verified", unsigned.Failure);
        Assert.Equal(new[] { amd64, nested, arm64 }.Select(LayoutContent.DigestIn), unsigned.Below.Select(part => part.Manifest.Digest.ToString()));
        Assert.Equal([true, true, false], unsigned.Below.Select(part => part.Verification!.Decision.IsAccepted));
        Assert.Equal("linux/amd64", unsigned.Below[0].Platform);

        Sign(arm64);
        Assert.Null(Verify(TreeDemand.Each).Failure);
    }

    [Fact]
    public void The_signatures_of_the_index_cover_what_is_below_it()
    {
        Sign(index);
        var covered = Verify(TreeDemand.Index);

        Assert.Null(covered.Failure);
        Assert.All(covered.Below, part => Assert.Null(part.Verification));
        Assert.Equal(3, covered.Below.Count);
    }

    [Theory]
    [InlineData(nameof(TreeDemand.Each))]
    [InlineData(nameof(TreeDemand.Index))]
    public void Without_a_valid_signature_of_the_index_nothing_is_accepted(string demand)
    {
        Sign(amd64, arm64, nested);
        var refused = Verify(Enum.Parse<TreeDemand>(demand));

        Assert.Equal("it has no signature", refused.Failure);
        Assert.Empty(refused.Below);
    }

    [Theory]
    [InlineData(nameof(TreeDemand.Each), false)]
    [InlineData(nameof(TreeDemand.Index), false)]
    [InlineData(nameof(TreeDemand.Each), true)]
    [InlineData(nameof(TreeDemand.Index), true)]
    public void A_manifest_that_is_missing_fails_unless_that_is_allowed(string demand, bool allowMissing)
    {
        Sign(index, amd64, nested);
        layout.Remove(arm64);
        var sparse = Verify(Enum.Parse<TreeDemand>(demand), allowMissing);

        Assert.Equal(allowMissing ? null : "1 of the 3 manifests below it is missing", sparse.Failure);
        Assert.Equal([LayoutContent.DigestIn(arm64)], sparse.Below.Where(part => part.IsMissing).Select(part => part.Manifest.Digest.ToString()));
    }

    [Theory]
    [InlineData(nameof(TreeDemand.Each))]
    [InlineData(nameof(TreeDemand.Index))]
    public void A_manifest_with_another_digest_is_an_error(string demand)
    {
        Sign(index, amd64, nested, arm64);
        layout.Damage(arm64);
        Assert.ThrowsAny<InvalidInputException>(() => Verify(Enum.Parse<TreeDemand>(demand)));
    }

    [Fact]
    public void All_signatures_of_the_tree_share_one_budget()
    {
        Sign(index, amd64, nested, arm64);
        Assert.Null(Verify(TreeDemand.Each, budget: VerificationBudget.Default with { Signatures = 4 }).Failure);

        var refused = Assert.Throws<BudgetExceededException>(() =>
            Verify(TreeDemand.Each, budget: VerificationBudget.Default with { Signatures = 3 })
        );
        Assert.Contains("4 together: expected 3 at most", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_is_asked_of_every_manifest_and_a_digest_of_the_index_alone()
    {
        Sign(index, amd64, nested, arm64);
        const string Name = "registry.example.com/app"; // As the signatures have it, with the tag v1.

        Assert.Null(Verify(TreeDemand.Each, reference: $"{Name}:v1").Failure);
        Assert.Null(Verify(TreeDemand.Each, reference: $"{Name}:v1@{LayoutContent.DigestIn(index)}").Failure);
        Assert.NotNull(Verify(TreeDemand.Each, reference: $"{Name}:v2").Failure);
        Assert.NotNull(Verify(TreeDemand.Each, reference: $"{Name}@{LayoutContent.DigestIn(amd64)}").Failure);
    }

    [Fact]
    public void An_image_alone_is_a_tree_too()
    {
        var alone = new LayoutContent();
        var image = alone.AddImage("app");
        alone.List(image).AddSignature(image, Stored.Sign(image, signer));
        var verified = TreeVerification.Verify(
            new Verifier(new FakeTimeProvider(Signatures.Now)),
            Stored.Tar(alone),
            Stored.Descriptor(image),
            Question(null, null),
            TreeDemand.Each,
            allowMissing: false
        );

        Assert.Null(verified.Failure);
        Assert.Empty(verified.Below);
    }

    private static JsonObject On(JsonObject manifest, string architecture)
    {
        var entry = (JsonObject)manifest.DeepClone();
        entry["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
        return entry;
    }

    private void Sign(params JsonObject[] manifests)
    {
        foreach (var manifest in manifests)
            layout.AddSignature(manifest, Stored.Sign(manifest, signer));
    }

    private ArtifactQuestion Question(string? reference, VerificationBudget? budget) =>
        new(Trust.ByHand(Signatures.Pins(signer)), SignatureQuorum.One)
        {
            Reference = reference is null ? null : Reference.Parse(reference),
            Budget = budget ?? VerificationBudget.Default,
        };

    private TreeVerification Verify(TreeDemand demand, bool allowMissing = false, VerificationBudget? budget = null, string? reference = null)
    {
        var store = Stored.Tar(layout);
        return TreeVerification.Verify(
            new Verifier(new FakeTimeProvider(Signatures.Now)),
            store,
            store.Resolve("v1"),
            Question(reference, budget),
            demand,
            allowMissing
        );
    }
}
