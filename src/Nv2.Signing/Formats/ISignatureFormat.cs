using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;
using Nv2.Signing.Trust;

namespace Nv2.Signing.Formats;

/// <summary>A form in which signatures are written down.</summary>
public interface ISignatureFormat
{
    /// <summary>The short name for people: <c>jwt</c>.</summary>
    string Name { get; }

    /// <summary>The name in JSON and in registries.</summary>
    MediaType MediaType { get; }

    /// <summary>The algorithms that a signature of this format may be made with. Any other fails verification.</summary>
    IReadOnlyList<SigningAlgorithm> Algorithms { get; }

    /// <summary>The algorithm that a key signs with in this format.</summary>
    /// <exception cref="InvalidInputException">The format has none for such a key.</exception>
    SigningAlgorithm AlgorithmFor(KeySpec key);

    /// <summary>Whether claims name references: the names that the artifact is signed for.</summary>
    bool CarriesReferences { get; }

    /// <summary>Whether claims have annotations.</summary>
    bool CarriesAnnotations { get; }

    /// <summary>Whether content that is no manifest is signed in this format, as it is: blobs.</summary>
    bool SignsBlobs { get; }

    /// <summary>How signatures of this format are stored beside their artifacts.</summary>
    internal SignatureStorage Storage { get; }

    /// <summary>What such a signature must be, besides verifying with its key.</summary>
    internal SignatureRules Rules { get; }

    /// <summary>Whether <paramref name="signature"/> looks like one of this format. At most one format says so of any bytes.</summary>
    bool Recognizes(ReadOnlySpan<byte> signature);

    /// <summary>Reads a signature, strictly.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a well-formed signature of this format.</exception>
    Signature Parse(ReadOnlyMemory<byte> signature);

    /// <summary>Signs claims.</summary>
    /// <param name="claims">What to sign.</param>
    /// <param name="key">The key to sign with.</param>
    /// <param name="certificates">The key's certificate and those that issued it, in this order; empty to name the key by its id, in formats that allow it.</param>
    /// <param name="signingAgent">What the program that signs calls itself, <c>nv2/1.0.0</c>; for formats that have a place for it.</param>
    /// <exception cref="InvalidInputException">The format cannot say what the claims say, or has no algorithm for the key.</exception>
    byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null);
}
