using System.Collections.ObjectModel;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats.Nv2;

/// <summary>The common part of the two formats of the nv2 prototype.</summary>
internal abstract class PrototypeFormat : ISignatureFormat
{
    public abstract string Name { get; }

    public abstract MediaType MediaType { get; }

    public IReadOnlyList<SigningAlgorithm> Algorithms => X509Header.Algorithms;

    public bool CarriesReferences => true;

    public bool CarriesNotBefore => true;

    public bool CarriesAnnotations => false;

    public bool SignsBlobs => false;

    public SignatureStorage Storage => ConfigStorage.Instance;

    public SignatureSpecification Specification => SignatureSpecification.Nv2;

    public TimestampEmbedding? WithTimestamp => null;

    public SigningAlgorithm AlgorithmFor(KeySpec key) => key.Algorithm;

    public abstract bool Recognizes(ReadOnlySpan<byte> signature);

    public abstract Signature Parse(ReadOnlyMemory<byte> signature);

    public abstract byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null);
}

/// <summary>A signature stored as the config of its manifest, which has no layers.</summary>
internal sealed class ConfigStorage : SignatureStorage
{
    public static ConfigStorage Instance { get; } = new();

    public override SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject) =>
        SignatureArtifact.Of(format.MediaType, Blob.Of(format.MediaType, signature), [], subject, ReadOnlyDictionary<string, string>.Empty);

    public override Descriptor? Find(JsonNode manifest, IReadOnlyList<MediaType> formats)
    {
        if (manifest.OptionalOrNull("config") is not { } config)
            return null;
        var mediaType = config.Required("mediaType").Text();
        return formats.Any(format => format.ToString() == mediaType) ? Descriptor.Read(config) : null;
    }
}
