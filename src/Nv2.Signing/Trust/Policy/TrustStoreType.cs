namespace Nv2.Signing.Trust.Policy;

/// <summary>What the certificates of a trust store are trusted for.</summary>
public enum TrustStoreType
{
    /// <summary>To sign, or to issue certificates for signing (<c>ca</c>).</summary>
    CertificateAuthority,

    /// <summary>To sign for others, and to say when (<c>signingAuthority</c>).</summary>
    SigningAuthority,

    /// <summary>To say when something was signed (<c>tsa</c>).</summary>
    TimestampAuthority,
}
