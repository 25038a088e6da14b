namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Any command as a key, good ones and those that fail in one way or another: none of them can make nv2 write a bad signature.</summary>
public sealed class CommandKeyTests : IDisposable
{
    private const string Pss = "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest";

    private readonly KeyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("p256", "jwt", "")]
    [InlineData("p384", "json", "")]
    [InlineData("p521", "jws", "")]
    [InlineData("p256", "cose", "")]
    [InlineData("rsa2048", "jwt", "")]
    [InlineData("rsa3072", "jws", Pss)]
    [InlineData("rsa4096", "cose", Pss)]
    public void Openssl_signs_the_digest(string name, string format, string options)
    {
        var key = KeyCase.Named(name);
        folder.SignAndVerify(
            $"exec:openssl pkeyutl -sign -inkey '{key.KeyPath}' -pkeyopt digest:$NV2_HASH {options}",
            key,
            format,
            "-c",
            key.CertificatePath
        );
    }

    [Theory]
    [InlineData("p256", "jws", "")]
    [InlineData("rsa2048", "cose", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest")]
    public void Openssl_signs_the_content(string name, string format, string options)
    {
        var key = KeyCase.Named(name);
        folder.SignAndVerify($"exec-content:openssl dgst -$NV2_HASH -sign '{key.KeyPath}' {options}", key, format, "-c", key.CertificatePath);
    }

    [Fact]
    public void A_command_learns_what_to_do_from_its_environment()
    {
        var key = KeyCase.Named("p384");
        folder.SignAndVerify(
            $"exec:printf '%s %s %s' $NV2_ALGORITHM $NV2_HASH $NV2_KEY_SPEC > seen; openssl pkeyutl -sign -inkey '{key.KeyPath}'",
            key,
            "jwt",
            "-c",
            key.CertificatePath
        );

        Assert.Equal("ES384 sha384 EC-384", File.ReadAllText(folder["seen"]));
    }

    [Theory]
    [InlineData("exec:openssl pkeyutl -sign -inkey '{other}'", "is not valid for the public key")]
    [InlineData("exec:printf 'no signature'", "is not valid for the public key")]
    [InlineData("exec:head -c 64 /dev/zero", "is not valid for the public key")]
    [InlineData("exec:cat > /dev/null; openssl rand 32 | openssl pkeyutl -sign -inkey '{key}'", "is not valid for the public key")]
    [InlineData("exec:true", "wrote no signature")]
    [InlineData("exec:openssl pkeyutl -sign -inkey '{key}'; echo", "is not valid for the public key")]
    [InlineData("exec:openssl pkeyutl -sign -inkey '{key}'; exit 3", "exit code 3")]
    [InlineData("exec:echo the token is gone >&2; exit 1", "the token is gone")]
    [InlineData("exec:kill -9 $$", "exit code 137")]
    [InlineData("exec:no-such-program-here", "exit code 127")]
    [InlineData("exec:yes", "printed more than")]
    [InlineData("exec:sleep 600", "without a result")]
    [InlineData("exec:sleep 600 & disown; exec sleep 600", "without a result")]
    [InlineData("exec:", "has no command")]
    public void A_command_that_fails_or_lies_signs_nothing(string command, string failure)
    {
        var key = KeyCase.Named("p256");
        var other = folder.OpenSsl("other.key", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256");
        var reference = command.Replace("{key}", key.KeyPath, StringComparison.Ordinal).Replace("{other}", other, StringComparison.Ordinal);

        var isSlow = failure == "without a result";
        var refusal = folder.RefuseToSign(reference, "-c", key.CertificatePath, "--key-timeout", isSlow ? "2s" : "1m");

        Assert.Contains(failure, refusal, StringComparison.Ordinal);
        Assert.Equal(isSlow, refusal.Contains("hint: give it more time with --key-timeout", StringComparison.Ordinal));
        Assert.DoesNotContain("--transfer", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_certificate_there_is_nothing_to_verify_with() =>
        Assert.Contains("needs the certificate of the key", folder.RefuseToSign("exec:true"), StringComparison.Ordinal);

    [Fact]
    public void A_signature_as_fixed_width_numbers_is_taken_too()
    {
        var key = KeyCase.Named("p256");
        var signer = folder.WriteProgram(
            "flat",
            $$"""
            #!/bin/bash
            # Both numbers of the DER signature, 32 bytes each.
            openssl pkeyutl -sign -inkey '{{key.KeyPath}}' | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
                while read -r number; do printf '%064s' "$number" | tr ' ' 0; done | xxd -r -p
            """
        );

        folder.SignAndVerify($"exec:{signer}", key, "cose", "-c", key.CertificatePath);
    }
}
