using CsCheck;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

/// <summary>What is written is read back as it was.</summary>
public class RoundTripTests
{
    private const long MaxUnixSeconds = 253402300799; // 9999-12-31T23:59:59Z

    private static readonly Gen<string> LowerHex = Gen.Char["0123456789abcdef"].Array[128].Select(characters => new string(characters));

    private static readonly Gen<Digest> Digests = Gen.Select(
        Any(DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512),
        LowerHex,
        (algorithm, hex) => Digest.Parse($"{algorithm}:{hex[..algorithm.HexLength]}")
    );

    private static readonly Gen<string> Word = Gen.Char["abcxyz0189"].Array[1, 6].Select(characters => new string(characters));

    private static readonly Gen<string> Paths = Gen.Select(
        Word,
        Any(".", "_", "__", "-", "---", "/"),
        Word,
        (one, separator, other) => one + separator + other
    );

    private static readonly Gen<string> Domains = Gen.OneOf(
        Any("", "localhost/", "LOCALHOST/", "docker.io/", "index.docker.io/", "[::1]:5000/", "[2001:DB8::1]/", "10.0.0.1/", "registry:443/"),
        Gen.Select(Word, Word, (one, other) => $"{one}.{other}/"),
        Gen.Select(Word, Gen.Int[0, 70000], (host, port) => $"{host}:{port}/")
    );

    private static readonly Gen<string> Tags = Gen.OneOf(
        Gen.Const(""),
        Gen.Select(Gen.Char["aZ_9"], Gen.Char["aZ_9.-"].Array[0, 127], (first, rest) => $":{first}{new string(rest)}")
    );

    private static readonly Gen<Reference> References = Gen.Select(
        Domains,
        Paths,
        Tags,
        Gen.OneOf(Gen.Const(""), Digests.Select(digest => $"@{digest}")),
        (domain, path, tag, digest) => Reference.Parse(domain + path + tag + digest)
    );

    private static readonly Gen<MediaType> MediaTypes = Gen.Select(
        Word,
        Gen.Char["aZ09!#$&-^_.+"].Array[0, 20],
        (first, rest) => MediaType.Parse($"{first}/{first}{new string(rest)}")
    );

    private static readonly Gen<DateTimeOffset?> Times = Gen.OneOf(
        Gen.Const((DateTimeOffset?)null),
        Gen.Long[1, MaxUnixSeconds].Select(seconds => (DateTimeOffset?)DateTimeOffset.FromUnixTimeSeconds(seconds))
    );

    private static readonly Gen<Claims> AllClaims = Gen.Select(
        MediaTypes,
        Digests,
        Gen.Long[0, long.MaxValue],
        References.Array[0, 5],
        Times,
        Times,
        Times,
        (mediaType, digest, size, references, issuedAt, notBefore, expiresAt) =>
            new Claims(mediaType, digest, size, references, issuedAt, notBefore, expiresAt)
    );

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    [Fact]
    public void A_reference_in_its_normal_form_is_itself() =>
        References.Sample(reference =>
        {
            var tag = reference.Tag is null ? "" : $":{reference.Tag}";
            var digest = reference.Digest is null ? "" : $"@{reference.Digest}";
            var normal = Reference.Parse($"{reference.Repository}{tag}{digest}");
            Assert.Equal(reference, normal);
            Assert.Equal(reference, Reference.Parse(reference.ToString()));
            Assert.Equal(
                (reference.Domain, reference.Path, reference.Tag, reference.Digest),
                (normal.Domain, normal.Path, normal.Tag, normal.Digest)
            );
        });

    [Fact]
    public void A_digest_printed_and_read_is_the_same() => Digests.Sample(digest => Assert.Equal(digest, Digest.Parse(digest.ToString())));

    [Fact]
    public void A_descriptor_written_and_read_is_the_same() =>
        Gen.Select(MediaTypes, Digests, Gen.Long[0, long.MaxValue])
            .Sample(
                (mediaType, digest, size) =>
                {
                    var descriptor = new Descriptor(mediaType, digest, size);
                    using var json = new MemoryStream();
                    using (var writer = new System.Text.Json.Utf8JsonWriter(json))
                        descriptor.Write(writer);
                    Assert.Equal(descriptor, Descriptor.Parse(json.ToArray()));
                }
            );

    [Theory]
    [InlineData("jwt", "p256", true)]
    [InlineData("jwt", "p384", true)]
    [InlineData("jwt", "p521", false)]
    [InlineData("jwt", "rsa2048", false)]
    [InlineData("json", "p256", false)]
    [InlineData("json", "p384", true)]
    [InlineData("json", "p521", true)]
    [InlineData("json", "rsa2048", true)]
    public void Claims_signed_and_read_are_the_same(string formatName, string keyName, bool withCertificate)
    {
        var format = SignatureFormats.ByName(formatName);
        var certificates = CertificateFile.Parse(Vectors.Read($"keys/{keyName}.crt"));
        using var key = PemPrivateKey.Parse(Vectors.Read($"keys/{keyName}.key"));
        using var publicKey = VerificationKey.Of(certificates[0]);

        AllClaims.Sample(
            claims =>
            {
                var file = format.Sign(claims, key, withCertificate ? certificates : []);
                var signature = SignatureFormats.Parse(file);

                Assert.Same(format, signature.Format);
                Assert.Equal(key.Spec.Algorithm.Name, signature.Algorithm);
                Assert.Equal(withCertificate ? certificates : [], signature.Certificates);
                Assert.Equal(withCertificate ? null : LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo()), signature.KeyId);
                var expected = claims with { MediaType = formatName == "jwt" ? claims.MediaType : null, References = signature.Claims.References };
                Assert.Equal(expected, signature.Claims);
                Assert.Equal(claims.References.Select(reference => reference.Text), signature.Claims.References.Select(reference => reference.Text));
                Assert.True(publicKey.Verify(signature.SignedBytes.Span, signature.Value.Span, key.Spec.Algorithm));
            },
            iter: 100,
            threads: 1
        );
    }
}
