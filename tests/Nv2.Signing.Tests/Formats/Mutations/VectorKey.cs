using System.Security.Cryptography;
using System.Text;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>Signs with the keys of the vectors, by any algorithm that the platform has, and without any code of nv2.</summary>
internal static class VectorKey
{
    /// <summary>The signature of <paramref name="data"/>; with RSA of the padding in the algorithm's name, with ECDSA as r‖s.</summary>
    public static byte[] Sign(string key, string algorithm, byte[] data)
    {
        var pem = Encoding.ASCII.GetString(Vectors.Read($"keys/{key}.key"));
        var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");
        if (algorithm.StartsWith("ES", StringComparison.Ordinal))
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return ecdsa.SignData(data, hash);
        }

        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return rsa.SignData(data, hash, algorithm.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }
}
