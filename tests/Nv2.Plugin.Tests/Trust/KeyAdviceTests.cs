using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>The advice if no trusted signer has signed, and that it works.</summary>
public sealed class KeyAdviceTests : IDisposable
{
    private readonly TrustUser user = new();

    public static TheoryData<string> Formats => TrustUser.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_configured_address_comes_with_the_fingerprint_to_expect_and_the_advice_works(string format)
    {
        user.Trusts("wabbit").Sign(format, "acme");
        user.Folder.Write(
            TrustUser.Settings,
            new JsonObject
            {
                ["version"] = "1.0",
                ["keys"] = new JsonArray(
                    Key("*", "https://everybody.example.com/root.crt", "wabbit", "ca:everybody"),
                    Key(TrustUser.Repository, "https://acme.example.com/keys/root.crt?for=app", "acme-root", "ca:acme")
                ),
            }.ToJsonString()
        );

        var lines = user.VerifyNamed().Stderr.TrimEnd('\n').Split('\n');
        Assert.Equal(
            [
                "signed by:",
                $"  CN=acme,OU=build,O=acme,ST=WA,C=US, sha256 {user.Thumbprint("acme")}",
                "if you trust them, get the certificate, check it, and try again:",
                $"  curl -fsSL 'https://acme.example.com/keys/root.crt?for=app' | nv2 trust add acme - --fingerprint {user.Thumbprint("acme-root")}",
                $"  nv2 trust allow {TrustUser.Repository} --store ca:acme",
            ],
            lines[^5..]
        );

        var thumbprint = user.Thumbprint("acme-root");
        Assert.Equal(
            $$"""[{"url":"https://acme.example.com/keys/root.crt?for=app","sha256Thumbprint":"{{thumbprint}}","store":"ca:acme"}]""",
            Sources()
        );

        // What the commands say, with a stand-in for curl; a home that is named in the environment.
        Follow(lines[^2..], "acme-root.crt");
        var verified = user.VerifyNamed().RequireSuccess();
        Assert.Equal($"{user.Digest}\n", verified.Stdout);
        Assert.DoesNotContain("signed by:", verified.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Without_one_the_certificate_itself_says_where_its_authoritys_is(string format)
    {
        user.Trusts("wabbit").Sign(format, "acme");

        var lines = user.VerifyNamed().Stderr.TrimEnd('\n').Split('\n');
        Assert.Equal(
            [
                "if you trust them, get the certificate's SHA-256 fingerprint from its owner (only the signer names the address), and try again:",
                $"  curl -fsSL '{TrustUser.IssuerAddress}' | nv2 trust add registry.example.com-team-app - --fingerprint SHA256",
                $"  nv2 trust allow {TrustUser.Repository} --store ca:registry.example.com-team-app",
            ],
            lines[^3..]
        );
        Assert.Equal($$"""[{"url":"{{TrustUser.IssuerAddress}}"}]""", Sources());
        Assert.NotEqual(0, TryToFollow(lines[^2..], "acme-root.crt").ExitCode);
        Follow([.. lines[^2..].Select(line => line.Replace("SHA256", user.Thumbprint("acme-root"), StringComparison.Ordinal))], "acme-root.crt");
        user.VerifyNamed().RequireSuccess();
        Assert.Null(Sources());
    }

    [Theory]
    [InlineData("team")]
    [InlineData("registry.example.com-team-app")]
    public void An_advised_store_counts_for_nobody_else(string taken)
    {
        user.Trust("add", taken, "wabbit.crt").RequireSuccess();
        user.WritePolicy(
            TrustUser.Statement("theirs", $"ca:{taken}", "registry.example.com/wabbit/tool"),
            TrustUser.Statement("everybody", $"ca:{taken}", "*")
        );
        user.Sign("jwt", "acme");
        user.Folder.Write(
            TrustUser.Settings,
            new JsonObject
            {
                ["version"] = "1.0",
                ["keys"] = new JsonArray(Key("*", "https://acme.example.com/root.crt", "acme-root", $"ca:{taken}")),
            }.ToJsonString()
        );

        var advice = user.VerifyNamed().Stderr;

        Assert.Contains("nv2 trust add registry.example.com-team-app", advice, StringComparison.Ordinal);
        Assert.DoesNotContain($"trust add {taken} ", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("store\":", Sources()!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_signer_of_a_store_that_counts_has_to_be_asked_for()
    {
        user.Trusts("wabbit");
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        var before = user.Folder.Fingerprint();

        var refused = user.Trust("add", "wabbit", "acme-root.crt");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains($"is already used by the statement \"app\" (for {TrustUser.Repository})", refused.Stderr, StringComparison.Ordinal);
        Assert.Equal(before, user.Folder.Fingerprint());
        Assert.Contains(
            "nv2: warning: the trust store ca:wabbit is already used",
            user.Trust("add", "wabbit", "acme-root.crt", "--second-signer").RequireSuccess().Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Where_nothing_says_where_it_is_its_owner_has_to_be_asked()
    {
        user.Trusts("acme").Sign("jws", "wabbit");

        Assert.EndsWith(
            $"signed by:\n  CN=wabbit,O=wabbit,ST=WA,C=US, sha256 {user.Thumbprint("wabbit")}\nif you trust one of them, get its certificate or "
                + "its authority's certificate from its owner, and try again:\n  nv2 trust add NAME FILE --fingerprint SHA256 && nv2 trust allow "
                + $"{TrustUser.Repository} --store NAME\n",
            user.VerifyNamed().Stderr,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("http://evil.example.com/';id;'")]
    [InlineData("http://evil.example.com/$(id)`id`|id&\u001b[31m")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ldap://evil.example.com/cn=x?cACertificate")]
    public void No_address_of_a_stranger_can_be_anything_but_an_address(string address)
    {
        // As bytes, because openssl would refuse to write some of them as text: SEQUENCE { SEQUENCE { id-ad-caIssuers, [6] address } }.
        var uri = System.Text.Encoding.Latin1.GetBytes(address);
        byte[] description =
        [
            0x30,
            (byte)(12 + uri.Length),
            0x06,
            0x08,
            0x2B,
            0x06,
            0x01,
            0x05,
            0x05,
            0x07,
            0x30,
            0x02,
            0x86,
            (byte)uri.Length,
            .. uri,
        ];
        byte[] extension = [0x30, (byte)description.Length, .. description];
        var signing = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:registry.example.com";
        user.Certify("evil", "/CN=evil", $"{signing}\n1.3.6.1.5.5.7.1.1=DER:{Convert.ToHexString(extension)}", "acme-root");
        user.Trusts("wabbit").Sign("jwt", "evil");

        var result = user.VerifyNamed();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("\nsigned by:\n  CN=evil", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example.com/'", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("/etc/passwd", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("ldap", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strangers_name_cannot_speak_for_nv2()
    {
        user.Certify(
            "evil",
            "/CN=x\nnv2: all is well\u001b[2K",
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:registry.example.com",
            null,
            "-utf8"
        );
        user.Trusts("wabbit").Sign("jwt", "evil");

        var result = user.VerifyNamed();
        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("\nnv2: all is well", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_signature_is_nobodys_and_no_advice_comes_with_it()
    {
        user.Trusts("wabbit");
        var signature = user.SignFile("jws", "acme");
        user.Folder.Write("app.json", Vectors.Read("manifests/oci-image.json"));

        Assert.DoesNotContain("trust add", user.VerifyFile(signature, "-r", TrustUser.Name).Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => user.Dispose();

    private string? Sources() => JsonNode.Parse(user.VerifyNamed("--json").Stdout)!["certificateSources"]?.ToJsonString();

    private JsonObject Key(string scope, string url, string certificate, string store) =>
        new()
        {
            ["scope"] = scope,
            ["url"] = url,
            ["sha256Thumbprint"] = user.Thumbprint(certificate),
            ["store"] = store,
        };

    private void Follow(string[] commands, string certificate) => TryToFollow(commands, certificate).RequireSuccess();

    private ProcessResult TryToFollow(string[] commands, string certificate)
    {
        var script = $"set -euo pipefail\ncurl() {{ cat {certificate}; }}\nnv2() {{ '{Nv2Binary.Path}' \"$@\"; }}\n{string.Join('\n', commands)}\n";
        return Tool.Run(
            "bash",
            ["-c", script],
            workingDirectory: user.Folder.Path,
            environment: new Dictionary<string, string?> { ["NV2_HOME"] = user.Folder[TrustUser.Home] }
        );
    }
}
