using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests;

/// <summary>Makes signatures, also those that the signer of the product would refuse to make, and says in one line what a verification came
/// to.</summary>
internal static class Signatures
{
    /// <summary>The moment of every verification that does not name its own: inside the life of the vectors and of what openssl makes here.</summary>
    public static DateTimeOffset Now { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Descriptor Subject { get; } = new(MediaType.OciManifest, Digest.Compute(DigestAlgorithm.Sha256, "artifact"u8), 8);

    public static Claims Claims { get; } =
        new(Subject.MediaType, Subject.Digest, Subject.Size, [Reference.Parse("registry.example.com/app:v1")], Now, null, null);

    public static TheoryData<string> Formats { get; } = new("jwt", "json");

    public static byte[] Sign(Issued signer, params Issued[] others) => Sign("jwt", Claims, signer, others);

    public static byte[] Sign(string format, Claims claims, Issued signer, params Issued[] others) =>
        Sign(format, claims, signer, [signer.Certificate, .. others.Select(other => other.Certificate)]);

    public static byte[] SignByKeyId(string format, Claims claims, Issued signer) =>
        Sign(format, claims, signer, (IReadOnlyList<X509Certificate2>)[]);

    public static TrustedCertificates Pins(params Issued[] pinned) => new([.. pinned.Select(one => one.Certificate)], []);

    public static TrustedCertificates Roots(params Issued[] roots) => new([], [.. roots.Select(one => one.Certificate)]);

    public static VerificationResult Verify(
        byte[] signature,
        TrustedCertificates trusted,
        DateTimeOffset? now = null,
        Reference? reference = null,
        Descriptor? subject = null,
        MediaType? mediaType = null
    ) =>
        new Verifier(new FakeTimeProvider(now ?? Now)).Verify(
            new VerificationRequest(signature, null, subject ?? Subject, Trust.ByHand(trusted), mediaType, reference)
        );

    /// <summary>The names of the checks that fail, or <c>valid</c>.</summary>
    public static string Outcome(this VerificationResult result)
    {
        Assert.Equal(
            Enum.GetValues<CheckName>().Except([CheckName.Revocation]),
            result.Checks.Select(check => check.Name).Except([CheckName.Revocation])
        );
        var failed = string.Join(' ', result.Checks.Where(check => !check.Passed).Select(check => check.Name));
        Assert.Equal(result.Verified, failed.Length == 0);
        return result.Verified ? "valid" : failed;
    }

    private static byte[] Sign(string format, Claims claims, Issued signer, IReadOnlyList<X509Certificate2> certificates)
    {
        using var key = signer.ReadKey();
        return SignatureFormats.ByName(format).Sign(claims, key, certificates);
    }
}
