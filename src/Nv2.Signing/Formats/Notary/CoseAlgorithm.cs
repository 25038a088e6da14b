using System.Globalization;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Formats.Notary;

/// <summary>The numbers of algorithms in COSE (RFC 9053 section 2.1, RFC 8812 section 2) and their names in JOSE.</summary>
internal static class CoseAlgorithm
{
    private static readonly (SigningAlgorithm Algorithm, int Number)[] Numbers =
    [
        (SigningAlgorithm.ES256, -7),
        (SigningAlgorithm.ES384, -35),
        (SigningAlgorithm.ES512, -36),
        (SigningAlgorithm.PS256, -37),
        (SigningAlgorithm.PS384, -38),
        (SigningAlgorithm.PS512, -39),
    ];

    /// <summary>The name of the algorithm of that number; of one that no envelope may have, a text that is no algorithm's name.</summary>
    public static string NameOf(int number) => Array.Find(Numbers, one => one.Number == number).Algorithm?.Name
        ?? string.Create(CultureInfo.InvariantCulture, $"{number} of COSE");
}
