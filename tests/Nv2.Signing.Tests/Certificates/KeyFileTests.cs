using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Keys from the content of files. What openssl and keytool write is in the end-to-end tests.</summary>
public sealed class KeyFileTests
{
    private const string Passphrase = "sésame öffne dich";

    [Fact]
    public void The_key_of_PKCS_12_comes_with_its_certificate_and_signs()
    {
        using var certificate = Certificate();
        using var key = KeyFile.Parse(Export(certificate, Passphrase, 1000), Ask);

        Assert.Equal("EC-256", key.Spec.ToString());
        Assert.Equal(certificate.RawData, Assert.Single(key.Certificates).RawData);
        using var publicKey = VerificationKey.Of(certificate);
        Assert.True(publicKey.Verify("content"u8, key.Sign("content"u8, SigningAlgorithm.ES256), SigningAlgorithm.ES256));
    }

    [Fact]
    public void The_passphrase_is_asked_for_once_and_not_where_there_is_none()
    {
        using var certificate = Certificate();
        var asked = 0;
        KeyFile.Parse(Export(certificate, Passphrase, 1000), () => Count(ref asked)).Dispose();
        Assert.Equal(1, asked);
        KeyFile.Parse(Export(certificate, "", 1000), () => Count(ref asked)).Dispose();
        KeyFile.Parse(Vectors.Read("keys/p256.key"), () => Count(ref asked)).Dispose();
        Assert.Equal(1, asked);
        Refusal.Of(() => KeyFile.Parse(Export(certificate, Passphrase, 1000)), "none was given");
    }

    [Fact]
    public void Whatever_byte_of_PKCS_12_is_changed_it_is_the_same_key_or_refused()
    {
        using var certificate = Certificate();
        var content = Export(certificate, Passphrase, 1);
        for (var position = 0; position < content.Length; position++)
        {
            var changed = (byte[])content.Clone();
            changed[position] ^= 0x81;
            try
            {
                using var key = KeyFile.Parse(changed, Ask);
                Assert.True(key.BelongsTo(certificate));
            }
            catch (InvalidInputException)
            {
                // It says what is wrong, in one exception of one kind.
            }
        }
    }

    [Theory]
    [InlineData(4_000_001)]
    [InlineData(int.MaxValue)]
    public void More_iterations_than_the_limit_are_refused_without_being_made(int iterations)
    {
        using var certificate = Certificate();
        var content = Export(certificate, Passphrase, 1000);
        var hostile = ReplaceIterations(content, iterations);

        Refusal.Of(() => KeyFile.Parse(hostile, Ask), "iterations");
    }

    [Fact]
    public void A_secret_is_zeroed_where_it_is_taken_from_and_at_its_end()
    {
        var source = Encoding.UTF8.GetBytes(Passphrase);
        var secret = Secret.Take(source);

        Assert.All(source, value => Assert.Equal(0, value));
        Assert.Equal(Passphrase, secret.Chars.ToString());
        Assert.Equal(Encoding.UTF8.GetBytes(Passphrase), secret.Bytes);
        var copy = secret.Copy();
        secret.Dispose();
        Assert.True(secret.Bytes.IndexOfAnyExcept((byte)0) < 0 && secret.Chars.IndexOfAnyExcept('\0') < 0);
        Assert.Equal(Passphrase, copy.Chars.ToString());
        Refusal.Of(() => Secret.Take([0xff, 0xfe]), "UTF-8");
    }

    private static Secret Ask() => Secret.Take(Encoding.UTF8.GetBytes(Passphrase));

    private static Secret Count(ref int asked)
    {
        asked++;
        return Ask();
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=key file", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch.AddYears(100)
        );
    }

    private static byte[] Export(X509Certificate2 certificate, string passphrase, int iterations)
    {
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterations);
        var content = new Pkcs12SafeContents();
        content.AddCertificate(certificate);
        using var key = certificate.GetECDsaPrivateKey()!; // Made with one.
        content.AddShroudedKey(key, passphrase, encryption);
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsEncrypted(content, passphrase, encryption);
        builder.SealWithMac(passphrase, HashAlgorithmName.SHA256, iterations);
        return builder.Encode();
    }

    // The iterations of the MAC are the last field of the file.
    private static byte[] ReplaceIterations(byte[] content, int iterations)
    {
        var reader = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
        var (version, safe) = (reader.ReadEncodedValue().ToArray(), reader.ReadEncodedValue().ToArray());
        var mac = reader.ReadSequence();
        var (digest, salt) = (mac.ReadEncodedValue().ToArray(), mac.ReadEncodedValue().ToArray());
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(version);
            writer.WriteEncodedValue(safe);
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(digest);
                writer.WriteEncodedValue(salt);
                writer.WriteInteger(iterations);
            }
        }

        return writer.Encode();
    }
}
