using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Keys on a PKCS#11 token: SoftHSM's, by itself and through p11-kit's proxy.</summary>
public sealed class TokenTests : IDisposable
{
    private const int OpenSession = 12;
    private const int Login = 18;
    private const int SignPlace = 43;

    private static readonly string[] Formats = ["jwt", "json", "jws", "cose"];

    private readonly KeyFolder folder = new();
    private readonly SoftToken token;

    public TokenTests() => token = new SoftToken(folder);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("rsa2048")]
    [InlineData("rsa3072")]
    [InlineData("rsa4096")]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("p521")]
    public void An_imported_key_signs_in_all_formats_with_a_certificate_from_the_token_or_from_a_file(string name)
    {
        var key = KeyCase.Named(name);
        token.ImportKey(key, "a1");
        foreach (var format in Formats)
            folder.SignAndVerify(token.Reference($"object={name}"), key, format, "-c", key.CertificatePath);

        token.ImportCertificate(key.CertificatePath, "a1", "whatever");
        foreach (var format in Formats)
            folder.SignAndVerify(token.Reference("id=%a1"), key, format);
    }

    [Theory]
    [InlineData("rsa:2048", "RSA-2048")]
    [InlineData("rsa:3072", "RSA-3072")]
    [InlineData("rsa:4096", "RSA-4096")]
    [InlineData("EC:prime256v1", "EC-256")]
    [InlineData("EC:secp384r1", "EC-384")]
    [InlineData("EC:secp521r1", "EC-521")]
    public void A_generated_key_that_never_leaves_the_token_signs_in_all_formats(string type, string spec)
    {
        token.Pkcs11Tool("--keypairgen", "--key-type", type, "--id", "07", "--label", "made here");
        var reference = token.Reference("object=made%20here");
        Assert.Contains(spec, folder.Nv2("key", "describe", reference).RequireSuccess().Stdout, StringComparison.Ordinal);

        var publicKey = folder.Write("public.der", ReadPublicKey(spec));
        folder.Run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", publicKey, "-out", folder["public.pem"]);
        folder.Run(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            folder["ca.key"],
            "-out",
            folder["ca.crt"],
            "-days",
            "2",
            "-subj",
            "/C=US/ST=WA/O=ca",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign"
        );
        folder.Run(
            "openssl",
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            folder["any.key"],
            "-out",
            folder["any.csr"],
            "-subj",
            $"/C=US/ST=WA/O=signer/CN={KeyCase.Registry}"
        );
        folder.Run(
            "openssl",
            "x509",
            "-req",
            "-in",
            folder["any.csr"],
            "-CA",
            folder["ca.crt"],
            "-CAkey",
            folder["ca.key"],
            "-force_pubkey",
            folder["public.pem"],
            "-days",
            "2",
            "-extfile",
            folder.Write("leaf.ext", "keyUsage=critical,digitalSignature\n"),
            "-out",
            folder["leaf.crt"]
        );
        var chain = folder.Write("chain.crt", File.ReadAllText(folder["leaf.crt"]) + File.ReadAllText(folder["ca.crt"]));
        foreach (var format in Formats)
        {
            folder.Nv2("sign", "--format", format, "-k", reference, "-c", chain, "-o", folder[format], KeyCase.ManifestPath).RequireSuccess();
            folder.Nv2("verify", "-f", folder[format], "--ca-cert", folder["ca.crt"], KeyCase.ManifestPath).RequireSuccess();
        }
    }

    [Fact]
    public void The_proxy_of_p11_kit_is_the_default_module()
    {
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");

        folder.SignAndVerify(
            $"pkcs11:token={Uri.EscapeDataString(SoftToken.Label)};object=p256?pin-source=file:{folder["pin"]}",
            key,
            "cose",
            "-c",
            key.CertificatePath
        );
        Assert.Contains("pkcs11:token=nv2%20test  ", folder.Nv2("key", "list-tokens").RequireSuccess().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void The_PIN_comes_from_each_source()
    {
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");
        var bare = $"pkcs11:token={Uri.EscapeDataString(SoftToken.Label)};object=p256?module-path={SoftToken.Module}";
        folder.Environment["TOKEN_PIN"] = SoftToken.Pin;

        folder.SignAndVerify(bare, key, "jwt", "--passphrase-from", $"file:{folder["pin"]}");
        folder.SignAndVerify(bare, key, "jwt", "--passphrase-from", "env:TOKEN_PIN");
        folder.SignAndVerify($"{bare}&pin-source=env:TOKEN_PIN", key, "jwt");
        folder.SignAndVerify($"{bare}&pin-source={folder["pin"]}", key, "jwt");
        folder.SignAndVerify($"{bare}&pin-source=file://{folder["pin"]}", key, "jwt");
        folder.Run(
            "bash",
            "-c",
            $"exec '{Nv2Binary.Path}' sign -k '{bare}' -o '{folder["s"]}' --passphrase-from fd:7 '{KeyCase.ManifestPath}' 7< '{folder["pin"]}'"
        );
    }

    [Fact]
    public void A_wrong_PIN_is_tried_once()
    {
        token.ImportKey(KeyCase.Named("p256"), "01");
        var log = folder["logins"];
        var module = token.MakeModule(Login, $"FILE *f = fopen(\"{log}\", \"a\"); fputs(\"login\\n\", f); fclose(f); return real(a, b, c, d, e);");
        folder.Write("pin", "0000");

        var refusal = folder.RefuseToSign(token.Reference("object=p256", module));

        Assert.Contains("the PIN is wrong", refusal, StringComparison.Ordinal);
        Assert.Contains("it was tried once", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("0000", refusal, StringComparison.Ordinal);
        Assert.Equal("login\n", File.ReadAllText(log));
        Assert.Contains(
            "user PIN count low",
            folder.Run("pkcs11-tool", "--module", SoftToken.Module, "--list-slots").Stdout,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("object=other", "has no private key that matches the URI: it has \"same\" (id=%01), \"same\" (id=%02)")]
    [InlineData(
        "object=same",
        "has 2 private keys that match the URI: expected one, selected by object=… and id=…; the keys are \"same\" (id=%01), \"same\" (id=%02)"
    )]
    [InlineData("", "has 2 private keys that match the URI")]
    [InlineData("object=same;id=%03", "has no private key that matches the URI")]
    [InlineData("serial=0", "has no token that matches the URI: it has \"nv2 test\"")]
    [InlineData("object=same;pin-value=1234", "has pin-value, which would show the PIN")]
    [InlineData("object=same;colour=blue", "has the unknown attribute \"colour\"")]
    [InlineData("object=same;library-version=2", "has library-version, which is not supported: expected module-path")]
    [InlineData("object=same;object=same", "has \"object\" twice")]
    [InlineData("object", "has \"object\": expected NAME=VALUE")]
    [InlineData("object=%4", "is not percent-encoded")]
    [InlineData("object=%ff", "is not UTF-8")]
    [InlineData("type=cert", "expected type=private, or no type")]
    [InlineData("slot-id=x", "has slot-id=x: expected a number")]
    [InlineData("slot-id=99", "has no token that matches the URI")]
    [InlineData("module-name=x", "has module-name before the ?")]
    public void A_URI_that_names_nothing_or_too_much_is_refused_with_what_was_found(string attributes, string failure)
    {
        token.ImportKey(KeyCase.Named("p256"), "01", "same");
        token.ImportKey(KeyCase.Named("p384"), "02", "same");

        Assert.Contains(failure, folder.RefuseToSign(token.Reference(attributes)), StringComparison.Ordinal);
        folder.SignAndVerify(token.Reference("object=same;id=%02"), KeyCase.Named("p384"), "jwt");
    }

    [Theory]
    [InlineData("module-path=/nowhere/module.so", "there is no PKCS#11 module \"/nowhere/module.so\"")]
    [InlineData("module-path=module.so", "expected the absolute path of a module")]
    [InlineData("module-path=/etc/passwd", "is not a shared library")]
    [InlineData("module-path={other}", "is for arm64: expected one for x86-64")]
    [InlineData("module-path={no-module}", "it has no function C_GetFunctionList")]
    [InlineData("module-name=no-such-module", "cannot load the PKCS#11 module")]
    [InlineData("module-name=a&module-path=/b", "which cannot be combined")]
    [InlineData("pin-source=|cat%20/etc/passwd", "has a command in pin-source, which is not supported")]
    [InlineData("colour=blue", "has the unknown attribute \"colour\"")]
    public void A_module_that_is_none_is_refused(string query, string failure)
    {
        var library = File.ReadAllBytes(SoftToken.Module);
        library[18] = 183; // The machine of an ELF header.
        folder.Write("other.so", library);
        folder.Run("gcc", "-shared", "-fPIC", "-o", folder["no-module.so"], folder.Write("empty.c", "int nothing;"));
        var named = query
            .Replace("{other}", folder["other.so"], StringComparison.Ordinal)
            .Replace("{no-module}", folder["no-module.so"], StringComparison.Ordinal);
        var uri = $"pkcs11:object=a?{named}";

        Assert.Contains(failure, folder.RefuseToSign(uri), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SignPlace, "*(volatile int *)8 = 1; return 0;", "crashed (signal 11)")]
    [InlineData(SignPlace, "abort(); return 0;", "crashed (signal 6)")]
    [InlineData(SignPlace, "exit(0); return 0;", "exited (exit code 0)")]
    [InlineData(SignPlace, "for (;;) pause(); return 0;", "did not respond within 3 seconds")]
    [InlineData(SignPlace, "for (;;) puts(\"noise noise noise\"); return 0;", "did not respond within 3 seconds")]
    [InlineData(SignPlace, "unsigned long r = real(a, b, c, d, e); ((char *)d)[5] ^= 1; return r;", "is not valid for the public key")]
    [InlineData(SignPlace, "memset(d, 0, 64); *(unsigned long *)e = 64; return 0;", "is not valid for the public key")]
    [InlineData(SignPlace, "*(unsigned long *)e = 1UL << 40; return 0;", "is not valid for the public key")]
    [InlineData(SignPlace, "return 0x32;", "the token was removed")]
    [InlineData(SignPlace, "return 0x30;", "the token has a device error")]
    [InlineData(OpenSession, "return 0xe0;", "the token was removed")]
    [InlineData(Login, "return 0xa4;", "the PIN is locked")]
    [InlineData(0, "return 5;", "CKR_GENERAL_ERROR")]
    [InlineData(0, "*(volatile int *)8 = 1; return 0;", "crashed (signal 11)")]
    [InlineData(0, "for (;;) pause(); return 0;", "did not respond within 3 seconds")]
    public void A_module_that_crashes_hangs_fails_or_lies_ends_the_command_without_a_signature(int place, string body, string failure)
    {
        token.ImportKey(KeyCase.Named("p256"), "01");
        var module = token.MakeModule(place, body);

        Assert.Contains(
            failure,
            folder.RefuseToSign(
                token.Reference("object=p256", module),
                "--key-timeout",
                failure.StartsWith("did not respond", StringComparison.Ordinal) ? "3s" : "1m"
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_module_that_prints_does_not_disturb_the_signature()
    {
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");
        var module = token.MakeModule(SignPlace, "puts(\"hello\"); fflush(stdout); return real(a, b, c, d, e);");

        folder.SignAndVerify(token.Reference("object=p256", module), key, "jwt");
    }

    [Fact]
    public void A_token_that_is_gone_is_missed()
    {
        token.ImportKey(KeyCase.Named("p256"), "01");
        Directory.Delete(folder["tokens"], recursive: true);
        Directory.CreateDirectory(folder["tokens"]);

        Assert.Contains("no token that matches the URI", folder.RefuseToSign(token.Reference("object=p256")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_can_only_do_PSS_makes_no_jwt_and_one_that_cannot_makes_no_jws()
    {
        var key = KeyCase.Named("rsa2048");
        token.ImportKey(key, "01");
        // C_GetMechanismInfo takes the right to sign from some mechanisms.
        string Without(string condition) =>
            token.MakeModule(
                8,
                $"unsigned long r = real(a, b, c, d, e), m = (unsigned long)b; if ({condition}) ((unsigned long *)c)[2] = 0; return r;"
            );

        var pss = Without("m == 1 || (m >= 0x40 && m <= 0x42)");
        var refusal = folder.RefuseToSign(token.Reference("object=rsa2048", pss));
        Assert.Contains(
            "the format jwt requires RS256, but the key can sign only with PS256, PS384 or PS512: expected the format jws or cose",
            refusal,
            StringComparison.Ordinal
        );
        folder.SignAndVerify(token.Reference("object=rsa2048", pss), key, "jws", "-c", key.CertificatePath);

        var raw = Without("m == 0xd || (m >= 0x43 && m <= 0x45)");
        var other = folder.RefuseToSign(token.Reference("object=rsa2048", raw), "--format", "cose", "-c", key.CertificatePath);
        Assert.Contains("expected the format jwt or json", other, StringComparison.Ordinal);
        folder.SignAndVerify(token.Reference("object=rsa2048", raw), key, "jwt");

        // With hashing on the token alone.
        var hashing = Without("m == 1 || m == 0xd");
        foreach (var format in Formats)
            folder.SignAndVerify(token.Reference("object=rsa2048", hashing), key, format, "-c", key.CertificatePath);
    }

    [Fact]
    public void A_token_with_mechanisms_that_hash_alone_makes_ECDSA_signatures()
    {
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");
        var log = folder["mechanisms"];
        folder.SignAndVerify(
            token.Reference(
                "object=p256",
                token.MakeModule(
                    42,
                    $"FILE *f = fopen(\"{log}\", \"a\"); fprintf(f, \"%lx\\n\", *(unsigned long *)b); fclose(f); return real(a, b, c, d, e);"
                )
            ),
            key,
            "jwt"
        );

        Assert.Equal("1041\n", File.ReadAllText(log));
    }

    [Fact]
    public void A_certificate_of_another_key_is_refused_in_the_words_of_both()
    {
        token.ImportKey(KeyCase.Named("p256"), "01");

        var refusal = folder.RefuseToSign(token.Reference("object=p256"), "-c", KeyCase.Named("p384").CertificatePath);

        Assert.Contains("the key (EC-256) does not belong to the certificate", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hundred_signatures_in_one_process_take_one_session_and_one_login()
    {
        const int Count = 200;
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");
        WriteIndex(Count);
        var log = folder["sessions"];
        var module = token.MakeModule(
            OpenSession,
            $"FILE *f = fopen(\"{log}\", \"a\"); fputs(\"session\\n\", f); fclose(f); return real(a, b, c, d, e);"
        );

        var result = folder
            .Nv2(
                "sign",
                "-k",
                token.Reference("object=p256", module),
                "-c",
                key.CertificatePath,
                "-r",
                $"{KeyCase.Registry}/app:v1",
                "--recursive",
                "--oci-layout",
                folder["layout:v1"]
            )
            .RequireSuccess();

        Assert.Equal(Count + 1, result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal("session\n", File.ReadAllText(log));
    }

    [Fact]
    public void Every_contract_signs_with_a_token()
    {
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");
        token.ImportCertificate(key.CertificatePath, "01", "leaf");
        var reference = token.Reference("object=p256");
        ProcessResult Request(string command, JsonObject request)
        {
            request["keyId"] = reference;
            return Tool.Run(Nv2Binary.Path, [command], System.Text.Encoding.UTF8.GetBytes(request.ToJsonString()), folder.Path, folder.Environment)
                .RequireSuccess();
        }

        Assert.Contains("EC-256", Request("describe", new() { ["protocolVersion"] = "1.0" }).Stdout, StringComparison.Ordinal);
        Request(
            "generate-signature",
            new()
            {
                ["protocolVersion"] = "1.0",
                ["subject"] = new JsonObject
                {
                    ["mediaType"] = KeyCase.ManifestMediaType,
                    ["digest"] = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                    ["size"] = 2,
                },
            }
        );
        Assert.Contains("EC-256", Request("describe-key", new() { ["contractVersion"] = "1.0" }).Stdout, StringComparison.Ordinal);
        Request(
            "generate-signature",
            new()
            {
                ["contractVersion"] = "1.0",
                ["keySpec"] = "EC-256",
                ["hashAlgorithm"] = "SHA-256",
                ["payload"] = Convert.ToBase64String("payload"u8),
            }
        );
        Request(
            "generate-envelope",
            new()
            {
                ["contractVersion"] = "1.0",
                ["payloadType"] = "application/vnd.cncf.notary.payload.v1+json",
                ["signatureEnvelopeType"] = "application/cose",
                ["payload"] = Convert.ToBase64String(
                    """{"targetArtifact":{"mediaType":"a/b","digest":"sha256:"""u8
                        + """44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}}"""u8
                ),
            }
        );
    }

    [Fact]
    public void What_is_described_names_the_token_and_the_listing_asks_for_no_PIN()
    {
        var key = KeyCase.Named("p256");
        token.ImportKey(key, "01");
        token.ImportCertificate(key.CertificatePath, "01", "leaf");

        var description = folder.Nv2("key", "describe", token.Reference("object=p256")).RequireSuccess().Stdout;
        foreach (
            var expected in new[]
            {
                "EC-256",
                "ES256",
                "jwt, json, jws, cose",
                key.KeyId,
                "the token \"nv2 test\"",
                "SoftHSM",
                "key \"p256\" (id=%01)",
                KeyCase.Registry,
            }
        )
            Assert.Contains(expected, description, StringComparison.Ordinal);

        var tokens = folder.Nv2("key", "list-tokens", "--module", SoftToken.Module).RequireSuccess().Stdout;
        Assert.Contains($"pkcs11:token=nv2%20test?module-path={SoftToken.Module}  ", tokens, StringComparison.Ordinal);
        Assert.Contains("(not initialized)", tokens, StringComparison.Ordinal);
    }

    // pkcs11-tool of Debian cannot read EC keys with OpenSSL 3; it prints the point. The bytes before it say that it is on P-384 (RFC 5480).
    private byte[] ReadPublicKey(string spec)
    {
        if (spec != "EC-384")
            return token.Pkcs11Tool("--read-object", "--type", "pubkey", "--id", "07").StdoutBytes;
        var line = token
            .Pkcs11Tool("--list-objects", "--type", "pubkey", "--id", "07")
            .Stdout.Split('\n')
            .Single(text => text.Contains("EC_POINT:", StringComparison.Ordinal));
        return
        [
            .. Convert.FromHexString("3076301006072a8648ce3d020106052b81040022036200"),
            .. Convert.FromHexString(line.Split(':')[1].Trim()).AsSpan(2),
        ];
    }

    // An image layout with an index of manifests that have nothing but a config.
    private void WriteIndex(int count)
    {
        const string Config = "{}";
        var config = $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{Blob(Config)}}","size":2}""";
        var manifests = Enumerable
            .Range(0, count)
            .Select(number =>
            {
                var manifest =
                    $$"""{"schemaVersion":2,"mediaType":"{{KeyCase.ManifestMediaType}}","config":{{config}},"layers":[],"annotations":"""
                    + $$"""{"number":"{{number}}"} }""";
                return $$"""{"mediaType":"{{KeyCase.ManifestMediaType}}","digest":"{{Blob(manifest)}}","size":{{manifest.Length}}}""";
            });
        var index = $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{string.Join(',', manifests)}}]}""";
        folder.Write("layout/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
        folder.Write(
            "layout/index.json",
            $$"""
            {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"{{Blob(index)}}","size":{{index.Length}},
             "annotations":{"org.opencontainers.image.ref.name":"v1"} }]}
            """
        );

        string Blob(string content)
        {
            var hex = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));
            folder.Write($"layout/blobs/sha256/{hex}", content);
            return $"sha256:{hex}";
        }
    }
}
