using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signing;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Verification;

/// <summary>Blobs: what the signer refuses to make, and the verifier to accept.</summary>
public class BlobTests
{
    private static readonly byte[] Content = [.. "a blob"u8];

    [Theory]
    [InlineData("rsa2048", "sha256")]
    [InlineData("rsa3072", "sha384")]
    [InlineData("rsa4096", "sha512")]
    [InlineData("p256", "sha256")]
    [InlineData("p384", "sha384")]
    [InlineData("p521", "sha512")]
    public void A_blob_has_the_digest_that_its_signer_s_key_asks_for_and_no_other(string key, string algorithm)
    {
        foreach (var candidate in new[] { DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512 })
        {
            var blob = Describe(candidate);
            if (candidate.Name == algorithm)
            {
                var signature = Sign(key, blob, isBlob: true);
                Assert.Equal(candidate, BlobContent.DigestFor(SignatureFormats.Parse(signature)));
                Assert.Equal("valid", Verify(key, signature, blob).Outcome());
                continue;
            }

            Refusal.Of(() => Sign(key, blob, isBlob: true), algorithm, candidate.Name);
            Assert.Equal("Subject", Verify(key, Sign(key, blob, isBlob: false), blob).Outcome());
            Assert.Equal("valid", Verify(key, Sign(key, blob, isBlob: false), blob, isBlob: false).Outcome());
        }
    }

    [Fact]
    public void The_nv2_formats_sign_no_blobs()
    {
        var blob = Describe(DigestAlgorithm.Sha256);
        Refusal.Of(() => Sign("p256", blob, isBlob: true, "jwt"), "jwt", "blobs");

        var signature = Sign("p256", blob, isBlob: false, "json");
        Assert.Null(BlobContent.DigestFor(SignatureFormats.Parse(signature)));
        Assert.Equal("Subject", Verify("p256", signature, blob).Outcome());
    }

    [Fact]
    public void The_media_type_counts_where_the_caller_has_an_opinion()
    {
        var blob = Describe(DigestAlgorithm.Sha256);
        var signature = Sign("p256", blob, isBlob: true);
        var other = new Descriptor(MediaType.OciManifest, blob.Digest, blob.Size);

        Assert.Equal("valid", Verify("p256", signature, other).Outcome());
        Assert.Equal("valid", Verify("p256", signature, other, mediaType: BlobContent.DefaultMediaType).Outcome());
        Assert.Equal("Subject", Verify("p256", signature, blob, mediaType: MediaType.OciManifest).Outcome());
        Assert.Equal("Subject", Verify("p256", signature, other, isBlob: false).Outcome());
    }

    private static Descriptor Describe(DigestAlgorithm algorithm) =>
        BlobContent.Describe(new MemoryStream(Content), algorithm, BlobContent.DefaultMediaType);

    private static byte[] Sign(string name, Descriptor subject, bool isBlob, string format = "jws")
    {
        using var key = PemPrivateKey.Parse(Vectors.Read($"keys/{name}.key"));
        return new Signer(new FakeTimeProvider(Signatures.Now)).Sign(
            new SigningRequest(subject, [], SignatureFormats.ByName(format), null, key, CertificateFile.Parse(Vectors.Read($"keys/{name}.crt")))
            {
                IsBlob = isBlob,
            }
        );
    }

    private static VerificationResult Verify(string name, byte[] signature, Descriptor subject, bool isBlob = true, MediaType? mediaType = null) =>
        new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(
            new VerificationRequest(
                signature,
                null,
                subject,
                Trust.ByHand(TrustedCertificates.PinsAndAuthorities(CertificateFile.Parse(Vectors.Read($"keys/{name}.crt")))),
                mediaType,
                null
            )
            {
                IsBlob = isBlob,
            }
        );
}
