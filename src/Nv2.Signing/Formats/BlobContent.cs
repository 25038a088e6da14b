using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats;

/// <summary>Content of any kind that is signed directly, without a manifest (Notary Project signature specification, "Payload": blob
/// artifacts).</summary>
internal static class BlobContent
{
    /// <summary>The default media type of a blob.</summary>
    public static MediaType DefaultMediaType { get; } = MediaType.Parse("application/octet-stream");

    /// <summary>The algorithm of the digest of a blob for <paramref name="algorithm"/>: the same hash function.</summary>
    public static DigestAlgorithm DigestFor(SigningAlgorithm algorithm) =>
        DigestAlgorithm.Of(algorithm.Hash) ?? throw new InvalidOperationException($"{algorithm} has a hash function without a digest algorithm");

    /// <summary>
    /// The algorithm of the digest of a blob with such a signature, which depends only on the signer's key; <see langword="null"/> if the key or the
    /// format does not sign blobs.
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
            return null; // The integrity check reports the key.
        }
    }

    /// <summary>Describes a blob, in one pass and in constant memory, of any size.</summary>
    public static Descriptor Describe(Stream content, DigestAlgorithm algorithm, MediaType mediaType)
    {
        var (digest, size) = Digest.Compute(algorithm, [], content);
        return new Descriptor(mediaType, digest, size);
    }
}
