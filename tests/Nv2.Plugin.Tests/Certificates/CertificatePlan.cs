namespace Nv2.Plugin.Tests.Certificates;

/// <summary>What a certificate is to be. Equal plans are one certificate; the defaults are valid from 2020 to 2049.</summary>
/// <param name="Name">Its common name.</param>
/// <param name="Issuer">Who issues it, or <see langword="null"/> for itself.</param>
/// <param name="Extensions">Its extensions in openssl's words, one a line; none make a certificate of version 1.</param>
internal sealed record CertificatePlan(string Name, CertificatePlan? Issuer, string Extensions)
{
    public const string OfAuthority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign";
    public const string OfSigner = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature";

    /// <summary>An unknown extension.</summary>
    public const string Placeholder = "2.5.29.99";

    public static CertificatePlan Root { get; } = new("root", null, OfAuthority);

    public static CertificatePlan Intermediate { get; } = new("intermediate", Root, OfAuthority);

    public static CertificatePlan Leaf { get; } = new("leaf", Intermediate, OfSigner);

    /// <summary>Whose key it has: a kind that <see cref="CertificateMaker"/> knows, or any other name for a key on P-256.</summary>
    public string Key { get; init; } = Name;

    public string Digest { get; init; } = "sha256";

    /// <summary>
    /// The last number of an identifier 2.5.29.N that the extension named <see cref="Placeholder"/> gets, which openssl would not repeat,
    /// or <see langword="null"/>.
    /// </summary>
    public byte? Repeated { get; init; }

    public string NotBefore { get; init; } = "20200101000000Z";

    public string NotAfter { get; init; } = "20491231235959Z";

    /// <summary>This certificate and those above it, up to the root.</summary>
    public IReadOnlyList<CertificatePlan> Chain => Issuer is null ? [this] : [this, .. Issuer.Chain];
}
