using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Signing.Tests.Verification;

/// <summary>A store that must not be asked for anything.</summary>
internal sealed class Untouchable : IArtifactStore
{
    public byte[] ReadManifest(Descriptor manifest) => throw new InvalidOperationException();

    public byte[] ReadBlob(Descriptor blob, Descriptor owner) => throw new InvalidOperationException();

    public IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) => throw new InvalidOperationException();

    public void Add(SignatureArtifact signature) => throw new InvalidOperationException();
}

/// <summary>A store with one manifest and nothing beside it.</summary>
internal sealed class ManifestOnly(byte[] content) : IArtifactStore
{
    public byte[] ReadManifest(Descriptor manifest) => content;

    public byte[] ReadBlob(Descriptor blob, Descriptor owner) => throw new InvalidOperationException();

    public IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) => [];

    public void Add(SignatureArtifact signature) => throw new InvalidOperationException();
}
