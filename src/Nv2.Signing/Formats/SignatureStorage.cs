using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Signing.Formats;

/// <summary>A way to store a signature as an OCI artifact of its own, whose subject is the artifact that it is about (OCI image-spec 1.1, manifest.md).</summary>
internal abstract class SignatureStorage
{
    /// <summary>The signature is the config of the manifest, and there are no layers: the two nv2 formats.</summary>
    public static SignatureStorage AsConfig { get; } = new ConfigStorage();

    /// <summary>The signature is the one layer of the manifest: the Notary Project's envelopes.</summary>
    public static SignatureStorage AsLayer { get; } = new LayerStorage();

    /// <summary>Makes the artifact of a signature.</summary>
    public abstract SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject);

    /// <summary>Finds the signature in a manifest; <see langword="null"/> when the manifest is not one of a signature that is stored so.</summary>
    /// <exception cref="InvalidInputException">It is, and is not what it must be.</exception>
    public abstract (ISignatureFormat Format, Descriptor Blob)? Find(JsonNode manifest);

    /// <summary>The format of that media type among those that are stored so.</summary>
    protected ISignatureFormat? FormatOf(string mediaType) =>
        SignatureFormats.All.FirstOrDefault(format => format.Storage == this && format.MediaType.ToString() == mediaType);
}
