using System.Text;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>What every transfer tool brings is compared with the descriptor it was asked for, whatever the tool.</summary>
public sealed class RegistryStoreTests
{
    private static readonly byte[] Genuine = Encoding.UTF8.GetBytes("""{"schemaVersion":2,"config":{},"layers":[]}""");
    private static readonly byte[] SameSize = Encoding.UTF8.GetBytes("""{"schemaVersion":3,"config":{},"layers":[]}""");
    private static readonly byte[] Longer = [.. Genuine, (byte)'\n'];
    private static readonly Descriptor Asked = Blob.Of(MediaType.OciManifest, Genuine).Descriptor;

    [Fact]
    public void A_blob_and_a_manifest_of_the_digest_that_was_asked_for_are_given_as_they_are()
    {
        var store = new FakeStore(Genuine);

        Assert.Equal(Genuine, store.ReadBlob(Asked, Asked));
        Assert.Equal(Genuine, store.ReadManifest(Asked));
    }

    [Fact]
    public void A_blob_of_another_digest_is_refused() =>
        Assert.Contains("digest", Refusal(() => new FakeStore(SameSize).ReadBlob(Asked, Asked)), StringComparison.Ordinal);

    [Fact]
    public void A_manifest_of_another_digest_is_refused() =>
        Assert.Contains("digest", Refusal(() => new FakeStore(SameSize).ReadManifest(Asked)), StringComparison.Ordinal);

    [Fact]
    public void Content_of_another_size_is_refused()
    {
        var store = new FakeStore(Longer);

        Assert.Throws<InvalidInputException>(() => store.ReadBlob(Asked, Asked));
        Assert.Throws<InvalidInputException>(() => store.ReadManifest(Asked));
    }

    [Fact]
    public void Content_of_the_digest_but_of_another_size_than_its_descriptor_has_is_refused()
    {
        var store = new FakeStore(Genuine);
        var lied = new Descriptor(Asked.MediaType, Asked.Digest, Asked.Size + 1);

        Assert.Throws<InvalidInputException>(() => store.ReadBlob(lied, Asked));
        Assert.Throws<InvalidInputException>(() => store.ReadManifest(lied));
    }

    [Fact]
    public void More_than_a_signature_or_a_manifest_may_have_is_not_fetched()
    {
        var store = new FakeStore(Genuine);

        Assert.Contains(
            "at most",
            Refusal(() => store.ReadBlob(new Descriptor(Asked.MediaType, Asked.Digest, SignatureFormats.MaxBytes + 1), Asked)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "at most",
            Refusal(() => store.ReadManifest(new Descriptor(Asked.MediaType, Asked.Digest, Manifest.MaxBytes + 1))),
            StringComparison.Ordinal
        );
        Assert.Equal(0, store.Fetched);
    }

    [Fact]
    public void A_tag_is_looked_up_once()
    {
        var store = new FakeStore(Genuine);
        var first = store.Resolve();
        store.Content = SameSize;

        Assert.Equal(first, store.Resolve());
    }

    [Fact]
    public void What_is_found_for_a_digest_has_that_digest() =>
        Assert.Contains(
            $": expected registry.example.com/app@{Asked.Digest}",
            Refusal(() => new FakeStore(SameSize, $"registry.example.com/app@{Asked.Digest}").Resolve()),
            StringComparison.Ordinal
        );

    private static string Refusal(Action attempt) => Assert.Throws<InvalidInputException>(attempt).Message;

    /// <summary>A store of one content, which it gives for whatever it is asked.</summary>
    private sealed class FakeStore(byte[] content, string reference = "registry.example.com/app:v1")
        : RegistryStore(new ToolRunner("fake", "/none", ToolFolder.Settings()), Reference.Parse(reference), ToolFolder.Settings())
    {
        public byte[] Content { get; set; } = content;

        public int Fetched { get; private set; }

        public override IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) => [];

        public override void Add(SignatureArtifact signature) => throw new NotSupportedException();

        protected override Descriptor Find() => Blob.Of(MediaType.OciManifest, Content).Descriptor;

        protected override byte[] FetchManifest(Digest digest) => Fetch();

        protected override byte[] FetchBlob(Descriptor blob, Descriptor owner) => Fetch();

        private byte[] Fetch()
        {
            Fetched++;
            return Content;
        }
    }
}
