using System.Globalization;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>A kind of key that nv2 signs with: which test key it is, and what other programs must be told to use it.</summary>
/// <param name="Name">The test key's name.</param>
/// <param name="Algorithm">The JOSE name of what it signs with (RFC 7518 section 3.1).</param>
/// <param name="Hash">The hash function, as openssl names it.</param>
/// <param name="Curve">The JOSE name of its curve, or <see langword="null"/> for RSA.</param>
/// <param name="FieldBytes">The width of one of the two numbers of an ECDSA signature (RFC 7518 section 3.4); 0 for RSA.</param>
public sealed record KeyCase(string Name, string Algorithm, string Hash, string? Curve, int FieldBytes)
{
    public static IReadOnlyList<KeyCase> All { get; } =
    [
        new("rsa2048", "RS256", "sha256", null, 0),
        new("rsa3072", "RS256", "sha256", null, 0),
        new("rsa4096", "RS256", "sha256", null, 0),
        new("p256", "ES256", "sha256", "P-256", 32),
        new("p384", "ES384", "sha384", "P-384", 48),
        new("p521", "ES512", "sha512", "P-521", 66),
    ];

    /// <summary>The same keys with what they sign with in the Notary Project's envelopes (signature specification, "Algorithm Selection").</summary>
    public static IReadOnlyList<KeyCase> Notary { get; } =
    [
        .. All.Select(key =>
            key.Name switch
            {
                "rsa2048" => key with { Algorithm = "PS256" },
                "rsa3072" => key with { Algorithm = "PS384", Hash = "sha384" },
                "rsa4096" => key with { Algorithm = "PS512", Hash = "sha512" },
                _ => key,
            }
        ),
    ];

    public static TheoryData<string> NotaryNames { get; } = new(Notary.Select(key => key.Name));

    /// <summary>The registry that all test certificates are for.</summary>
    public const string Registry = "registry.wabbit-networks.io";

    /// <summary>The media type of <see cref="ManifestPath"/>.</summary>
    public const string ManifestMediaType = "application/vnd.oci.image.manifest.v1+json";

    public static string ManifestPath => Vectors.PathOf("manifests/oci-image.json");

    public string KeyPath => Vectors.PathOf($"keys/{Name}.key");

    public string CertificatePath => Vectors.PathOf($"keys/{Name}.crt");

    /// <summary>The libtrust key id, as the original programs give it.</summary>
    public string KeyId => Vectors.KeyIds.Single(row => row.Certificate.EndsWith($"{Name}.crt", StringComparison.Ordinal)).KeyId;

    public static KeyCase Named(string name) => All.Single(key => key.Name == name);

    /// <summary>Each key with x5c and with kid, in both formats.</summary>
    public static TheoryData<string, string, bool> Signatures()
    {
        var data = new TheoryData<string, string, bool>();
        foreach (var key in All)
        {
            foreach (var format in new[] { "jwt", "json" })
            {
                data.Add(key.Name, format, true);
                data.Add(key.Name, format, false);
            }
        }

        return data;
    }

    /// <summary>Signs <see cref="ManifestPath"/> for one reference with the published binary.</summary>
    public byte[] Sign(string format, bool withCertificate) =>
        Nv2Binary
            .Run([
                "sign",
                "-k",
                KeyPath,
                .. withCertificate ? new[] { "-c", CertificatePath } : [],
                "-r",
                $"{Registry}/net-monitor:v1",
                "--format",
                format,
                "-o",
                "-",
                ManifestPath,
            ])
            .RequireSuccess()
            .StdoutBytes;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Algorithm})");
}
