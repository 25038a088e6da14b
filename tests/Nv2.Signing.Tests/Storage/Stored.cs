using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Storage.Tar;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Artifacts and signatures in layouts, and what the library says of them.</summary>
internal static class Stored
{
    public static SignatureQuorum One { get; } = new(1, All: false);

    public static LayoutTar Tar(LayoutContent layout) => Tar(layout.ToTar().End());

    public static LayoutTar Tar(byte[] tar) => LayoutTar.Read(new MemoryStream(tar));

    /// <summary>Writes a layout to a folder and opens it.</summary>
    public static LayoutFolder Folder(LayoutContent layout, TemporaryFolder folder) =>
        LayoutFolder.Open(layout.WriteTo(folder["layout"]), TimeSpan.Zero);

    public static Descriptor Descriptor(JsonNode json) => Nv2.Signing.Artifacts.Descriptor.Parse(LayoutContent.Bytes(json));

    public static byte[] Sign(JsonNode subject, Issued signer, string format = "jwt")
    {
        var descriptor = Descriptor(subject);
        return Signatures.Sign(
            format,
            Signatures.Claims with
            {
                MediaType = descriptor.MediaType,
                Digest = descriptor.Digest,
                Size = descriptor.Size,
            },
            signer
        );
    }

    /// <summary>A signature to be added.</summary>
    public static SignatureArtifact Artifact(JsonNode subject, string signature) =>
        SignatureArtifact.Create(SignatureFormats.Default, System.Text.Encoding.ASCII.GetBytes(signature), Descriptor(subject));

    /// <summary>Verifies as the command line does: what the artifact is made of, and then its signatures.</summary>
    public static ArtifactVerification Verify(ImageLayout layout, TrustedCertificates trusted, SignatureQuorum? quorum = null)
    {
        var artifact = layout.Resolve(null);
        _ = ContentCheck.Make(layout, artifact, withLayers: true);
        return new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(
            layout,
            artifact,
            new ArtifactQuestion(Trust.ByHand(trusted), quorum ?? SignatureQuorum.One)
        );
    }
}
