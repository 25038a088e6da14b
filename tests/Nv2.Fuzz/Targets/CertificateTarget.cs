using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Keys;
using Nv2.Signing.Policy;

namespace Nv2.Fuzz.Targets;

/// <summary>Certificates in DER, bundles of them in PEM, private keys in PEM; and every check that is made of a certificate.</summary>
internal static class CertificateTarget
{
    private const string Name = "certificates";

    private static readonly Reference[] References =
    [
        Reference.Parse("registry.wabbit-networks.io/net-monitor:v1"),
        Reference.Parse("192.0.2.1:5000/app"),
        Reference.Parse("[2001:db8::1]/app"),
    ];

    private static readonly TrustedIdentities Identities = new([TrustedIdentity.Parse("x509.subject: C=US, ST=Washington, O=wabbit-networks inc")]);

    private static readonly IReadOnlyList<RevocationListScope> Scopes =
    [
        .. CheckedIn.Seeds(RevocationTarget.Name).SelectMany(list => RevocationList.Parse(list, "list")).Select(list => list.Read().Scope),
    ];

    // What the root of the vectors issued for these samples.
    private static readonly IReadOnlyList<X509Certificate2> Issued = [.. CheckedIn.Seeds(Name).SelectMany(seed => CertificateFile.Parse(seed))];

    public static FuzzTarget Target { get; } =
        new(Name, "certificates in DER, bundles and private keys in PEM, and what is checked of them", () => [.. Samples(), .. Keys()], Check);

    private static IEnumerable<byte[]> Samples() =>
        [
            .. Known.Certificates.Where(certificate => certificate.RawDataMemory.Length < 1100).Select(certificate => certificate.RawData),
            Vectors.Read("keys/leaf-chain.crt"),
        ];

    private static IEnumerable<byte[]> Keys() => [Vectors.Read("keys/p256.key"), Vectors.Read("keys/rsa2048.key")];

    private static bool Check(byte[] input)
    {
        if (Attempt.At(() => PemPrivateKey.Parse(input), out var key))
            key.Dispose();
        if (!Attempt.At(() => CertificateFile.Parse(input), out var certificates))
            return false;
        if (input is [0x30, >= 0x80, ..])
            Require.Same(certificates[0].RawDataMemory.Span, input, "the certificate");
        foreach (var certificate in certificates)
            CheckOne(certificate);
        CheckPath(certificates);
        return true;
    }

    // None of these may fail in another way than by its result.
    private static void CheckOne(X509Certificate2 certificate)
    {
        using var again = X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span);
        Require.That(CertificateDescription.Of(again) == CertificateDescription.Of(certificate), "the same bytes are described differently");
        _ = IssuerAddresses.Of(certificate);
        _ = SignerCertificate.CheckKeyUsage(certificate);
        _ = SignerCertificate.CheckPurpose(certificate, isPinned: true);
        _ = SignerCertificate.CheckDates(certificate, Known.Clock.GetUtcNow());
        _ = SignerCertificate.CheckReferences(certificate, Known.Chain, References);
        _ = Identities.Check(certificate);
        _ = CertificateRequirements.CheckSigning([certificate]);
        _ = CertificateRequirements.CheckTimestamping([certificate]);
        _ = TrustedCertificates.IsAuthority(certificate);
        _ = LibtrustKeyId.Compute(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        _ = Attempt.At<object?>(
            () =>
            {
                TrustStore.RequireAnchor(TrustStoreType.CertificateAuthority, certificate);
                return null;
            },
            out _
        );
        if (Attempt.At(() => VerificationKey.Of(certificate), out var key))
            key.Dispose();
        if (CertificateExtensions.Check(certificate) is null)
            _ = Scopes.Select(scope => scope.Check(certificate)).Count(failure => failure is not null);
    }

    private static void CheckPath(IReadOnlyList<X509Certificate2> certificates)
    {
        var signer = certificates[0];
        foreach (var use in new[] { PathUse.Signing, PathUse.Timestamping })
        {
            var path = CertificatePath.Find(signer, certificates, new([], [Known.Chain[^1]]), Known.Clock.GetUtcNow(), use);
            var isRight = path.Failure is not null || Known.Contains(signer) || IsIssued(signer);
            Require.That(isRight, "a path to a root that did not issue the certificate");
            _ = CertificatePath.Find(signer, certificates, new([], [certificates[^1]]), Known.Clock.GetUtcNow(), use);
        }

        _ = CertificateRequirements.CheckChain(certificates, Known.Clock.GetUtcNow());
        _ = new RevocationCheck([], Known.Clock).CheckPath(certificates);
        if (certificates.All(certificate => CertificateExtensions.Check(certificate) is null))
        {
            _ = PathConstraints.Check(certificates);
            _ = PathConstraints.Check([.. certificates, .. Issued.Where(TrustedCertificates.IsAuthority)]);
        }
    }

    private static bool IsIssued(X509Certificate2 certificate) =>
        Issued.Any(issued => Known.ToBeSigned(issued.RawDataMemory) == Known.ToBeSigned(certificate.RawDataMemory));
}
