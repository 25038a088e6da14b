namespace Nv2.Signing.Keys;

/// <summary>Object identifiers of public-key algorithms, and what to call those that are not supported.</summary>
internal static class KeyAlgorithms
{
    /// <summary>rsaEncryption (RFC 8017 appendix A.1).</summary>
    public const string Rsa = "1.2.840.113549.1.1.1";

    /// <summary>id-ecPublicKey (RFC 5480 section 2.1.1).</summary>
    public const string EllipticCurve = "1.2.840.10045.2.1";

    /// <summary>id-Ed25519 (RFC 8410).</summary>
    public const string Ed25519 = "1.3.101.112";

    /// <summary>id-Ed448 (RFC 8410).</summary>
    public const string Ed448 = "1.3.101.113";

    /// <summary>The algorithm in words.</summary>
    public static string Describe(string oid) => oid switch
    {
        Rsa => "an RSA key",
        EllipticCurve => "an EC key",
        "1.2.840.113549.1.1.10" => "an RSA key restricted to PSS",
        "1.2.840.10040.4.1" => "a DSA key",
        Ed25519 => "an Ed25519 key",
        Ed448 => "an Ed448 key",
        "1.3.101.110" => "an X25519 key",
        _ => $"a key of algorithm {oid}",
    };
}
