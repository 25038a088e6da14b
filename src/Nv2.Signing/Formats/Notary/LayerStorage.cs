using System.Security.Cryptography;
using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>A signature that is the one layer of its manifest (Notary Project signature specification, "OCI Signatures").</summary>
/// <remarks>What is written is byte for byte what the Notary Project's own program writes: every consumer finds it. The config says what the manifest is, and is empty otherwise.</remarks>
internal sealed class LayerStorage : SignatureStorage
{
    private const string Thumbprints = "io.cncf.notary.x509chain.thumbprint#S256";
    private const string Created = "org.opencontainers.image.created";
    private const int MaxLayers = 1024;

    private static readonly MediaType ArtifactType = MediaType.Parse("application/vnd.cncf.notary.signature");
    private static readonly Blob EmptyConfig = Blob.Of(ArtifactType, "{}"u8.ToArray());

    public static LayerStorage Instance { get; } = new();

    public override SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject) =>
        SignatureArtifact.Of(ArtifactType, EmptyConfig, [Blob.Of(format.MediaType, signature)], subject, Annotate(format.Parse(signature)));

    // The specification asks for the type in the config. A manifest that says it as OCI image-spec 1.1 has it, in artifactType, means the same.
    public override Descriptor? Find(JsonNode manifest, IReadOnlyList<MediaType> formats)
    {
        var config = manifest.Optional("config");
        if (manifest.Optional("artifactType")?.Text() != ArtifactType.ToString() && config?.Required("mediaType").Text() != ArtifactType.ToString())
            return null;
        var layers = manifest.Required("layers");
        if (layers.Array(MaxLayers) is not [var layer])
            throw layers.Invalid("is not one layer: expected the envelope of the signature and nothing else");
        var mediaType = layer.Required("mediaType");
        return formats.Any(format => format.ToString() == mediaType.Text())
            ? Descriptor.Read(layer)
            : throw mediaType.Invalid($"is {Quoted.Text(mediaType.Text())}: expected {Alternatives.Of(formats)}");
    }

    // The time is the one that the signature has, so that the same signature always makes the same manifest.
    private static Dictionary<string, string> Annotate(Signature signature)
    {
        var thumbprints = JsonBytes.Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var certificate in signature.Certificates)
                writer.WriteStringValue(Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)));
            writer.WriteEndArray();
        });
        var annotations = new Dictionary<string, string> { [Thumbprints] = Encoding.ASCII.GetString(thumbprints) };
        if (signature.Claims.IssuedAt is { } time)
            annotations.Add(Created, Rfc3339.Format(time));
        return annotations;
    }
}
