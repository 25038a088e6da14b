using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>The common part of the Notary Project's two envelopes.</summary>
internal abstract class EnvelopeFormat : ISignatureFormat
{
    private static readonly SigningAlgorithm[] All =
    [
        SigningAlgorithm.PS256,
        SigningAlgorithm.PS384,
        SigningAlgorithm.PS512,
        SigningAlgorithm.ES256,
        SigningAlgorithm.ES384,
        SigningAlgorithm.ES512,
    ];

    public abstract string Name { get; }

    public abstract MediaType MediaType { get; }

    public IReadOnlyList<SigningAlgorithm> Algorithms => All;

    public bool CarriesReferences => false;

    public bool CarriesNotBefore => false;

    public bool CarriesAnnotations => true;

    public bool SignsBlobs => true;

    public SignatureStorage Storage => LayerStorage.Instance;

    public SignatureSpecification Specification => SignatureSpecification.Notary;

    public TimestampEmbedding WithTimestamp => EmbedTimestamp;

    public SigningAlgorithm AlgorithmFor(KeySpec key) =>
        key.NotaryAlgorithm
        ?? throw new InvalidInputException(
            $"a key that is {key} has no algorithm in the Notary Project's envelopes: expected RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521"
        );

    public abstract bool Recognizes(ReadOnlySpan<byte> signature);

    public abstract Signature Parse(ReadOnlyMemory<byte> signature);

    public byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null)
    {
        if (certificates.Count == 0)
            throw new InvalidInputException($"the format {Name} requires the certificate chain of the key");
        claims = claims with { Scheme = claims.Scheme ?? SigningScheme.X509 };
        if (EnvelopeAttributes.CheckWritable(claims) is { } failure)
            throw new InvalidInputException(failure);
        return Write(claims, key, AlgorithmFor(key.Spec), certificates, signingAgent);
    }

    /// <summary>The same envelope with a timestamp in its unsigned part, replacing an existing one; the signed bytes do not change.</summary>
    /// <param name="signature">An envelope of this format.</param>
    /// <param name="token">The DER of an RFC 3161 TimeStampToken.</param>
    protected abstract byte[] EmbedTimestamp(ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token);

    protected abstract byte[] Write(
        Claims claims,
        SigningKey key,
        SigningAlgorithm algorithm,
        IReadOnlyList<X509Certificate2> certificates,
        string? signingAgent
    );
}

/// <summary>A signature stored as the only layer of its manifest (Notary Project signature specification, "OCI Signatures").</summary>
/// <remarks>The manifest is byte for byte that of the Notary Project's own program, so every consumer finds it. The config states the type of the
/// manifest, and is empty otherwise.</remarks>
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

    // The specification requires the type in the config. A manifest with artifactType instead (OCI image-spec 1.1) means the same.
    public override Descriptor? Find(JsonNode manifest, IReadOnlyList<MediaType> formats)
    {
        var config = manifest.OptionalOrNull("config");
        if (
            manifest.OptionalOrNull("artifactType")?.Text() != ArtifactType.ToString()
            && config?.Required("mediaType").Text() != ArtifactType.ToString()
        )
            return null;
        var layers = manifest.Required("layers");
        if (layers.Array(MaxLayers) is not [var layer])
            throw layers.Invalid("is not one layer: expected only the envelope of the signature");
        var mediaType = layer.Required("mediaType");
        return formats.Any(format => format.ToString() == mediaType.Text())
            ? Descriptor.Read(layer)
            : throw mediaType.Invalid($"is {Quoted.Text(mediaType.Text())}: expected {Alternatives.Of(formats)}");
    }

    // The time comes from the signature, so the same signature always has the same manifest.
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
