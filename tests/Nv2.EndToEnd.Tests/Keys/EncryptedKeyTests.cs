using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Private keys in PEM that openssl encrypted, and passphrases from each source.</summary>
public sealed class EncryptedKeyTests : IDisposable
{
    private static readonly KeyCase Key = KeyCase.Named("p256");

    private readonly KeyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("-v2", "aes-128-cbc")]
    [InlineData("-v2", "aes-192-cbc")]
    [InlineData("-v2", "aes-256-cbc")]
    [InlineData("-v2", "des3")]
    [InlineData("-v1", "PBE-SHA1-3DES")]
    [InlineData("-v1", "PBE-SHA1-2DES")]
    [InlineData("-v2prf", "hmacWithSHA1")]
    [InlineData("-v2prf", "hmacWithSHA256")]
    [InlineData("-v2prf", "hmacWithSHA384")]
    [InlineData("-v2prf", "hmacWithSHA512")]
    [InlineData("-iter", "1000000")]
    public void A_key_encrypted_by_openssl_signs_with_its_passphrase_and_not_with_another(string option, string value)
    {
        foreach (var key in new[] { Key, KeyCase.Named("rsa2048") })
        {
            var encrypted = Encrypt(key, option, value);
            folder.SignAndVerify(encrypted, key, "jws", "-c", key.CertificatePath, "--passphrase-from", $"file:{folder["passphrase"]}");
            var refusal = folder.RefuseToSign(encrypted, "--passphrase-from", $"file:{folder["wrong"]}");
            Assert.Contains("the passphrase is wrong", refusal, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ARIA", "-v2", "aria-256-cbc")]
    [InlineData("Camellia", "-v2", "camellia-128-cbc")]
    [InlineData("1.2.156.10197.1.104.2", "-v2", "sm4-cbc")]
    [InlineData("AES in a mode other than CBC", "-v2", "aes-256-ofb")]
    [InlineData("MD5 and DES", "-v1", "PBE-MD5-DES", "-provider", "default", "-provider", "legacy")]
    [InlineData("RC2", "-v1", "PBE-SHA1-RC2-128", "-provider", "default", "-provider", "legacy")]
    [InlineData("HMAC-SHA-224", "-v2prf", "hmacWithSHA224")]
    [InlineData("HMAC-SHA-512/2", "-v2prf", "hmacWithSHA512-256")]
    [InlineData("scrypt", "-scrypt")]
    public void Another_encryption_is_named_and_the_command_that_is_advised_makes_a_key_that_signs(string what, params string[] options)
    {
        var encrypted = Encrypt(Key, options);

        var refusal = folder.RefuseToSign(encrypted, "--passphrase-from", $"file:{folder["passphrase"]}");

        Assert.Contains(what, refusal, StringComparison.Ordinal);
        Assert.Contains("openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW", refusal, StringComparison.Ordinal);
        folder.Run(
            "openssl",
            "pkcs8",
            "-topk8",
            "-v2",
            "aes-256-cbc",
            "-in",
            encrypted,
            "-out",
            folder.Write("new", ""),
            "-passin",
            $"pass:{KeyFolder.Passphrase}",
            "-passout",
            $"pass:{KeyFolder.Passphrase}",
            "-provider",
            "default",
            "-provider",
            "legacy"
        );
        folder.SignAndVerify(folder["new"], Key, "jwt", "--passphrase-from", $"file:{folder["passphrase"]}");
    }

    [Fact]
    public void The_old_form_of_encryption_is_refused_and_the_command_that_is_advised_converts_it()
    {
        var old = folder.OpenSsl("old", "ec", "-in", Key.KeyPath, "-aes256", "-passout", $"pass:{KeyFolder.Passphrase}");

        Assert.Contains("openssl pkey -in KEY -aes256 -out NEW", folder.RefuseToSign(old), StringComparison.Ordinal);

        folder.Run(
            "openssl",
            "pkey",
            "-in",
            old,
            "-aes256",
            "-out",
            folder.Write("new", ""),
            "-passin",
            $"pass:{KeyFolder.Passphrase}",
            "-passout",
            $"pass:{KeyFolder.Passphrase}"
        );
        folder.SignAndVerify(folder["new"], Key, "jwt", "--passphrase-from", $"file:{folder["passphrase"]}");
    }

    [Fact]
    public void A_hostile_number_of_iterations_is_refused_before_anything_is_derived()
    {
        var der = Encoding.ASCII.GetString(File.ReadAllBytes(Encrypt(Key, "-iter", "8388607"))); // 0x7fffff

        Assert.Contains(
            "8388607 iterations",
            folder.RefuseToSign(folder.Write("hostile", der), "--passphrase-from", $"file:{folder["passphrase"]}"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_passphrase_comes_from_a_file_a_variable_or_a_descriptor_and_with_or_without_a_line_break()
    {
        var encrypted = Encrypt(Key);
        folder.Environment["SECRET"] = KeyFolder.Passphrase;
        folder.SignAndVerify(encrypted, Key, "jwt", "--passphrase-from", "env:SECRET");
        foreach (var end in new[] { "", "\n", "\r\n" })
        {
            var file = folder.Write("one", KeyFolder.Passphrase + end);
            folder.SignAndVerify(encrypted, Key, "jwt", "--passphrase-from", $"file:{file}");
            folder.Run(
                "bash",
                "-c",
                $"exec '{Nv2Binary.Path}' sign -k '{encrypted}' -o '{folder["s"]}' --passphrase-from fd:7 '{KeyCase.ManifestPath}' 7< '{file}'"
            );
        }
    }

    [Theory]
    [InlineData("env:NOT_SET", "is not set")]
    [InlineData("file:missing", "there is no such file")]
    [InlineData("file:empty", "is empty")]
    [InlineData("file:lines", "is not one line of text")]
    [InlineData("file:long", "is longer than 4096 bytes")]
    [InlineData("file:binary", "is not text in UTF-8")]
    [InlineData("fd:99", "is not open for reading")]
    public void A_passphrase_that_is_not_there_or_no_text_is_refused(string source, string failure)
    {
        folder.Write("empty", "\n");
        folder.Write("lines", "one\ntwo\n");
        folder.Write("long", new string('x', 5000));
        folder.Write("binary", [0xff, 0xfe, 0x80]);

        Assert.Contains(failure, folder.RefuseToSign(Encrypt(Key), "--passphrase-from", source), StringComparison.Ordinal);
    }

    [Fact]
    public void A_passphrase_in_the_place_of_a_source_is_refused_and_not_shown()
    {
        var result = folder.Nv2("sign", "-k", Encrypt(Key), "--passphrase-from", KeyFolder.Passphrase, KeyCase.ManifestPath);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("expected file:PATH, env:NAME, fd:NUMBER or prompt", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(KeyFolder.Passphrase, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_terminal_the_passphrase_is_asked_for_without_an_echo()
    {
        var encrypted = Encrypt(Key);

        // script(1) gives it a terminal, which answers when the question is there.
        var typed = folder.Write(
            "typed.sh",
            $"""
            (until grep -q passphrase '{folder[
                "screen"
            ]}' 2>/dev/null; do read -rt 0.05 <> <(:) || true; done; printf '%s\n' '{KeyFolder.Passphrase}') |
                script -qefc "'{Nv2Binary.Path}' sign -k '{encrypted}' -o '{folder["s"]}' '{KeyCase.ManifestPath}'" '{folder["screen"]}' >/dev/null
            """
        );
        folder.Run("bash", typed);

        var screen = File.ReadAllText(folder["screen"]);
        Assert.Contains("the passphrase of", screen, StringComparison.Ordinal);
        Assert.DoesNotContain(KeyFolder.Passphrase, screen, StringComparison.Ordinal);
        folder.Nv2("verify", "-f", folder["s"], "-c", Key.CertificatePath, KeyCase.ManifestPath).RequireSuccess();
    }

    [Fact]
    public void Without_a_terminal_the_refusal_says_how_to_name_a_source()
    {
        var result = Tool.Run(
            "setsid",
            ["-w", Nv2Binary.Path, "sign", "-k", Encrypt(Key), "-o", folder["s"], KeyCase.ManifestPath],
            workingDirectory: folder.Path
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("expected --passphrase-from file:PATH, env:NAME or fd:NUMBER", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_names_the_source_in_its_request()
    {
        var encrypted = Encrypt(Key);
        string Request(string config) =>
            $$"""
                {"protocolVersion":"1.0","keyId":"{{encrypted}}","pluginConfig":{{{config}}},"signatureFormat":"application/cose",
                 "subject":{"mediaType":"{{KeyCase.ManifestMediaType}}",
                 "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2} }
                """;

        Nv2Binary
            .Request("generate-signature", Request($"\"certificate\":\"{Key.CertificatePath}\",\"passphraseFrom\":\"file:{folder["passphrase"]}\""))
            .RequireSuccess();
        var refusal = Nv2Binary.Request("generate-signature", Request($"\"certificate\":\"{Key.CertificatePath}\""));
        Assert.Equal(1, refusal.ExitCode);
        Assert.Contains("$.pluginConfig.passphraseFrom", refusal.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_request_of_a_stream_gets_the_passphrase_from_the_environment()
    {
        var encrypted = Encrypt(Key);
        folder.Environment["SECRET"] = KeyFolder.Passphrase;
        var request = $$"""{"protocolVersion":"1.0","keyId":"{{encrypted}}","pluginConfig":{"passphraseFrom":"env:SECRET"} }""";

        var requests = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"{request}\n", 3)));
        var result = Tool.Run(Nv2Binary.Path, ["describe", "--stream"], requests, folder.Path, folder.Environment).RequireSuccess();

        Assert.Equal(3, result.Stdout.Split("EC-256").Length - 1);
    }

    private string Encrypt(KeyCase key, params string[] options) =>
        folder.OpenSsl($"{key.Name}.encrypted", ["pkcs8", "-topk8", "-in", key.KeyPath, "-passout", $"pass:{KeyFolder.Passphrase}", .. options]);
}
