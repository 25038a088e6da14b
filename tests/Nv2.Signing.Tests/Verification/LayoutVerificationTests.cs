using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Tests.Storage;
using Nv2.Signing.Verification;
using Nv2.Signing.Verification.Layouts;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Verification;

/// <summary>An artifact in a layout is verified together with its content, and with the indexes that other programs load by its name.</summary>
public sealed class LayoutVerificationTests : IClassFixture<OpenSsl>
{
    private readonly LayoutContent layout = new();
    private readonly Issued signer;
    private readonly JsonObject image;

    public LayoutVerificationTests(OpenSsl openSsl)
    {
        signer = openSsl.Issue(CertificatePlan.Leaf());
        image = layout.AddImage("app");
    }

    [Fact]
    public void An_artifact_whose_content_and_signature_are_right_is_accepted()
    {
        layout.List(image);
        Sign(image);

        Assert.Equal(Outcome.Verified, Verify().Decision.Outcome);
    }

    [Fact]
    public void An_artifact_without_a_signature_is_refused()
    {
        layout.List(image);

        Assert.Equal(Outcome.Refused, Verify().Decision.Outcome);
    }

    [Fact]
    public void Damaged_content_is_an_error_unless_layers_are_left_to_the_caller()
    {
        layout.List(image);
        Sign(image);
        layout.Damage(JsonNode.Parse(layout[LayoutContent.DigestIn(image)])!["layers"]![0]!);

        Refusal.Of(() => Verify(), "digest mismatch");
        Assert.Equal(Outcome.Verified, Verify(withLayers: false).Decision.Outcome);
    }

    [Fact]
    public void The_index_that_programs_load_by_the_name_must_be_verified_too()
    {
        var index = layout.AddIndex(image);
        layout.List(index, "v1");
        Sign(image);
        Refusal.Of(() => Verify(), LayoutContent.DigestIn(index), "other programs load by its name");

        Sign(index);
        Assert.Equal(Outcome.Verified, Verify().Decision.Outcome);
    }

    private void Sign(JsonObject manifest) => layout.AddSignature(manifest, Stored.Sign(manifest, signer));

    private ArtifactVerification Verify(bool withLayers = true) =>
        LayoutVerification.Verify(
            new Verifier(new FakeTimeProvider(Signatures.Now)),
            Stored.Tar(layout),
            Stored.Descriptor(image),
            new ArtifactQuestion(Trust.ByHand(Signatures.Pins(signer)), SignatureQuorum.One),
            withLayers
        );
}
