using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>Whose signatures count by names of the certificate that the trust policy cannot have: in <c>nv2.json</c>, beside a statement, and never
/// beyond it.</summary>
public sealed class SignerIdentityTests : IDisposable
{
    private const string Names = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:registry.example.com,";

    private readonly TrustUser user = new();

    public SignerIdentityTests()
    {
        user.Certify(
            "build",
            "/O=acme/CN=build+serialNumber=42",
            $"{Names}email:build@acme.example.com,URI:spiffe://acme.example.com/build",
            "acme-root"
        );
        user.Certify("other", "/O=acme/CN=other", $"{Names}email:other@acme.example.com", "acme-root");
        user.Trust("add", "acme", "acme-root.crt").RequireSuccess();
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
    }

    public static TheoryData<string> Formats => TrustUser.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_statement_is_narrowed_to_a_signer_by_each_kind_of_name(string format)
    {
        var (build, other) = (user.SignFile(format, "build"), user.SignFile(format, "other"));
        foreach (
            var identity in new[]
            {
                "email:build@ACME.example.com",
                "uri:spiffe://acme.example.com/build",
                "x509.subject: O=acme, CN=build",
                "x509.subject: serialNumber=42+CN=Build",
            }
        )
        {
            user.Trust("allow", TrustUser.Repository, "--store", "acme", "--signer-identity", identity).RequireSuccess();

            user.VerifyFile(build, "-r", TrustUser.Name).RequireSuccess();
            var refused = user.VerifyFile(other, "-r", TrustUser.Name);
            Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
            Assert.Contains("\n  authenticity: the signer's certificate, CN=other,O=acme (", refused.Stderr, StringComparison.Ordinal);
            Assert.Contains($"has none of the identities required by the settings: \"{identity}\"", refused.Stderr, StringComparison.Ordinal);
        }

        // One of several is enough.
        user.Trust(
                "allow",
                TrustUser.Repository,
                "--store",
                "acme",
                "--signer-identity",
                "email:build@acme.example.com",
                "--signer-identity",
                "email:other@acme.example.com"
            )
            .RequireSuccess();
        user.VerifyFile(build, "-r", TrustUser.Name).RequireSuccess();
        user.VerifyFile(other, "-r", TrustUser.Name).RequireSuccess();
    }

    [Fact]
    public void Nobody_is_trusted_by_an_identity_whom_the_statement_does_not_trust()
    {
        // The stranger has the name, from no trusted authority; acme's signer has it, and not the subject that the policy asks for.
        user.Certify("stranger", "/C=US/ST=WA/O=stranger/CN=build", $"{Names}email:build@acme.example.com");
        user.Trust("allow", TrustUser.Repository, "--store", "acme", "--signer-identity", "email:build@acme.example.com").RequireSuccess();
        Assert.Equal(1, user.VerifyFile(user.SignFile("jws", "stranger"), "-r", TrustUser.Name).ExitCode);

        user.Trust("allow", TrustUser.Repository, "--store", "acme", "--identity", "x509.subject: C=US, ST=WA, O=acme").RequireSuccess();
        var refused = user.VerifyFile(user.SignFile("jws", "build"), "-r", TrustUser.Name);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the subject of the signer's certificate", refused.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, user.VerifyFile(user.SignFile("jws", "acme"), "-r", TrustUser.Name).ExitCode);
    }

    [Fact]
    public void An_identity_that_is_only_logged_is_told()
    {
        user.Trust("allow", TrustUser.Repository, "--store", "acme", "--level", "audit", "--signer-identity", "email:build@acme.example.com")
            .RequireSuccess();

        var result = user.VerifyFile(user.SignFile("jws", "other"), "-r", TrustUser.Name).RequireSuccess();

        Assert.Contains("has none of the identities required by the settings", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void The_protocol_decides_the_same()
    {
        user.Trust("allow", TrustUser.Repository, "--store", "acme", "--signer-identity", "email:build@acme.example.com").RequireSuccess();

        Assert.Equal(0, Ask(user.SignFile("jws", "build")).ExitCode);
        var refused = Ask(user.SignFile("jws", "other"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("has none of the identities required by the settings", refused.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_names_the_identities()
    {
        user.Trust(
                "allow",
                TrustUser.Repository,
                "--store",
                "acme",
                "--signer-identity",
                "email:build@acme.example.com",
                "--signer-identity",
                "uri:spiffe://acme.example.com/build"
            )
            .RequireSuccess();

        var text = user.Trust("check", TrustUser.Name).RequireSuccess().Stdout;
        Assert.Contains(
            "\nidentity     any signer trusted by these stores\nand          email:build@acme.example.com or uri:spiffe://acme.example.com/build "
                + "(nv2.json)\n",
            text,
            StringComparison.Ordinal
        );
        var json = JsonNode.Parse(user.Trust("check", "--json", TrustUser.Name).RequireSuccess().Stdout)!;
        Assert.Equal(["valid"], JsonSchemas.Validate([("cli/trust-check", json)]));
        Assert.Equal(
            ["email:build@acme.example.com", "uri:spiffe://acme.example.com/build"],
            json["statement"]!["signerIdentities"]!.AsArray().Select(identity => identity!.GetValue<string>())
        );
    }

    [Theory]
    [InlineData("--signer-identity", "x509.subject: O=wabbit", 1, "identities in the settings only narrow a statement")]
    [InlineData("--signer-identity", "dns:*.example.com", 2, "* is not allowed: expected the full name")]
    [InlineData("--signer-identity", "build@acme.example.com", 2, "is not an identity of a signer")]
    [InlineData(
        "--identity",
        "dns:build.example.com",
        2,
        "the trust policy does not support this identity: add it to nv2.json with --signer-identity dns:build.example.com"
    )]
    public void An_identity_that_would_widen_or_is_none_is_not_written(string option, string identity, int exitCode, string message)
    {
        user.Trust("allow", TrustUser.Repository, "--store", "acme", "--identity", "x509.subject: C=US, ST=WA, O=acme").RequireSuccess();
        var before = user.Folder.Fingerprint();

        var result = user.Trust("allow", TrustUser.Repository, "--store", "acme", option, identity);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        Assert.Equal(before, user.Folder.Fingerprint());
    }

    [Theory]
    [InlineData("gone", "dns:a.example.com", "\"gone\" has signerIdentities, but the trust policy has no statement with that name")]
    [InlineData("app", "x509.subject: O=wabbit", "identities in the settings only narrow a statement")]
    [InlineData("app", "anybody", "\"anybody\" is not an identity of a signer")]
    public void Settings_with_such_an_identity_make_every_verification_fail(string statement, string identity, string message)
    {
        var app = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
        app["trustedIdentities"] = new JsonArray("x509.subject: C=US, ST=WA, O=acme");
        user.WritePolicy(app);
        var signature = user.SignFile("jws", "acme");
        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();

        user.Folder.Write(
            TrustUser.Settings,
            new JsonObject
            {
                ["version"] = "1.0",
                ["statements"] = new JsonObject { [statement] = new JsonObject { ["signerIdentities"] = new JsonArray(identity) } },
            }.ToJsonString()
        );

        var result = user.VerifyFile(signature, "-r", TrustUser.Name);
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => user.Dispose();

    private ProcessResult Ask(string signature) =>
        user.Folder.Request(
            "verify-signature",
            new JsonObject
            {
                ["protocolVersion"] = "1.0",
                ["subject"] = VectorRequests.Descriptor(LayoutContent.ImageType, user.Folder.Read("app.json")),
                ["signature"] = Convert.ToBase64String(user.Folder.Read(signature)),
                ["reference"] = TrustUser.Name,
                ["trustHome"] = TrustUser.Home,
            }.ToJsonString()
        );
}
