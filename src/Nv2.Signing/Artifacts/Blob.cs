namespace Nv2.Signing.Artifacts;

/// <summary>Content together with its descriptor.</summary>
/// <param name="Descriptor">What it is, its digest and its size.</param>
/// <param name="Content">The bytes.</param>
public sealed record Blob(Descriptor Descriptor, ReadOnlyMemory<byte> Content)
{
    /// <summary>The blob of <paramref name="content"/>, addressed by SHA-256.</summary>
    public static Blob Of(MediaType mediaType, ReadOnlyMemory<byte> content) =>
        new(new Descriptor(mediaType, Digest.Compute(DigestAlgorithm.Sha256, content.Span), content.Length), content);
}
