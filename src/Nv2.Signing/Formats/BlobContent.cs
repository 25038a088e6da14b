using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats;

/// <summary>Content of any kind that is signed as it is, without a manifest (Notary Project signature specification, "Payload": blob
/// artifacts).</summary>
internal static class BlobContent
{
    /// <summary>The media type of a blob for which none is given.</summary>
    public static MediaType DefaultMediaType { get; } = MediaType.Parse("application/octet-stream");

    /// <summary>The algorithm of the digest of a blob that is signed with <paramref name="algorithm"/>: the same hash function.</summary>
    public static DigestAlgorithm DigestFor(SigningAlgorithm algorithm) =>
        DigestAlgorithm.Of(algorithm.Hash) ?? throw new InvalidOperationException($"{algorithm} has a hash function that no digest has");

    /// <summary>
    /// The algorithm of the digest of a blob that has such a signature, which the signer's key alone decides; <see langword="null"/> for a key, or a
    /// format, that signs no blobs.
    /// </summary>
    public static DigestAlgorithm? DigestFor(Signature signature)
    {
        if (!signature.Format.SignsBlobs || signature.Certificates is not [var signer, ..])
            return null;

        try
        {
            using var key = VerificationKey.Of(signer);
            return DigestFor(signature.Format.AlgorithmFor(key.Spec));
        }
        catch (InvalidInputException)
        {
            return null; // What is wrong with the key is for the check of the signature's integrity to say.
        }
    }

    /// <summary>Describes a blob, in one pass and in constant memory, whatever its size.</summary>
    public static Descriptor Describe(Stream content, DigestAlgorithm algorithm, MediaType mediaType)
    {
        var (digest, size) = Digest.Compute(algorithm, [], content);
        return new Descriptor(mediaType, digest, size);
    }
}
