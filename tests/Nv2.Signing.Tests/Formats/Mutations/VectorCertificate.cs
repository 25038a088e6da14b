using System.Security.Cryptography.X509Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>The certificates of the vector with a chain, and others, in DER.</summary>
internal static class VectorCertificate
{
    public static byte[] Leaf { get; } = Read("leaf");

    public static byte[] Intermediate { get; } = Read("intermediate");

    public static byte[] Root { get; } = Read("root");

    /// <summary>One that has nothing to do with the chain.</summary>
    public static byte[] Stranger { get; } = Read("p256");

    /// <summary>Chains that are not the leaf's, the intermediate's and the root's once in this order, with the checks that fail where the leaf's key
    /// signed and the root is trusted.</summary>
    public static IReadOnlyList<(string Name, string Expected, byte[][] Chain)> BadChains { get; } =
    [
        ("no certificate", Mutation.Format, []),
        ("the root left out", "Format Authenticity", [Leaf, Intermediate]),
        ("the root and the intermediate left out", "Format Authenticity", [Leaf]),
        ("the intermediate left out", "Format Authenticity", [Leaf, Root]),
        ("the leaf left out", "Integrity KeyUsage", [Intermediate, Root]),
        ("the chain turned around", "Format Integrity KeyUsage", [Root, Intermediate, Leaf]),
        ("the intermediate and the root exchanged", "Format Authenticity", [Leaf, Root, Intermediate]),
        ("the leaf twice", "Format Authenticity KeyUsage", [Leaf, Leaf, Intermediate, Root]),
        ("the intermediate twice", "Format Authenticity KeyUsage", [Leaf, Intermediate, Intermediate, Root]),
        ("the root twice", "Format", [Leaf, Intermediate, Root, Root]),
        ("a stranger behind the root", "Format KeyUsage", [Leaf, Intermediate, Root, Stranger]),
        ("a stranger in front of the root", "Format Authenticity KeyUsage", [Leaf, Intermediate, Stranger, Root]),
        ("a stranger's certificate in the leaf's place", "Format Integrity Authenticity", [Stranger, Intermediate, Root]),
        ("another chain", "Integrity Authenticity", [Stranger]),
    ];

    private static byte[] Read(string name)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf($"keys/{name}.crt"));
        return certificate.RawData;
    }
}
