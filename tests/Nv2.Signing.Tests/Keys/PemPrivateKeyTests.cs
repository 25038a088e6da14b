using System.Security.Cryptography;
using System.Text;
using Nv2.Signing.Keys;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Keys;

/// <summary>Private keys as openssl writes them.</summary>
public sealed class PemPrivateKeyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("2048", "RSA-2048", "RS256")]
    [InlineData("2056", "RSA-2056", "RS256")]
    [InlineData("P-256", "EC-256", "ES256")]
    [InlineData("P-384", "EC-384", "ES384")]
    [InlineData("P-521", "EC-521", "ES512")]
    public void A_key_is_read_from_PKCS8_and_from_the_older_form(string kind, string spec, string algorithm)
    {
        var path = Generate(kind);
        var publicKey = Convert.FromBase64String(string.Concat(OpenSsl.Run("pkey", "-in", path, "-pubout").Split('\n')[1..^2]));

        foreach (var pem in new[] { OpenSsl.Run("pkey", "-in", path), OpenSsl.Run("pkey", "-in", path, "-traditional") })
        {
            using var key = PemPrivateKey.Parse(Encoding.ASCII.GetBytes(pem));

            Assert.Equal((spec, algorithm), (key.Spec.ToString(), key.Spec.Algorithm.Name));
            Assert.Equal(publicKey, key.ExportSubjectPublicKeyInfo());
            using var again = PemPrivateKey.Parse(Encoding.ASCII.GetBytes("some text\r\n" + pem.Replace("\n", "\r\n", StringComparison.Ordinal)));
            Assert.Equal(publicKey, again.ExportSubjectPublicKeyInfo());
        }
    }

    [Fact]
    public void The_older_form_of_an_EC_key_may_have_its_parameters_in_front()
    {
        var path = folder["ec"];
        OpenSsl.Run("ecparam", "-name", "prime256v1", "-genkey", "-out", path);
        var pem = File.ReadAllText(path);
        Assert.Contains("BEGIN EC PARAMETERS", pem, StringComparison.Ordinal);

        using var key = PemPrivateKey.Parse(Encoding.ASCII.GetBytes(pem));

        Assert.Equal("EC-256", key.Spec.ToString());
    }

    [Fact]
    public void A_key_beside_its_certificate_is_read() =>
        PemPrivateKey.Parse([.. Vectors.Read("keys/p256.crt"), .. Vectors.Read("keys/p256.key")]).Dispose();

    [Theory]
    [InlineData("1024", "an RSA key of 1024 bits is not supported")]
    [InlineData("P-224", "P-256, P-384 or P-521")]
    [InlineData("secp256k1", "P-256, P-384 or P-521")]
    [InlineData("P-256 explicit", "P-256, P-384 or P-521")]
    [InlineData("ED25519", "an Ed25519 key is not supported")]
    [InlineData("ED448", "an Ed448 key is not supported")]
    [InlineData("X25519", "an X25519 key is not supported")]
    [InlineData("RSA-PSS", "an RSA key restricted to PSS is not supported")]
    [InlineData("DSA", "a DSA key is not supported")]
    public void A_key_of_another_kind_is_refused_by_its_name(string kind, string failure)
    {
        var path = Generate(kind);

        Refusal.Of(() => PemPrivateKey.Parse(File.ReadAllBytes(path)), failure, "expected");
        if (kind is "1024" or "P-224" or "secp256k1" or "P-256 explicit" or "DSA")
            Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(OpenSsl.Run("pkey", "-in", path, "-traditional"))), failure, "expected");
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("2048")]
    public void A_key_with_a_passphrase_needs_it_and_the_old_form_is_refused_with_what_to_do(string kind)
    {
        var path = Generate(kind);

        var encrypted = OpenSsl.Run("pkey", "-in", path, "-aes128", "-passout", "pass:secret");
        Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(encrypted)), "passphrase");
        var old = OpenSsl.Run("pkey", "-in", path, "-aes128", "-passout", "pass:secret", "-traditional");
        Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(old)), "passphrase", "openssl pkey");
    }

    [Fact]
    public void Two_keys_in_a_file_are_one_too_many()
    {
        var (one, other) = (Vectors.Read("keys/p256.key"), Vectors.Read("keys/rsa2048.key"));

        Refusal.Of(() => PemPrivateKey.Parse([.. one, .. other]), "more than one private key");
        Refusal.Of(() => PemPrivateKey.Parse([.. one, .. one]), "more than one private key");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM")]
    [InlineData("-----BEGIN ENCRYPTED DATA-----\nAAAA\n-----END ENCRYPTED DATA-----\n")]
    public void A_file_without_a_key_is_refused(string content) =>
        Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(content)), "no private key", "BEGIN PRIVATE KEY");

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    public void What_is_not_the_DER_of_its_label_is_refused(string label)
    {
        var pem = Encoding.ASCII.GetString(Vectors.Read("keys/p256.key"));
        var der = Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);

        foreach (var content in new byte[][] { [], [0], [0x30, 0], [0x30, 0x80], [0x30, 3, 2, 1, 0], der[..^1], [.. der, 0], new byte[100] })
            Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(PemEncoding.WriteString(label, content))), "private key is damaged");
    }

    [Fact]
    public void A_key_with_damaged_base64_is_refused_and_never_passed_over()
    {
        var pem = Encoding.ASCII.GetString(Vectors.Read("keys/p256.key"));
        var start = pem.IndexOf("-----\n", StringComparison.Ordinal) + 6;
        var other = Encoding.ASCII.GetString(Vectors.Read("keys/p384.key"));

        foreach (var damaged in new[] { pem.Remove(start, 1), pem.Insert(start, "!"), pem.Remove(start) })
        {
            Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(damaged)));
            Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(damaged + "\n" + other)));
            Refusal.Of(() => PemPrivateKey.Parse(Encoding.ASCII.GetBytes(other + damaged)));
        }
    }

    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void No_damage_to_a_byte_of_a_key_is_an_exception_of_another_kind()
    {
        foreach (var name in new[] { "keys/p256.key", "keys/rsa2048.key" })
        {
            var pem = Vectors.Read(name);
            for (var position = 0; position < pem.Length; position += 3)
            {
                var damaged = (byte[])pem.Clone();
                damaged[position] ^= 4;
                var exception = Record.Exception(() => PemPrivateKey.Parse(damaged).Dispose());
                Assert.True(exception is null or InvalidInputException, $"{name}, byte {position}: {exception}");
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private string Generate(string kind)
    {
        var path = folder[kind.Replace(' ', '-')];
        string[] options = kind switch
        {
            "DSA" => ["-paramfile", DsaParameters()],
            "P-256 explicit" => ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
            ['P' or 's', ..] => ["-algorithm", "EC", "-pkeyopt", $"ec_paramgen_curve:{kind}"],
            "RSA-PSS" => ["-algorithm", kind, "-pkeyopt", "rsa_keygen_bits:2048"],
            ['E' or 'X', ..] => ["-algorithm", kind],
            _ => ["-algorithm", "RSA", "-pkeyopt", $"rsa_keygen_bits:{kind}"],
        };
        OpenSsl.Run(["genpkey", .. options, "-out", path]);
        return path;
    }

    private string DsaParameters()
    {
        var path = folder["dsa-parameters"];
        OpenSsl.Run("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-out", path);
        return path;
    }
}
