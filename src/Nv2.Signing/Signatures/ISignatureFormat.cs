using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Signatures;

/// <summary>The specification that a signature format belongs to. It has the requirements for a signature.</summary>
internal enum SignatureSpecification
{
    /// <summary>The two formats of the Notary v2 prototype, <c>jwt</c> and <c>json</c>.</summary>
    Nv2,

    /// <summary>The envelopes of the Notary Project's signature specification, version 1, <c>jws</c> and <c>cose</c>.</summary>
    Notary,
}

/// <summary>The same signature with a timestamp in its unsigned part, replacing an existing one. The signed bytes do not change.</summary>
/// <param name="signature">A signature of the format.</param>
/// <param name="token">The DER of an RFC 3161 TimeStampToken.</param>
internal delegate byte[] TimestampEmbedding(ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token);

/// <summary>A serialization of signatures: bytes become a <see cref="Signature"/>, and <see cref="Claims"/> become bytes.</summary>
public interface ISignatureFormat
{
    /// <summary>The short name for people: <c>jwt</c>.</summary>
    string Name { get; }

    /// <summary>The name in JSON and in registries.</summary>
    MediaType MediaType { get; }

    /// <summary>The specification that the format belongs to.</summary>
    internal SignatureSpecification Specification { get; }

    /// <summary>The algorithms that a signature of this format may be made with. Any other fails verification.</summary>
    internal IReadOnlyList<SigningAlgorithm> Algorithms { get; }

    /// <summary>The signing algorithm for a key in this format.</summary>
    /// <exception cref="InvalidInputException">The format has none for such a key.</exception>
    internal SigningAlgorithm AlgorithmFor(KeySpec key);

    /// <summary>Whether claims have references, the names that the artifact is signed for.</summary>
    internal bool CarriesReferences { get; }

    /// <summary>Whether claims can have a time before which they are not valid.</summary>
    internal bool CarriesNotBefore { get; }

    /// <summary>Whether claims have annotations.</summary>
    internal bool CarriesAnnotations { get; }

    /// <summary>Whether blobs are signed in this format: content that is not a manifest.</summary>
    internal bool SignsBlobs { get; }

    /// <summary>Adds a timestamp to a signature, or <see langword="null"/> in a format without timestamps.</summary>
    internal TimestampEmbedding? WithTimestamp { get; }

    /// <summary>How signatures of this format are stored beside their artifacts.</summary>
    internal SignatureStorage Storage { get; }

    /// <summary>Whether <paramref name="signature"/> may have this format, by its beginning. Formats are asked in the order of
    /// <c>SignatureFormats</c>.</summary>
    internal bool Recognizes(ReadOnlySpan<byte> signature);

    /// <summary>Reads a signature, strictly.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a well-formed signature of this format.</exception>
    internal Signature Parse(ReadOnlyMemory<byte> signature);

    /// <summary>Signs claims.</summary>
    /// <param name="claims">What to sign.</param>
    /// <param name="key">The key to sign with.</param>
    /// <param name="certificates">The key's certificate chain, the key's own first; empty to name the key by its id, in formats that allow
    /// it.</param>
    /// <param name="signingAgent">The name of the signing program, <c>nv2/1.0.0</c>; for formats that support it.</param>
    /// <exception cref="InvalidInputException">The format does not support the claims, or has no algorithm for the key.</exception>
    internal byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null);
}

/// <summary>A parsed signature: well formed, and not verified yet.</summary>
public sealed class Signature
{
    /// <summary>Its format.</summary>
    public required ISignatureFormat Format { get; init; }

    /// <summary>The name of the algorithm in the signature, possibly an unsupported one.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The exact bytes that are signed.</summary>
    public required ReadOnlyMemory<byte> SignedBytes { get; init; }

    /// <summary>The signature itself.</summary>
    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The certificates in it, the signer's first; empty if it names its key by <see cref="KeyId"/>.</summary>
    public required IReadOnlyList<X509Certificate2> Certificates { get; init; }

    /// <summary>The libtrust key id of the signer's key, or <see langword="null"/>.</summary>
    public required string? KeyId { get; init; }

    /// <summary>The content type of the signed content (<c>cty</c>), or <see langword="null"/> in formats without it.</summary>
    public MediaType? ContentType { get; init; }

    /// <summary>The program that made it, by its own unsigned statement, or <see langword="null"/>.</summary>
    public string? SigningAgent { get; init; }

    /// <summary>A timestamp of <see cref="Value"/>: the DER of an RFC 3161 TimeStampToken, not verified yet. Empty without a timestamp.</summary>
    public ReadOnlyMemory<byte> Timestamp { get; init; }

    /// <summary>Its claims.</summary>
    public required Claims Claims { get; init; }
}
