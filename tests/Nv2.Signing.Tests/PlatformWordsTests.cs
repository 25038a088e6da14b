using System.Text;
using CsCheck;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Policy;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Timestamps;
using Nv2.Testing;

namespace Nv2.Signing.Tests;

/// <summary>Whatever a reader is given, it reads it or refuses it in this project's own words.</summary>
public sealed class PlatformWordsTests
{
    private static readonly Dictionary<string, (Action<byte[]> Read, byte[][] Seeds)> Readers = new()
    {
        ["cose"] = (Signature("cose"), [Vectors.Read("notation/p256.cose"), Vectors.Read("notation/leaf-full-chain.cose")]),
        ["jws"] = (Signature("jws"), [Vectors.Read("notation/p256.jws"), Vectors.Read("notation/leaf-full-chain.jws")]),
        ["jwt"] = (Signature("jwt"), [Vectors.Read("nv2-jwt/p256-x5c.jwt")]),
        ["json"] = (Signature("json"), [Vectors.Read("nv2-json/p256-x5c.json")]),
        ["certificates"] = (bytes => CertificateFile.Parse(bytes), [Vectors.Read("keys/leaf.crt"), Der("leaf"), Der("p256"), Bundle()]),
        ["one certificate"] = (bytes => Use(CertificateFile.ParseDer(bytes)), [Der("leaf"), Der("p256"), Der("p521")]),
        ["private key"] = (bytes => PemPrivateKey.Parse(bytes).Dispose(), [Vectors.Read("keys/leaf.key"), Vectors.Read("keys/p256.key")]),
        ["private key in PEM"] = (bytes => PemPrivateKey.Parse(Pem("PRIVATE KEY", bytes)).Dispose(), [Key("leaf"), Key("p256")]),
        ["timestamp"] = (bytes => TimestampToken.Parse(bytes), [Token()]),
        ["timestamp reply"] = (
            bytes => TimestampReply.ReadToken(bytes),
            [
                [0x30, 3, 2, 1, 2],
                Token(),
            ]
        ),
        ["timestamp request"] = (
            bytes => TimestampRequest.Parse(bytes),
            [TimestampRequest.For(SignatureFormats.Parse(Vectors.Read("notation/p256.cose"))).Encode()]
        ),
        ["revocation list"] = (ReadList, [RevocationList(), Der(RevocationList())]),
        ["index of a layout"] = (
            bytes => LayoutIndex.Parse(bytes),
            ["""{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"blake3:abc","size":1}]}"""u8.ToArray()]
        ),
        ["settings"] = (
            bytes => TrustSettings.Parse(bytes, "the settings"),
            ["""{"version":"1.0","statements":{"a":{"requireTimestamp":true}}}"""u8.ToArray()]
        ),
        ["trust policy"] = (bytes => TrustPolicy.Parse(bytes, "the policy"), [Encoding.UTF8.GetBytes("""{"version":"1.0","trustPolicies":[]}""")]),
        ["identity"] = (
            bytes => TrustedIdentity.Parse(Encoding.Latin1.GetString(bytes)),
            ["x509.subject: C=US, ST=WA, O=acme\\, \"inc\", 1.2.3=x"u8.ToArray()]
        ),
        ["reference"] = (bytes => Reference.Parse(Encoding.Latin1.GetString(bytes)), ["registry.example.com:5000/a/b:v1"u8.ToArray()]),
    };

    public static TheoryData<string> Names { get; } = [.. Readers.Keys];

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [MemberData(nameof(Names))]
    public void A_reader_refuses_in_its_own_words(string name)
    {
        var (read, seeds) = Readers[name];
        var refusals = 0;
        Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Select(Gen.Int[0, 4000], Gen.Int[0, 4], Gen.Byte.Array[0, 4]).Array[1, 3])
            .Sample(
                (seed, changes) =>
                {
                    var bytes = seeds[seed];
                    foreach (var (position, count, added) in changes)
                    {
                        var at = Math.Min(position % (bytes.Length + 1), bytes.Length);
                        bytes = [.. bytes[..at], .. added, .. bytes[Math.Min(at + count, bytes.Length)..]];
                    }

                    try
                    {
                        read(bytes);
                    }
                    catch (InvalidInputException exception)
                    {
                        refusals++;
                        PlatformWords.AssertNone(exception);
                    }
                },
                iter: 2_000,
                threads: 1
            );
        Assert.True(refusals > 100, $"{refusals} refusals");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_reader_refuses_what_is_cut_off_in_its_own_words(string name)
    {
        var (read, seeds) = Readers[name];
        foreach (var seed in seeds)
        {
            for (var length = 0; length < seed.Length; length += 1 + (seed.Length / 400))
            {
                try
                {
                    read(seed[..length]);
                }
                catch (InvalidInputException exception)
                {
                    PlatformWords.AssertNone(exception);
                }
            }
        }
    }

    // A certificate that is read is used, too: the platform reads much of it only then.
    private static void Use(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
    {
        foreach (
            var failure in (string?[])
                [
                    CertificateRequirements.CheckSigning([certificate]),
                    CertificateRequirements.CheckOrder([certificate]),
                    CertificateExtensions.Check(certificate),
                    SignerCertificate.CheckPurpose(certificate, false).Failure,
                ]
        )
            PlatformWords.AssertNone(failure ?? "");
        using var key = VerificationKey.Of(certificate);
    }

    private static Action<byte[]> Signature(string format) =>
        bytes =>
        {
            var result = Signatures.Verify(bytes, new TrustedCertificates([], CertificateFile.Parse(Vectors.Read("keys/root.crt"))));
            foreach (var check in result.Checks)
                PlatformWords.AssertNone(check.Reason ?? "");
            _ = SignatureFormats.Parse(bytes, SignatureFormats.ByName(format));
        };

    private static byte[] Der(string name) => CertificateFile.Parse(Vectors.Read($"keys/{name}.crt"))[0].RawData;

    private static void ReadList(byte[] bytes)
    {
        _ = Nv2.Signing.Certificates.Revocation.RevocationList.Parse(bytes, "list");
        _ = RevocationListContent.Parse(bytes, "list", CertificateFile.Parse(Vectors.Read("keys/root.crt"))[0].SubjectName);
    }

    private static byte[] RevocationList()
    {
        using var openSsl = new OpenSsl();
        return openSsl.RevocationList(openSsl.Issue(new CertificatePlan("/CN=root")));
    }

    private static byte[] Der(byte[] pem) => Convert.FromBase64String(Encoding.ASCII.GetString(pem).Split("-----")[2].ReplaceLineEndings(""));

    private static byte[] Key(string name)
    {
        var blocks = Encoding.ASCII.GetString(Vectors.Read($"keys/{name}.key")).Split("-----");
        return Convert.FromBase64String(blocks[2].ReplaceLineEndings(""));
    }

    private static byte[] Pem(string label, byte[] der) =>
        Encoding.ASCII.GetBytes($"-----BEGIN {label}-----\n{Convert.ToBase64String(der)}\n-----END {label}-----\n");

    private static byte[] Bundle() =>
        Tool.Run("openssl", ["crl2pkcs7", "-nocrl", "-certfile", Vectors.PathOf("keys/leaf-full-chain.crt"), "-outform", "DER"])
            .RequireSuccess()
            .StdoutBytes;

    private static byte[] Token()
    {
        using var stamped = new Timestamps.Stamped();
        return stamped.Stamp(stamped.Sign("cose"), new StampPlan(Signatures.Now));
    }
}
