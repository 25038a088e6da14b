using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Formats;

/// <summary>What a signature says. Until the signature is verified it says so on nobody's word.</summary>
/// <param name="MediaType">What the artifact is, or <see langword="null"/> in a format that does not say (<c>json</c>).</param>
/// <param name="Digest">The digest of the artifact's manifest.</param>
/// <param name="Size">The size of the artifact's manifest in bytes.</param>
/// <param name="References">The names that the artifact is signed for.</param>
/// <param name="IssuedAt">When it was signed, by the signer's clock.</param>
/// <param name="NotBefore">The moment before which the artifact must not be accepted.</param>
/// <param name="ExpiresAt">The moment from which on the artifact must not be accepted.</param>
public sealed record Claims(
    MediaType? MediaType,
    Digest Digest,
    long Size,
    IReadOnlyList<Reference> References,
    DateTimeOffset? IssuedAt,
    DateTimeOffset? NotBefore,
    DateTimeOffset? ExpiresAt);
