using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>Every response of the exec protocol, as a host reads it.</summary>
public sealed class ProtocolSnapshotTests
{
    private const string JsonFormat = "application/vnd.cncf.notary.config.v2+json";
    private const string Reference = "registry.wabbit-networks.io/net-monitor:v1";

    [Fact]
    public void Describe_says_what_the_program_can_do() => Snapshot.Match("describe", Masked.Described(Answer("describe", Describe())));

    [Fact]
    public void Describe_says_what_an_RSA_key_is() =>
        Snapshot.Match("describe-rsa-key", Masked.Described(Answer("describe", Describe().With("keyId", WorkingFolder.RsaKey))));

    [Fact]
    public void Describe_says_what_a_P256_key_and_its_certificate_are() =>
        Snapshot.Match(
            "describe-p256-key-and-certificate",
            Masked.Described(Answer("describe", Describe().With("keyId", WorkingFolder.P256Key).With("pluginConfig", P256Config())))
        );

    [Fact]
    public void Generate_signature_makes_a_token_by_key_id() => Snapshot.Match("generate-signature-jwt", Sign(VectorRequests.Sign()));

    [Fact]
    public void Generate_signature_makes_a_token_with_certificate_references_and_expiry() =>
        Snapshot.Match("generate-signature-jwt-full", Sign(Full(VectorRequests.Sign())));

    [Fact]
    public void Generate_signature_makes_clear_signed_JSON_by_key_id() =>
        Snapshot.Match(
            "generate-signature-json",
            Sign(VectorRequests.Sign().With("signatureFormat", JsonFormat).With("keyId", WorkingFolder.RsaKey))
        );

    [Fact]
    public void Generate_signature_makes_clear_signed_JSON_with_certificate_references_and_expiry() =>
        Snapshot.Match("generate-signature-json-full", Sign(Full(VectorRequests.Sign().With("signatureFormat", JsonFormat))));

    [Fact]
    public void Generate_signature_describes_a_manifest_given_in_place_of_its_descriptor() =>
        Assert.Equal(Sign(VectorRequests.Sign()), Sign(FromManifest(VectorRequests.Sign())));

    [Fact]
    public void Plugin_takes_the_command_from_the_request()
    {
        using var folder = new WorkingFolder();
        var request = VectorRequests.Sign().With("command", "generate-signature").ToJsonString();

        Assert.Equal(Sign(VectorRequests.Sign()), Masked.Signed(folder.Request("plugin", request).RequireSuccess().Stdout));
        Assert.Equal(Answer("describe", Describe()), Answer("plugin", Describe().With("command", "describe")));
        Assert.Equal(
            Answer("verify-signature", VectorRequests.Verify()),
            Answer("plugin", VectorRequests.Verify().With("command", "verify-signature"))
        );
    }

    [Fact]
    public void A_signature_lasts_as_many_seconds_as_were_asked_for_from_the_moment_of_signing()
    {
        const int Seconds = 86400;
        var signature = JsonNode.Parse(
            Answer("generate-signature", VectorRequests.Sign().With("signatureFormat", JsonFormat).With("expiryDurationInSeconds", Seconds))
        )!["signature"]!;
        var claims = JsonNode.Parse(Convert.FromBase64String(signature.GetValue<string>()))!["signed"]!;

        Assert.Equal(claims["iat"]!.GetValue<long>(), claims["nbf"]!.GetValue<long>());
        Assert.Equal(claims["nbf"]!.GetValue<long>() + Seconds, claims["exp"]!.GetValue<long>());
    }

    [Fact]
    public void The_manifest_to_push_holds_the_signature_and_has_the_digest_and_size_that_are_said()
    {
        var response = JsonNode.Parse(Answer("generate-signature", Full(VectorRequests.Sign())))!;
        var signature = Convert.FromBase64String(response["signature"]!.GetValue<string>());
        var content = Convert.FromBase64String(response["artifact"]!["content"]!.GetValue<string>());
        var manifest = JsonNode.Parse(content)!;

        Assert.Equal(WorkingFolder.DigestOf(content), response["artifact"]!["digest"]!.GetValue<string>());
        Assert.Equal(content.Length, response["artifact"]!["size"]!.GetValue<int>());
        Assert.Equal(WorkingFolder.DigestOf(signature), manifest["config"]!["digest"]!.GetValue<string>());
        Assert.Equal(signature.Length, manifest["config"]!["size"]!.GetValue<int>());
    }

    [Fact]
    public void What_generate_signature_signs_verify_signature_verifies()
    {
        foreach (var format in new[] { JsonFormat, "application/vnd.cncf.notary.config.v2+jwt" })
        {
            var signed = JsonNode.Parse(Answer("generate-signature", Full(VectorRequests.Sign()).With("signatureFormat", format)))!;
            var request = VectorRequests
                .Verify()
                .With("signature", signed["signature"]!.GetValue<string>())
                .With("signatureFormat", format)
                .With("reference", Reference);

            Assert.True(JsonNode.Parse(Answer("verify-signature", request))!["verified"]!.GetValue<bool>());
        }
    }

    [Fact]
    public void Verify_signature_tells_what_a_signature_that_holds_says() =>
        Snapshot.Match("verify-signature-verified", Masked.Json(Answer("verify-signature", VectorRequests.Verify().With("reference", Reference))));

    [Fact]
    public void Verify_signature_verifies_a_manifest_given_in_place_of_its_descriptor() =>
        Assert.Equal(Answer("verify-signature", VectorRequests.Verify()), Answer("verify-signature", FromManifest(VectorRequests.Verify())));

    [Theory]
    [InlineData("nv2-jwt/two-parts.jwt", "format")]
    [InlineData("nv2-jwt/tampered-claims.jwt", "integrity")]
    [InlineData("nv2-jwt/alg-none.jwt", "algorithm")]
    [InlineData("nv2-json/no-digitalsignature.json", "key-usage")]
    [InlineData("nv2-json/expired.json", "validity")]
    [InlineData("nv2-jwt/foreign-reference.jwt", "references")]
    public void Verify_signature_tells_why_a_signature_does_not_hold(string signature, string name) =>
        Snapshot.Match($"verify-signature-{name}", Refusal(VectorRequests.Verify(VectorRequests.Find(signature))));

    [Fact]
    public void Verify_signature_tells_when_the_signer_is_not_trusted() =>
        Snapshot.Match(
            "verify-signature-authenticity",
            Refusal(VectorRequests.Verify().With("trustedCertificates", new JsonArray(VectorRequests.Certificate("keys/rsa2048.crt"))))
        );

    [Fact]
    public void Verify_signature_tells_when_the_signer_is_not_known() =>
        Snapshot.Match(
            "verify-signature-unknown-key",
            Refusal(VectorRequests.Verify(VectorRequests.Find("nv2-jwt/p256-kid.jwt")).With("trustedCertificates", new JsonArray()))
        );

    [Fact]
    public void Verify_signature_tells_when_there_is_no_policy_to_decide() =>
        Snapshot.Match("verify-signature-no-policy", Refusal(VectorRequests.Verify().Without("trustedCertificates")));

    [Fact]
    public void Verify_signature_tells_when_the_artifact_is_another() =>
        Snapshot.Match(
            "verify-signature-subject",
            Refusal(
                VectorRequests
                    .Verify()
                    .With("subject", VectorRequests.Descriptor("application/vnd.oci.image.index.v1+json", Vectors.Read("manifests/oci-index.json")))
            )
        );

    [Fact]
    public void Verify_signature_tells_when_the_reference_is_not_signed() =>
        Snapshot.Match(
            "verify-signature-reference",
            Refusal(VectorRequests.Verify().With("reference", "registry.wabbit-networks.io/net-monitor:v2"))
        );

    private static JsonObject Describe() => new() { ["protocolVersion"] = "1.0" };

    private static JsonObject P256Config() => new() { ["certificate"] = WorkingFolder.P256Certificate };

    private static JsonObject Full(JsonObject request) =>
        request.With("references", new JsonArray(Reference)).With("expiryDurationInSeconds", 3600).With("pluginConfig", P256Config());

    private static JsonObject FromManifest(JsonObject request) =>
        request.Without("subject").With("manifest", Convert.ToBase64String(Vectors.Read("manifests/oci-image.json")));

    private static string Sign(JsonObject request) => Masked.Signed(Answer("generate-signature", request));

    private static string Answer(string command, JsonObject request)
    {
        using var folder = new WorkingFolder();
        var result = folder.Request(command, request.ToJsonString()).RequireSuccess();
        Assert.Empty(result.Stderr);
        return result.Stdout;
    }

    private static string Refusal(JsonObject request)
    {
        var result = Nv2Binary.Request("verify-signature", request.ToJsonString());
        Assert.Equal(1, result.ExitCode);
        return $"stdout:\n{Masked.Json(result.Stdout)}\n\nstderr:\n{Masked.Json(result.Stderr)}";
    }
}
