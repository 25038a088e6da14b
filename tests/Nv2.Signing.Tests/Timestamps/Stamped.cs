using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Timestamps;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Timestamps;

/// <summary>Signers whose certificates end in 2031, and timestamp authorities, by openssl.</summary>
public sealed class Stamped : IDisposable
{
    private readonly OpenSsl openSsl = new();
    private readonly Dictionary<string, Issued> signers = [];

    public Stamped()
    {
        SignerRoot = openSsl.Issue(new CertificatePlan("/CN=root") { NotAfter = "20310101000000Z" });
        TimestampRoot = openSsl.Issue(new CertificatePlan("/CN=timestamp root"));
        TimestampIssuer = openSsl.Issue(new CertificatePlan("/CN=timestamp issuer", TimestampRoot));
        Authority = openSsl.Issue(Plan(TimestampIssuer));
    }

    /// <summary>A moment at which no certificate of a signer is valid any more.</summary>
    public static DateTimeOffset Later { get; } = new(2035, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal Issued SignerRoot { get; }

    internal Issued TimestampRoot { get; }

    internal Issued TimestampIssuer { get; }

    internal Issued Authority { get; }

    /// <summary>The certificate of a timestamp authority, right in every way.</summary>
    internal static CertificatePlan Plan(Issued issuer) =>
        new("/CN=timestamps", issuer)
        {
            Extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=critical,timeStamping"],
        };

    internal Issued Make(CertificatePlan plan) => openSsl.Issue(plan);

    /// <summary>A signature by a key of that kind, whose certificate ends with 2030.</summary>
    internal byte[] Sign(string format, string key = "P-256")
    {
        if (!signers.TryGetValue(key, out var signer))
            signers.Add(key, signer = openSsl.Issue(CertificatePlan.Leaf(SignerRoot) with { Key = key, NotAfter = "20310101000000Z" }));
        return Signatures.Sign(format, Signatures.Claims with { References = [] }, signer, SignerRoot);
    }

    /// <summary>A timestamp of a signature, as an authority would make it.</summary>
    internal byte[] Stamp(byte[] signature, StampPlan plan, Issued? authority = null) =>
        new TimestampAuthority((authority ?? Authority).KeyPath, (authority ?? Authority).CertificatePath, TimestampIssuer.CertificatePath).Stamp(
            SignatureFormats.Parse(signature).Value.Span,
            plan
        );

    /// <summary>Puts a timestamp into a signature, whatever it is.</summary>
    internal static byte[] Force(byte[] signature, byte[] token) => SignatureFormats.Parse(signature).Format.WithTimestamp!(signature, token);

    /// <summary>Whom a verifier trusts: the signers' root, and these for timestamps.</summary>
    internal TrustedCertificates Trust(params Issued[] timestampAuthorities) =>
        Signatures.Roots(SignerRoot) with
        {
            TimestampAuthorities = [.. timestampAuthorities.Select(authority => authority.Certificate)],
        };

    /// <summary>The timestamp in a signature.</summary>
    internal static TimestampToken Token(byte[] signature) => TimestampToken.Parse(SignatureFormats.Parse(signature).Timestamp);

    public void Dispose() => openSsl.Dispose();
}
