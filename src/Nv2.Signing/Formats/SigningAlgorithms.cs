using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats;

/// <summary>The signing algorithms for keys and formats.</summary>
internal static class SigningAlgorithms
{
    /// <summary>The algorithm that <paramref name="key"/> signs with in <paramref name="format"/>.</summary>
    /// <exception cref="InvalidInputException">The format has no algorithm for such a key, or the key cannot be used with that algorithm where it is
    /// stored.</exception>
    public static SigningAlgorithm Of(ISignatureFormat format, SigningKey key)
    {
        var algorithm = format.AlgorithmFor(key.Spec);
        if (key.Algorithms.Contains(algorithm))
            return algorithm;
        var others = SignatureFormats.All.Where(other => CanSign(other, key)).Select(other => other.Name).ToList();
        throw new InvalidInputException(
            $"the format {format.Name} requires {algorithm}, but the key can sign only with {Alternatives.Of(key.Algorithms)}: expected "
                + (others.Count > 0 ? $"the format {Alternatives.Of(others)}" : "another key")
        );
    }

    /// <summary>Whether <paramref name="key"/> can sign in <paramref name="format"/>.</summary>
    public static bool CanSign(ISignatureFormat format, SigningKey key) =>
        (format.Specification, key.Spec) switch
        {
            (SignatureSpecification.Notary, { NotaryAlgorithm: null }) => false,
            _ => key.Algorithms.Contains(format.AlgorithmFor(key.Spec)),
        };
}
