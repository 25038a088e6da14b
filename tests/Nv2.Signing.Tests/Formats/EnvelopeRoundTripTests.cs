using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

/// <summary>What is written in the Notary Project's envelopes is read back as it was.</summary>
public class EnvelopeRoundTripTests
{
    private static readonly DateTimeOffset SignedAt = new(2029, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Names whose order differs by length, by bytes and by UTF-16.
    private static readonly ExtendedClaim[] Attributes =
    [
        new("zz", "1", false),
        new("b", "2", true),
        new("a much longer name than any other", "3", true),
        new("aa", "", false),
        new("\uFF5A", "4", false),
        new("\U0001F511", "5", true),
    ];

    public static TheoryData<string, string, bool> Cases()
    {
        var cases = new TheoryData<string, string, bool>();
        foreach (var key in (string[])["p256", "p384", "p521", "rsa2048", "rsa3072", "rsa4096"])
        {
            foreach (var format in (string[])["jws", "cose"])
            {
                cases.Add(format, key, false);
                cases.Add(format, key, true);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Claims_signed_and_read_are_the_same_and_hold(string format, string keyName, bool byAuthority)
    {
        var claims = Claims(byAuthority);
        var certificates = CertificateFile.Parse(Vectors.Read($"keys/{keyName}.crt"));
        var file = Sign(format, keyName, claims);

        var signature = SignatureFormats.Parse(file);
        Assert.Equal((format, "agent/1"), (signature.Format.Name, signature.SigningAgent));
        Assert.Equal(certificates, signature.Certificates);
        Assert.Equal(
            (claims.MediaType, claims.Digest, claims.Size, claims.Scheme, claims.IssuedAt, claims.ExpiresAt),
            (
                signature.Claims.MediaType,
                signature.Claims.Digest,
                signature.Claims.Size,
                signature.Claims.Scheme,
                signature.Claims.IssuedAt,
                signature.Claims.ExpiresAt
            )
        );
        Assert.Equal(claims.Annotations, signature.Claims.Annotations);
        Assert.Equal(
            Attributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal),
            signature.Claims.ExtendedClaims.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)
        );

        var trusted = new TrustedCertificates([], byAuthority ? [] : certificates) { SigningAuthorities = byAuthority ? certificates : [] };
        var request = new VerificationRequest(file, null, Signatures.Subject, Trust.ByHand(trusted), null, null)
        {
            ProcessedClaims = [.. Attributes.Select(attribute => attribute.Name)],
        };
        Assert.Equal("valid", new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(request).Outcome());
    }

    [Theory]
    [InlineData("p521", false)]
    [InlineData("rsa2048", true)]
    public void The_protected_headers_of_COSE_are_in_the_order_of_their_bytes_and_the_platform_verifies_them(string keyName, bool byAuthority)
    {
        var file = Sign("cose", keyName, Claims(byAuthority));

        var labels = Cbor.Entries(CoseParts.Split(file).Protected).ConvertAll(entry => Convert.ToHexString(entry.Label));
        Assert.Equal(labels.Order(StringComparer.Ordinal), labels);
        Assert.Equal(12, labels.Count);

        var publicKey = CertificateFile.Parse(Vectors.Read($"keys/{keyName}.crt"))[0].PublicKey;
        using var key = (AsymmetricAlgorithm?)publicKey.GetRSAPublicKey() ?? publicKey.GetECDsaPublicKey();
        Assert.True(CoseMessage.DecodeSign1(file).VerifyEmbedded(key!, [])); // One of the two it is.
    }

    private static Claims Claims(bool byAuthority) =>
        new(Signatures.Subject.MediaType, Signatures.Subject.Digest, Signatures.Subject.Size, [], SignedAt, null, SignedAt.AddYears(10))
        {
            Scheme = byAuthority ? SigningScheme.SigningAuthority : SigningScheme.X509,
            Annotations = new Dictionary<string, string> { ["b"] = "ü\"\\\n", ["a"] = "" },
            ExtendedClaims = Attributes,
        };

    private static byte[] Sign(string format, string keyName, Claims claims)
    {
        using var key = PemPrivateKey.Parse(Vectors.Read($"keys/{keyName}.key"));
        return SignatureFormats.ByName(format).Sign(claims, key, CertificateFile.Parse(Vectors.Read($"keys/{keyName}.crt")), "agent/1");
    }
}
