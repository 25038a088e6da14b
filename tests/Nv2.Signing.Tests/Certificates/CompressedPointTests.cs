using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Certificates whose EC key is in the compressed form (SEC 1 section 2.3.3), by openssl. The key is the same as in the uncompressed
/// form.</summary>
public sealed class CompressedPointTests : IDisposable
{
    private const string Usages = "keyUsage=critical,digitalSignature,keyCertSign";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Curves { get; } = ["prime256v1", "secp384r1", "secp521r1"];

    [Theory]
    [MemberData(nameof(Curves))]
    public void The_key_is_the_same_in_both_forms(string curve)
    {
        var (compressed, uncompressed) = (Certificate(curve, "compressed"), Certificate(curve, "uncompressed"));

        Assert.True(compressed.GetPublicKey().Length < uncompressed.GetPublicKey().Length);
        Assert.Equal(SubjectPublicKey.Of(uncompressed), SubjectPublicKey.Of(compressed));
        Assert.Equal(SubjectPublicKey.Of(uncompressed), uncompressed.PublicKey.ExportSubjectPublicKeyInfo());
        using var key = Key(curve);
        Assert.True(key.BelongsTo(compressed));
        using var verification = VerificationKey.Of(compressed);
        Assert.Equal(key.Spec, verification.Spec);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_signature_is_valid_by_such_a_certificate(string curve)
    {
        var (compressed, other) = (Certificate(curve, "compressed"), Certificate(curve, "uncompressed", subject: "/CN=other", keyOf: "other"));
        var claims = Signatures.Claims with { References = [], IssuedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000) };
        using var key = Key(curve);
        foreach (var format in (string[])["jwt", "json", "cose", "jws"])
        {
            var signature = SignatureFormats.ByName(format).Sign(claims, key, [compressed]);

            Assert.Equal("valid", Signatures.Verify(signature, new TrustedCertificates([compressed], [])).Outcome());
            Assert.Contains("Authenticity", Signatures.Verify(signature, new TrustedCertificates([other], [])).Outcome(), StringComparison.Ordinal);
            Assert.Contains(
                "Integrity",
                Signatures.Verify(Tampering.ChangeValue(format, signature), new TrustedCertificates([compressed], [])).Outcome(),
                StringComparison.Ordinal
            );
        }

        var named = SignatureFormats.ByName("jwt").Sign(claims, key, []);
        Assert.Equal("valid", Signatures.Verify(named, new TrustedCertificates([compressed], [])).Outcome());
        Assert.Equal("valid", Signatures.Verify(named, new TrustedCertificates([Certificate(curve, "uncompressed")], [])).Outcome());
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void An_authority_with_such_a_key_issues_certificates(string curve)
    {
        using var openSsl = new OpenSsl();
        var root = Certificate(curve, "compressed", usages: "basicConstraints=critical,CA:TRUE");
        var leaf = openSsl.Issue(CertificatePlan.Leaf(new Issued(folder[$"{curve}.key"], folder["certificate"])));
        var stranger = Certificate(curve, "compressed", keyOf: "stranger", usages: "basicConstraints=critical,CA:TRUE");

        Assert.Equal("valid", Signatures.Verify(Signatures.Sign(leaf), new TrustedCertificates([], [root])).Outcome());
        Assert.Equal("Authenticity", Signatures.Verify(Signatures.Sign(leaf), new TrustedCertificates([], [stranger])).Outcome());
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Any_other_form_is_refused(string curve)
    {
        var hybrid = File.ReadAllBytes(CertificatePath(curve, "hybrid"));
        Refusal.Of(() => CertificateFile.Parse(hybrid), "the point of its EC key is neither in the uncompressed nor in the compressed form");

        var right = Certificate(curve, "compressed");
        var at = right.RawData.AsSpan().IndexOf(right.GetPublicKey());
        foreach (var first in (byte[])[0, 1, 4, 5, 6, 7, 0x82])
            Refusal.Of(() => VerificationKey.Of(CertificateFile.ParseDer(Changed(right.RawData, at, first))));

        // Of all numbers about half are no first coordinate of a point; none is that is larger than the field.
        Refusal.Of(() => CertificateFile.ParseDer(Filled(right.RawData, at + 1, right.GetPublicKey().Length - 1)));
        var refused = 0;
        for (byte last = 0; last < 32; last++)
        {
            try
            {
                CertificateFile.ParseDer(Changed(right.RawData, at + right.GetPublicKey().Length - 1, last));
            }
            catch (InvalidInputException exception)
            {
                Assert.Contains("damaged", exception.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 1, 31);
    }

    [Fact]
    public void A_curve_that_is_not_supported_stays_so()
    {
        var certificate = CertificateFile.Parse(File.ReadAllBytes(CertificatePath("secp256k1", "compressed")))[0];

        Refusal.Of(() => VerificationKey.Of(certificate), "is not supported: expected RSA of 2048 bits or more, or EC on P-256, P-384 or P-521");
    }

    public void Dispose() => folder.Dispose();

    private static byte[] Changed(byte[] der, int at, byte value)
    {
        byte[] changed = [.. der];
        changed[at] = value;
        return changed;
    }

    private static byte[] Filled(byte[] der, int at, int length)
    {
        byte[] changed = [.. der];
        changed.AsSpan(at, length).Fill(0xff);
        return changed;
    }

    private SigningKey Key(string curve) => PemPrivateKey.Parse(File.ReadAllBytes(folder[$"{curve}.key"]));

    private X509Certificate2 Certificate(string curve, string form, string subject = "/CN=a", string? keyOf = null, string? usages = null) =>
        CertificateFile.Parse(File.ReadAllBytes(CertificatePath(curve, form, subject, keyOf, usages)))[0];

    private string CertificatePath(string curve, string form, string subject = "/CN=a", string? keyOf = null, string? usages = null)
    {
        var key = folder[$"{keyOf ?? curve}.key"];
        if (!File.Exists(key))
            OpenSsl.Run("ecparam", "-name", curve, "-genkey", "-noout", "-out", key);
        OpenSsl.Run("ec", "-in", key, "-conv_form", form, "-out", folder["form.key"]);
        var configuration = folder.Write(
            "cnf",
            $"[req]\ndistinguished_name = none\n[none]\n[extensions]\n"
                + $"{(usages is null ? "keyUsage=critical,digitalSignature" : $"{usages}\n{Usages}")}\n"
        );
        OpenSsl.Run(
            "req",
            "-x509",
            "-new",
            "-key",
            folder["form.key"],
            "-subj",
            subject,
            "-days",
            "7000",
            "-config",
            configuration,
            "-extensions",
            "extensions",
            "-out",
            folder["certificate"]
        );
        return folder["certificate"];
    }
}
