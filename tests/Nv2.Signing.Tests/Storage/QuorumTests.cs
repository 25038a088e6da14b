using System.Text.Json.Nodes;
using Nv2.Signing.Storage;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>How many of an artifact's signatures hold, by how many different signers.</summary>
public sealed class QuorumTests : IClassFixture<OpenSsl>
{
    private readonly LayoutContent layout = new();
    private readonly JsonObject image;
    private readonly OpenSsl openSsl;
    private readonly Issued alice;
    private readonly Issued bob;

    public QuorumTests(OpenSsl openSsl)
    {
        this.openSsl = openSsl;
        alice = openSsl.Issue(CertificatePlan.Leaf());
        bob = openSsl.Issue(CertificatePlan.Leaf());
        image = layout.AddImage("app");
        layout.List(image);
    }

    [Fact]
    public void One_signature_that_holds_is_enough_by_default()
    {
        Store(alice);
        layout.AddSignature(image, "a.b.c"u8.ToArray());

        var verification = Verify(Stored.One, alice);

        Assert.Null(verification.Failure);
        Assert.Equal([true, false], verification.Signatures.Select(signature => signature.Result.Verified));
    }

    [Fact]
    public void Without_a_signature_nothing_is_verified() => Assert.Equal("it has no signature", Verify(Stored.One, alice).Failure);

    [Fact]
    public void Two_keys_are_two_signers()
    {
        Store(alice);
        Store(bob);

        Assert.Null(Verify(new(2, All: false), alice, bob).Failure);
        Assert.Equal("the valid signatures are by 2 signers: expected 3", Verify(new(3, All: false), alice, bob).Failure);
        Assert.Equal("the valid signatures are by 1 signer: expected 2", Verify(new(2, All: false), bob).Failure);
    }

    [Fact]
    public void A_signature_that_is_stored_twice_is_one_signer_s()
    {
        var signature = Stored.Sign(image, alice);
        layout.AddSignature(image, signature);
        var manifest = JsonNode.Parse(layout[LayoutContent.DigestIn(layout.Entries[^1]!)])!.AsObject();
        manifest["annotations"] = new JsonObject { ["copy"] = "2" };
        layout.List(layout.AddManifest(LayoutContent.ImageType, manifest));

        var verification = Verify(new(2, All: false), alice);

        Assert.Equal(2, verification.Signatures.Count(one => one.Result.Verified));
        Assert.Equal(1, verification.Signers);
        Assert.Equal("the valid signatures are by 1 signer: expected 2", verification.Failure);
    }

    [Fact]
    public void Two_certificates_of_one_key_are_one_signer()
    {
        var again = openSsl.Issue(CertificatePlan.Leaf() with { SameKeyAs = alice, Subject = "/CN=somebody else" });
        Store(alice);
        Store(again);

        var verification = Verify(new(2, All: false), alice, again);

        Assert.Equal(2, verification.Signatures.Count(one => one.Result.Verified));
        Assert.Equal(1, verification.Signers);
        Assert.NotNull(verification.Failure);
    }

    [Fact]
    public void Where_all_must_hold_one_that_does_not_is_too_many()
    {
        Store(alice);
        Assert.Null(Verify(new(1, All: true), alice).Failure);

        Store(bob);
        Assert.Null(Verify(new(1, All: true), alice, bob).Failure);
        Assert.Equal("1 of its 2 signatures is valid: expected all of them", Verify(new(1, All: true), alice).Failure);
    }

    [Fact]
    public void What_refers_to_the_artifact_and_is_no_signature_is_passed_over()
    {
        Store(alice);
        layout.List(
            layout.AddManifest(
                LayoutContent.ImageType,
                new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["config"] = layout.AddBlob("application/vnd.oci.empty.v1+json", "{}"u8.ToArray()),
                    ["layers"] = new JsonArray(layout.AddBlob("application/spdx+json", "{\"spdx\":1}"u8.ToArray())),
                    ["subject"] = image.DeepClone(),
                }
            )
        );

        Assert.Null(Verify(new(1, All: true), alice).Failure);
        Assert.Equal(2, Stored.Tar(layout).ListReferrers(Stored.Descriptor(image)).Count);
    }

    [Fact]
    public void Signatures_are_found_behind_the_tag_of_the_artifact_s_referrers()
    {
        var signature = layout.AddSignature(image, Stored.Sign(image, alice));
        layout.Entries.RemoveAt(1);
        Assert.Equal("it has no signature", Verify(Stored.One, alice).Failure);

        layout.List(layout.AddIndex(signature), ReferrersTag.Of(Stored.Descriptor(image).Digest));
        Assert.Null(Verify(Stored.One, alice).Failure);
    }

    [Fact]
    public void A_signature_of_another_artifact_does_not_hold()
    {
        var other = layout.AddImage("other");
        layout.AddSignature(image, Stored.Sign(other, alice));

        Assert.Equal("its signature is not valid", Verify(Stored.One, alice).Failure);
    }

    private void Store(Issued signer) => layout.AddSignature(image, Stored.Sign(image, signer));

    private ArtifactVerification Verify(SignatureQuorum quorum, params Issued[] trusted) =>
        Stored.Verify(Stored.Tar(layout), Signatures.Pins(trusted), quorum);
}
