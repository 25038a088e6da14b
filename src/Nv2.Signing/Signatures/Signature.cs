using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Signatures;

/// <summary>A signature as it was read: well formed, and not verified yet.</summary>
public sealed class Signature
{
    /// <summary>The format that it was read in.</summary>
    public required ISignatureFormat Format { get; init; }

    /// <summary>The name of the algorithm that it claims to be made with; not necessarily one that is supported.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The exact bytes that are signed.</summary>
    public required ReadOnlyMemory<byte> SignedBytes { get; init; }

    /// <summary>The signature itself.</summary>
    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The certificates that came with it, the signer's first; empty when it names its key by <see cref="KeyId"/>.</summary>
    public required IReadOnlyList<X509Certificate2> Certificates { get; init; }

    /// <summary>The libtrust key id of the signer's key, or <see langword="null"/>.</summary>
    public required string? KeyId { get; init; }

    /// <summary>What the signed content is said to be (<c>cty</c>), or <see langword="null"/> in formats that do not say.</summary>
    public MediaType? ContentType { get; init; }

    /// <summary>The program that made it, as it calls itself; not signed. <see langword="null"/> when it does not say.</summary>
    public string? SigningAgent { get; init; }

    /// <summary>A timestamp of <see cref="Value"/>: the DER of an RFC 3161 TimeStampToken, not looked at yet. Empty when there is none.</summary>
    public ReadOnlyMemory<byte> Timestamp { get; init; }

    /// <summary>What it says.</summary>
    public required Claims Claims { get; init; }
}
