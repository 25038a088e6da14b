using System.Security.Cryptography;

namespace Nv2.Signing.Timestamps;

/// <summary>The hash functions that timestamps are made and signed with. Any other is refused, SHA-1 above all.</summary>
internal static class TimestampHash
{
    private const string Sha1 = "1.3.14.3.2.26";

    /// <summary>The hash function of that object identifier, or <see langword="null"/> when it is refused.</summary>
    public static HashAlgorithmName? Find(string? oid) => oid switch
    {
        "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        _ => null,
    };

    /// <summary>The name of one that is refused.</summary>
    public static string Describe(string? oid) => oid == Sha1 ? "SHA-1" : $"the hash {oid}";
}
