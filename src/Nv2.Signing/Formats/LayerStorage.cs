using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Json;

namespace Nv2.Signing.Formats;

/// <summary>A signature that is the one layer of its manifest (Notary Project signature specification, "OCI Signatures").</summary>
/// <remarks>What is written is byte for byte what the Notary Project's own program writes: every consumer finds it. The config says what the manifest is, and is empty otherwise.</remarks>
internal sealed class LayerStorage : SignatureStorage
{
    private const string Thumbprints = "io.cncf.notary.x509chain.thumbprint#S256";
    private const string Created = "org.opencontainers.image.created";
    private const int MaxLayers = 1024;

    private static readonly MediaType ArtifactType = MediaType.Parse("application/vnd.cncf.notary.signature");
    private static readonly Blob EmptyConfig = Blob.Of(ArtifactType, "{}"u8.ToArray());

    public override SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject)
    {
        var layer = Blob.Of(format.MediaType, signature);
        var annotations = Annotate(format.Parse(signature));
        var manifest = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(manifest, X509Header.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.OciManifest.ToString());
            writer.WritePropertyName("config");
            EmptyConfig.Descriptor.Write(writer);
            writer.WriteStartArray("layers");
            layer.Descriptor.Write(writer);
            writer.WriteEndArray();
            writer.WritePropertyName("subject");
            subject.Write(writer);
            SignatureArtifact.WriteAnnotations(writer, annotations);
            writer.WriteEndObject();
        }

        return new(Blob.Of(MediaType.OciManifest, manifest.WrittenSpan.ToArray()), ArtifactType, subject, [EmptyConfig, layer]) { Annotations = annotations };
    }

    // The specification asks for the type in the config. A manifest that says it as OCI image-spec 1.1 has it, in artifactType, means the same.
    public override (ISignatureFormat Format, Descriptor Blob)? Find(JsonNode manifest)
    {
        var config = manifest.Optional("config");
        if (manifest.Optional("artifactType")?.Text() != ArtifactType.ToString() && config?.Required("mediaType").Text() != ArtifactType.ToString())
            return null;

        var layers = manifest.Required("layers");
        if (layers.Array(MaxLayers) is not [var layer])
            throw layers.Invalid("is not one layer: expected the envelope of the signature and nothing else");

        var mediaType = layer.Required("mediaType");
        var format = FormatOf(mediaType.Text()) ?? throw mediaType.Invalid(
            $"is {Quoted.Text(mediaType.Text())}: expected {Alternatives.Of(SignatureFormats.All.Where(one => one.Storage == this).Select(one => one.MediaType))}");
        return (format, Descriptor.Read(layer));
    }

    // The time is the one that the signature has, so that the same signature always makes the same manifest.
    private static Dictionary<string, string> Annotate(Signature signature)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            foreach (var certificate in signature.Certificates)
                writer.WriteStringValue(Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)));
            writer.WriteEndArray();
        }

        var annotations = new Dictionary<string, string> { [Thumbprints] = System.Text.Encoding.ASCII.GetString(json.WrittenSpan) };
        if (signature.Claims.IssuedAt is { } time)
            annotations.Add(Created, SignerCertificate.Format(time));
        return annotations;
    }
}
