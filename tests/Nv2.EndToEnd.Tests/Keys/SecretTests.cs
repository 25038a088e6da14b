using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>A passphrase or a PIN is in no output and, when the signature is made, nowhere in memory: gdb writes the image of the process just before
/// it exits.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly KeyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("file")]
    [InlineData("env")]
    public void Nothing_of_the_passphrase_of_an_encrypted_key_stays(string source)
    {
        var key = KeyCase.Named("p256");
        var encrypted = folder.OpenSsl("encrypted", "pkcs8", "-topk8", "-in", key.KeyPath, "-passout", $"pass:{KeyFolder.Passphrase}");

        AssertGone(KeyFolder.Passphrase, source, encrypted, "-c", key.CertificatePath);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("env")]
    public void Nothing_of_the_passphrase_of_a_PKCS_12_file_stays(string source)
    {
        var key = KeyCase.Named("rsa2048");
        var file = folder.OpenSsl(
            "key.p12",
            "pkcs12",
            "-export",
            "-inkey",
            key.KeyPath,
            "-in",
            key.CertificatePath,
            "-passout",
            $"pass:{KeyFolder.Passphrase}"
        );

        AssertGone(KeyFolder.Passphrase, source, file);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("env")]
    public void Nothing_of_the_PIN_of_a_token_stays(string source)
    {
        var token = new SoftToken(folder);
        token.ImportKey(KeyCase.Named("p256"), "01");

        AssertGone(SoftToken.Pin, source, $"pkcs11:token={Uri.EscapeDataString(SoftToken.Label)};object=p256?module-path={SoftToken.Module}");
    }

    [Fact]
    public void Nothing_of_the_PIN_stays_in_the_process_of_the_module()
    {
        const int Logout = 19;
        var token = new SoftToken(folder);
        token.ImportKey(KeyCase.Named("p256"), "01");
        var module = token.MakeModule(Logout, "extern int raise(int); raise(19); return real(a, b, c, d, e);"); // It stops itself when all is signed.

        folder.Run(
            "bash",
            "-c",
            $"""
            '{Nv2Binary.Path}' sign -k '{token.Reference("object=p256", module)}' -o '{folder["s"]}' '{KeyCase.ManifestPath}' &
            signing=$!
            until host=$(pgrep -P $signing) && grep -q 'State:.*stopped' /proc/$host/status; do read -rt 0.05 <> <(:) || true; done
            gcore -o '{folder["core"]}' $host && mv '{folder["core"]}'.$host '{folder["core"]}'
            kill -CONT $host
            wait $signing
            """
        );

        var image = File.ReadAllBytes(folder["core"]);
        Assert.True(Holds(image, SoftToken.Label) && File.Exists(folder["s"]));
        Assert.False(Holds(image, SoftToken.Pin), "the image of the process holds the PIN");
    }

    [Fact]
    public void The_image_would_show_what_is_there()
    {
        var image = Image(
            "file:/nowhere",
            KeyCase.Named("p256").KeyPath,
            ["--user-metadata", "note=a-word-that-is-there", "--format", "jws", "-c", KeyCase.Named("p256").CertificatePath]
        );

        Assert.True(Holds(image, "a-word-that-is-there"));
    }

    private void AssertGone(string secret, string source, string key, params string[] options)
    {
        folder.Write("secret", secret);
        folder.Environment["SECRET_SOURCE"] = secret;
        var from = source == "file" ? $"file:{folder["secret"]}" : "env:SECRET_SOURCE";
        var result = folder
            .Nv2(["sign", "--verbose", "-k", key, "--passphrase-from", from, "-o", folder["s"], .. options, KeyCase.ManifestPath])
            .RequireSuccess();
        Assert.DoesNotContain(secret, result.Stdout + result.Stderr, StringComparison.Ordinal);

        // The debugger starts the program with its own environment, so the variable is set for that alone which needs it.
        if (source == "file")
            folder.Environment.Remove("SECRET_SOURCE");
        var image = Image(from, key, options);

        Assert.False(Holds(image, secret), "the image of the process holds the secret");
    }

    private byte[] Image(string from, string key, string[] options)
    {
        var core = folder["core"];
        var log = folder.Run(
            "gdb",
            [
                "-q",
                "-batch",
                "-iex",
                "set debuginfod enabled off",
                "-ex",
                "handle all nostop noprint pass",
                "-ex",
                "catch syscall exit_group",
                "-ex",
                "run",
                "-ex",
                $"gcore {core}",
                "-ex",
                "kill",
                "--args",
                Nv2Binary.Path,
                "sign",
                "-k",
                key,
                "--passphrase-from",
                from,
                "-o",
                folder["s2"],
                .. options,
                KeyCase.ManifestPath,
            ]
        );
        Assert.True(File.Exists(folder["s2"]) && File.Exists(core), $"{log.Stdout}{log.Stderr}");
        return File.ReadAllBytes(core);
    }

    private static bool Holds(byte[] image, string text) =>
        image.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0
        || image.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0
        || image.AsSpan().IndexOf(Encoding.BigEndianUnicode.GetBytes(text)) >= 0;
}
