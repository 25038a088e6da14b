namespace Nv2.Signing.Keys;

/// <summary>The kinds of key that sign and verify.</summary>
public enum KeyKind
{
    /// <summary>RSA.</summary>
    Rsa,

    /// <summary>Elliptic curve NIST P-256.</summary>
    P256,

    /// <summary>Elliptic curve NIST P-384.</summary>
    P384,

    /// <summary>Elliptic curve NIST P-521.</summary>
    P521,
}
