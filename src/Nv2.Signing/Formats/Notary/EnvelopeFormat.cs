using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats.Notary;

/// <summary>What the two envelopes of the Notary Project have in common.</summary>
internal abstract class EnvelopeFormat : ISignatureFormat
{
    private static readonly SigningAlgorithm[] All =
    [
        SigningAlgorithm.PS256, SigningAlgorithm.PS384, SigningAlgorithm.PS512, SigningAlgorithm.ES256, SigningAlgorithm.ES384, SigningAlgorithm.ES512,
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

    public SigningAlgorithm AlgorithmFor(KeySpec key) => key.NotaryAlgorithm ?? throw new InvalidInputException(
        $"a key that is {key} has no algorithm in the Notary Project's envelopes: expected RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521");

    public abstract bool Recognizes(ReadOnlySpan<byte> signature);

    public abstract Signature Parse(ReadOnlyMemory<byte> signature);

    public byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null)
    {
        if (certificates.Count == 0)
            throw new InvalidInputException($"the format {Name} needs the certificate of the key, and those that issued it");
        claims = claims with { Scheme = claims.Scheme ?? SigningScheme.X509 };
        if (EnvelopeAttributes.CheckWritable(claims) is { } failure)
            throw new InvalidInputException(failure);
        return Write(claims, key, AlgorithmFor(key.Spec), certificates, signingAgent);
    }

    /// <summary>The same envelope with another timestamp in its unsigned part, or with its first; what is signed keeps its bytes.</summary>
    /// <param name="signature">An envelope of this format.</param>
    /// <param name="token">The DER of an RFC 3161 TimeStampToken.</param>
    protected abstract byte[] EmbedTimestamp(ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token);

    protected abstract byte[] Write(Claims claims, SigningKey key, SigningAlgorithm algorithm, IReadOnlyList<X509Certificate2> certificates, string? signingAgent);
}
