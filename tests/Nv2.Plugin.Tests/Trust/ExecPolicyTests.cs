using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary><c>verify-signature</c> of the exec protocol where the trust policy decides: all of a statement counts, as it does on the command
/// line.</summary>
public sealed class ExecPolicyTests : IDisposable
{
    private readonly TrustUser user = new();

    public static TheoryData<string> Formats => TrustUser.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_identity_narrows_whom_a_store_vouches_for(string format)
    {
        user.Trusts("acme");
        var signature = user.SignFile(format, "acme");
        foreach (
            var (identity, isTrusted) in new[]
            {
                ("*", true),
                ("x509.subject: C=US, ST=WA, O=acme", true),
                ("x509.subject: C=US, ST=WA, O=acme, OU=build", true),
                ("x509.subject: C=US, ST=WA, O=acme, OU=sales", false),
                ("x509.subject: C=US, ST=WA, O=wabbit", false),
            }
        )
        {
            var statement = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
            statement["trustedIdentities"] = new JsonArray(identity);
            user.WritePolicy(statement);

            if (isTrusted)
                AssertAccepted(Verify(signature));
            else
                AssertRefused(Verify(signature), "authenticity", "matches none of the trusted identities");
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_identity_that_is_only_logged_is_told(string format)
    {
        user.Trusts("acme");
        var statement = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
        statement["signatureVerification"]!["level"] = "audit";
        statement["trustedIdentities"] = new JsonArray("x509.subject: C=US, ST=WA, O=wabbit");
        user.WritePolicy(statement);

        var response = AssertAccepted(Verify(user.SignFile(format, "acme")));
        Assert.Contains("matches none of the trusted identities", Text(Check(response, "authenticity")!, "warning"), StringComparison.Ordinal);
        Assert.Contains("matches none of the trusted identities", Text(response, "warning"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Revocation_is_looked_at_as_the_statement_says(string format)
    {
        user.Certify(
            "listed",
            "/C=US/ST=WA/O=acme/CN=listed",
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:registry.example.com\n"
                + "crlDistributionPoints=URI:http://acme.example.com/root.crl",
            "acme-root"
        );
        user.Trusts("acme");
        var signature = user.SignFile(format, "listed");
        AssertRefused(Verify(signature), "revocation", "is unknown: there is no revocation list of its issuer");

        user.WriteRevocationList();
        Assert.True(Check(AssertAccepted(Verify(signature)), "revocation")!["passed"]!.GetValue<bool>());

        user.WriteRevocationList("listed");
        AssertRefused(Verify(signature), "revocation", "the certificate CN=listed,O=acme,ST=WA,C=US is revoked: \"acme.crl\"");

        Override("log");
        Assert.Contains("is revoked: \"acme.crl\"", Text(AssertAccepted(Verify(signature)), "warning"), StringComparison.Ordinal);

        Override("skip");
        Assert.Null(Check(AssertAccepted(Verify(signature)), "revocation"));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Where_trust_is_not_required_a_stranger_is_accepted_and_not_verified_and_a_broken_signature_is_refused(string format)
    {
        user.Trusts("wabbit");
        user.Trust("required", "off").RequireSuccess();
        var signature = user.SignFile(format, "acme");

        var result = Verify(signature);
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        var response = JsonNode.Parse(result.Stdout)!;
        Assert.Equal((false, true), (response["verified"]!.GetValue<bool>(), response["accepted"]!.GetValue<bool>()));
        Assert.Contains("accepted because trust is not required", Text(response, "warning"), StringComparison.Ordinal);

        var content = user.Folder.Read(signature);
        user.Folder.Write("broken", content[..^21]); // Of base64 a number of digits that cannot be.
        AssertRefused(Verify("broken"), "format", "");
        user.Folder.Write("app.json", Vectors.Read("manifests/oci-image.json"));
        AssertRefused(Verify(signature), "subject", "");
    }

    public void Dispose() => user.Dispose();

    private static JsonNode AssertAccepted(ProcessResult result)
    {
        Assert.True((result.ExitCode, result.Stderr) == (0, ""), result.Stderr);
        var response = JsonNode.Parse(result.Stdout)!;
        Assert.True(response["verified"]!.GetValue<bool>());
        Assert.True(response["accepted"]!.GetValue<bool>());
        return response;
    }

    private static void AssertRefused(ProcessResult result, string check, string says)
    {
        Assert.Equal(1, result.ExitCode);
        var response = JsonNode.Parse(result.Stdout)!;
        Assert.False(response["verified"]!.GetValue<bool>());
        Assert.False(response["accepted"]!.GetValue<bool>());
        Assert.Contains(says, Text(Check(response, check)!, "reason"), StringComparison.Ordinal);
        var error = JsonNode.Parse(result.Stderr)!;
        Assert.Equal("VERIFICATION_FAILED", Text(error, "errorCode"));
        Assert.Contains(check, Text(error["errorMetadata"]!, "failedChecks").Split(','));
    }

    private static JsonNode? Check(JsonNode response, string name) =>
        response["checks"]!.AsArray().SingleOrDefault(check => Text(check!, "check") == name);

    private static string Text(JsonNode json, string property) => json[property]!.GetValue<string>();

    private void Override(string action)
    {
        var statement = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
        statement["signatureVerification"]!["override"] = new JsonObject { ["revocation"] = action };
        user.WritePolicy(statement);
    }

    // With the home in the request, and found by the environment: both must say the same.
    private ProcessResult Verify(string signature)
    {
        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["subject"] = VectorRequests.Descriptor(LayoutContent.ImageType, user.Folder.Read("app.json")),
            ["signature"] = Convert.ToBase64String(user.Folder.Read(signature)),
            ["reference"] = TrustUser.Name,
        };
        var found = Run([$"NV2_HOME={TrustUser.Home}"], request);
        var named = Run([], request.With("trustHome", TrustUser.Home));
        Assert.Equal((found.ExitCode, found.Stdout, found.Stderr), (named.ExitCode, named.Stdout, named.Stderr));
        return named;
    }

    private ProcessResult Run(string[] environment, JsonObject request) =>
        Tool.Run("env", [.. environment, Nv2Binary.Path, "verify-signature"], Encoding.UTF8.GetBytes(request.ToJsonString()), user.Folder.Path);
}
