using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary><c>nv2 verify</c> where the trust policy decides.</summary>
public sealed class PolicyVerificationTests : IDisposable
{
    private readonly TrustUser user = new();

    public static TheoryData<string> Formats => TrustUser.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Who_is_trusted_verifies_and_nobody_else(string format)
    {
        foreach (var signer in new[] { "wabbit", "acme" })
        {
            user.Trusts(signer);
            var stranger = user.VerifyFile(user.SignFile(format, signer == "acme" ? "wabbit" : "acme"), "-r", TrustUser.Name);
            Assert.Equal((1, ""), (stranger.ExitCode, stranger.Stdout));
            Assert.Contains("\n  authenticity: ", stranger.Stderr, StringComparison.Ordinal);

            var trusted = user.VerifyFile(user.SignFile(format, signer), "-r", TrustUser.Name).RequireSuccess();
            Assert.Equal(($"{user.Digest}\n", ""), (trusted.Stdout, trusted.Stderr));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Of_several_stored_signatures_that_of_somebody_trusted_counts(string format)
    {
        user.Trusts("acme").Sign(format, "wabbit");
        Assert.Equal(1, user.VerifyNamed().ExitCode);

        user.Sign(format, "acme");
        var result = user.VerifyNamed().RequireSuccess();
        Assert.Equal($"{user.Digest}\n", result.Stdout);
        Assert.Contains("\nvalid: ", "\n" + result.Stderr, StringComparison.Ordinal);
        Assert.Contains("\nnot valid: ", "\n" + result.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, user.VerifyNamed("--all").ExitCode);
        Assert.Equal(1, user.VerifyNamed("--require", "2").ExitCode);
    }

    [Fact]
    public void An_artifact_without_signatures_is_refused_unless_trust_is_not_required()
    {
        user.Trusts("wabbit");
        var refused = user.VerifyNamed();
        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains("is not verified: it has no signature\n", refused.Stderr, StringComparison.Ordinal);

        user.Trust("required", "off").RequireSuccess();
        var passed = user.VerifyNamed();
        Assert.Equal((0, $"{user.Digest}\n"), (passed.ExitCode, passed.Stdout));
        Assert.Equal(
            $"nv2: warning: {user.Digest} in the layout \"layout\": it has no signature; accepted because trust is not required (nv2 trust "
                + "required on)\n",
            passed.Stderr
        );

        // Who asks for more than a signature has asked for one.
        AssertRefused(user.VerifyNamed("--require", "2"));
        AssertRefused(user.VerifyNamed("--all"));
        AssertRefused(user.VerifyNamed("--user-metadata", "build=42"));

        user.Trust("required", "on").RequireSuccess();
        Assert.Equal(1, user.VerifyNamed().ExitCode);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Where_trust_is_not_required_a_stranger_passes_with_a_warning_and_a_broken_signature_never(string format)
    {
        user.Trusts("wabbit");
        user.Trust("required", "off").RequireSuccess();
        var signature = user.SignFile(format, "acme");

        var passed = user.VerifyFile(signature, "-r", TrustUser.Name);
        Assert.Equal((0, $"{user.Digest}\n"), (passed.ExitCode, passed.Stdout));
        Assert.StartsWith("nv2: warning: ", passed.Stderr, StringComparison.Ordinal);
        Assert.Contains("trust is not required", passed.Stderr, StringComparison.Ordinal);

        var content = user.Folder.Read(signature);
        foreach (var broken in new[] { Change(format, content), content[..^20], [], "{}"u8.ToArray() })
        {
            user.Folder.Write("broken", broken);
            AssertRefused(user.VerifyFile("broken", "-r", TrustUser.Name));
        }

        // A whole signature, of something else.
        user.Folder.Write("app.json", Vectors.Read("manifests/oci-image.json"));
        AssertRefused(user.VerifyFile(signature, "-r", TrustUser.Name));
    }

    [Theory]
    [InlineData("jwt", LayoutContent.JwtType)]
    [InlineData("json", "application/vnd.cncf.notary.config.v2+json")]
    public void Where_trust_is_not_required_a_stored_signature_that_is_broken_refuses_the_artifact(string format, string mediaType)
    {
        var content = user.Folder.Read(user.SignFile(format, "acme"));
        var layout = new LayoutContent();
        var image = layout.AddImage("app");
        layout.List(image, "v1").AddSignature(image, Change(format, content), mediaType);
        Directory.Delete(user.Folder[TrustUser.Layout], recursive: true);
        layout.WriteTo(user.Folder[TrustUser.Layout]);
        user.Trusts("wabbit");
        user.Trust("required", "off").RequireSuccess();
        AssertRefused(user.VerifyNamed());

        // Beside one that holds, it is what it is everywhere: one that does not count.
        user.Sign(format, "wabbit");
        Assert.Equal($"{user.Digest}\n", user.VerifyNamed().RequireSuccess().Stdout);
    }

    [Theory]
    [InlineData("strict", "wabbit", 0, "")]
    [InlineData("strict", "acme", 1, "authenticity")]
    [InlineData("permissive", "wabbit", 0, "")]
    [InlineData("permissive", "acme", 1, "authenticity")]
    [InlineData("audit", "wabbit", 0, "")]
    [InlineData("audit", "acme", 0, "the trust policy only logs this: ")]
    public void The_level_decides_what_fails_and_what_is_told(string level, string signer, int exitCode, string says)
    {
        user.Trusts("wabbit", level);
        foreach (var format in new[] { "jwt", "json", "jws", "cose" })
        {
            var result = user.VerifyFile(user.SignFile(format, signer), "-r", TrustUser.Name);

            Assert.True((exitCode, exitCode == 0 ? $"{user.Digest}\n" : "") == (result.ExitCode, result.Stdout), $"{format}: {result.Stderr}");
            Assert.Contains(says, result.Stderr, StringComparison.Ordinal);
            Assert.Equal(says.Length == 0, result.Stderr.Length == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_has_expired_is_refused_or_told_as_the_level_says(string format)
    {
        var signature = user.SignExpired(format, "early");
        foreach (var (level, exitCode) in new[] { ("strict", 1), ("permissive", 0), ("audit", 0) })
        {
            user.Trusts("early", level);
            var result = user.VerifyFile(signature, "-r", TrustUser.Name);

            Assert.Equal(exitCode, result.ExitCode);
            Assert.Contains("the signature expired at ", result.Stderr, StringComparison.Ordinal);
            Assert.Equal(exitCode == 0, result.Stderr.StartsWith("nv2: warning: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void An_override_decides_for_its_validation_alone()
    {
        var signature = user.SignExpired("jws", "early");
        user.Trust("add", "early", "early.crt").RequireSuccess();
        var statement = TrustUser.Statement("app", "ca:early", TrustUser.Repository);
        statement["signatureVerification"]!["override"] = new JsonObject { ["expiry"] = "log" };
        user.WritePolicy(statement);
        Assert.Contains(
            "the signature expired at ",
            user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess().Stderr,
            StringComparison.Ordinal
        );

        AssertRefused(user.VerifyFile(user.SignFile("jws", "acme"), "-r", TrustUser.Name));
    }

    [Fact]
    public void Where_the_policy_skips_nothing_is_verified_and_that_is_said()
    {
        var statement = TrustUser.Statement("unsigned", "ca:none", TrustUser.Repository);
        statement["signatureVerification"]!["level"] = "skip";
        statement.Remove("trustStores");
        statement.Remove("trustedIdentities");
        user.WritePolicy(statement);

        var result = user.VerifyNamed();
        Assert.Equal((0, $"{user.Digest}\n"), (result.ExitCode, result.Stdout));
        Assert.Equal(
            $"nv2: warning: {user.Digest} in the layout \"layout\": nothing was verified: the statement \"unsigned\" of the trust policy skips it\n",
            result.Stderr
        );

        var json = JsonNode.Parse(user.VerifyNamed("--json").RequireSuccess().Stdout)!;
        Assert.Equal(
            (false, true, "skip"),
            (json["verified"]!.GetValue<bool>(), json["accepted"]!.GetValue<bool>(), json["trustPolicy"]!["level"]!.GetValue<string>())
        );
    }

    [Fact]
    public void An_identity_narrows_whom_a_store_vouches_for()
    {
        user.Trusts("acme").Sign("jws", "acme");
        foreach (
            var (identity, exitCode) in new[]
            {
                ("C=US, ST=WA, O=acme", 0),
                ("C=US, ST=WA, O=acme, OU=build", 0),
                ("C=US, ST=WA, O=acme, OU=sales", 1),
                ("C=US, ST=OR, O=acme", 1),
            }
        )
        {
            var statement = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
            statement["trustedIdentities"] = new JsonArray($"x509.subject: {identity}");
            user.WritePolicy(statement);

            var result = user.VerifyNamed();
            Assert.True(exitCode == result.ExitCode, $"{identity}: {result.Stderr}");
            Assert.True(exitCode == 0 || result.Stderr.Contains("matches none of the trusted identities", StringComparison.Ordinal), result.Stderr);
        }
    }

    [Fact]
    public void Revoked_and_unknown_certificates_are_refused_where_revocation_is_enforced()
    {
        user.Certify(
            "listed",
            "/C=US/ST=WA/O=acme/CN=listed",
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\ncrlDistributionPoints=URI:http://acme.example.com/root.crl",
            "acme-root"
        );
        user.Trusts("acme").Sign("cose", "listed");
        var unknown = user.VerifyNamed();
        AssertRefused(unknown);
        Assert.Contains(
            "\n  revocation: the revocation status of the certificate CN=listed,O=acme,ST=WA,C=US is unknown",
            unknown.Stderr,
            StringComparison.Ordinal
        );

        var statement = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
        statement["signatureVerification"]!["override"] = new JsonObject { ["revocation"] = "skip" };
        user.WritePolicy(statement);
        Assert.DoesNotContain("warning", user.VerifyNamed().RequireSuccess().Stderr, StringComparison.Ordinal);
        statement["signatureVerification"]!["override"]!["revocation"] = "log";
        user.WritePolicy(statement);
        Assert.Contains("nv2: warning: ", user.VerifyNamed().RequireSuccess().Stderr, StringComparison.Ordinal);

        user.Trusts("acme");
        user.WriteRevocationList();
        user.VerifyNamed().RequireSuccess();
        user.WriteRevocationList("listed");
        var revoked = user.VerifyNamed();
        AssertRefused(revoked);
        Assert.Contains(
            "\n  revocation: the certificate CN=listed,O=acme,ST=WA,C=US is revoked: \"acme.crl\"\n",
            revoked.Stderr,
            StringComparison.Ordinal
        );

        user.Folder.Write($"{TrustUser.Home}/crls/acme.crl", "damaged");
        var damaged = user.VerifyNamed();
        AssertRefused(damaged);
        Assert.Contains("acme.crl", damaged.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TrustUser.Formats), MemberType = typeof(TrustUser))]
    public void A_revocation_list_of_an_issuer_that_is_not_known_is_reported_although_the_verification_passes(string format)
    {
        user.Trusts("wabbit").Sign(format, "wabbit");
        user.WriteRevocationList();

        Assert.Contains("nv2: warning: ", user.VerifyNamed().RequireSuccess().Stderr, StringComparison.Ordinal);
        var json = JsonNode.Parse(user.VerifyNamed("--json").RequireSuccess().Stdout)!;
        var check = json["signatures"]![0]!["checks"]!.AsArray().Single(one => one!["check"]!.GetValue<string>() == "revocation")!;
        Assert.True(check["passed"]!.GetValue<bool>());
        const string Reason =
            "a revocation list is ignored, because no issuer of the certificates and no certificate in a trust store has the name of its issuer: "
            + "\"acme.crl\" (of CN=acme root,O=acme,ST=WA,C=US)";
        Assert.Equal((Reason, Reason), (check["warning"]!.GetValue<string>(), json["warning"]!.GetValue<string>()));

        // Once its issuer is in a trust store, whatever statement that is for, the list is where it belongs.
        user.Trust("add", "others", "acme-root.crt").RequireSuccess();
        Assert.DoesNotContain("revocation list", user.VerifyNamed().RequireSuccess().Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1", "blob:*", "", 0)]
    [InlineData("1.1", "blob:*", "release", 0)]
    [InlineData("1.1", "blob:release", "release", 0)]
    [InlineData("1.1", "blob:release", "", 1)]
    [InlineData("1.1", "blob:release", "nightly", 1)]
    [InlineData("1.1", "blob:release", "Release", 1)]
    [InlineData("1.1", "oci:*", "", 1)]
    [InlineData("1.1", "oci:*", "release", 1)]
    [InlineData("1.0", "*", "", 1)]
    public void Statements_for_blobs_decide_about_blobs_and_no_others(string version, string scope, string named, int exitCode)
    {
        user.Folder.Write("app.tar", "content");
        user.Folder.Run("sign", "--blob", "app.tar", "--format", "jws", "-k", "wabbit.key", "-c", "wabbit.crt").RequireSuccess();
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        var statement = TrustUser.Statement("one", "ca:wabbit", scope);
        if (version == "1.1")
        {
            statement.Remove("registryScopes");
            statement["scopes"] = new JsonArray(scope);
        }

        user.Folder.Write(TrustUser.Policy, new JsonObject { ["version"] = version, ["trustPolicies"] = new JsonArray(statement) }.ToJsonString());
        string[] verify =
        [
            "verify",
            "--trust-home",
            TrustUser.Home,
            "--blob",
            "app.tar",
            .. named.Length == 0 ? Array.Empty<string>() : ["--blob-scope", named],
        ];

        var result = user.Folder.Run(verify);
        Assert.True(exitCode == result.ExitCode, result.Stderr);
        Assert.True(
            exitCode == 0 || result.Stderr.Contains("\n  authenticity: no statement of the trust policy applies to blob", StringComparison.Ordinal),
            result.Stderr
        );

        user.Folder.Write("app.tar", "contents");
        AssertRefused(user.Folder.Run(verify));
    }

    public void Dispose() => user.Dispose();

    private static void AssertRefused(ProcessResult result) =>
        Assert.True((result.ExitCode, result.Stdout) == (1, ""), $"{result.ExitCode}: {result.Stdout}{result.Stderr}");

    // A byte of the signature's own value.
    private static byte[] Change(string format, byte[] signature)
    {
        var copy = (byte[])signature.Clone();
        var text = System.Text.Encoding.Latin1.GetString(copy);
        var position = format switch
        {
            "jwt" => text.LastIndexOf('.') + 10,
            "json" => text.IndexOf("\"sig\":\"", StringComparison.Ordinal) + 20,
            "jws" => text.IndexOf("\"signature\":\"", StringComparison.Ordinal) + 25,
            _ => copy.Length - 5,
        };
        copy[position] = (byte)(
            format == "cose" ? copy[position] ^ 1
            : copy[position] == 'A' ? 'B'
            : 'A'
        );
        return copy;
    }
}
