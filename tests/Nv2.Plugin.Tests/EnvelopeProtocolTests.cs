using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>The exec protocol with the Notary Project's envelopes.</summary>
public sealed class EnvelopeProtocolTests
{
    private const string Jws = "application/jose+json";

    [Theory]
    [InlineData(Jws, "p256", "ES256")]
    [InlineData("application/cose", "p256", "ES256")]
    [InlineData(Jws, "rsa", "PS256")]
    [InlineData("application/cose", "rsa", "PS256")]
    public void What_is_signed_verifies_and_says_what_was_asked_for(string format, string key, string algorithm)
    {
        using var folder = new WorkingFolder();
        var request = Sign(format, key).With("annotations", new JsonObject { ["build"] = "42" }).With("expiryDurationInSeconds", 3600);
        var signed = JsonNode.Parse(folder.Request("generate-signature", request.ToJsonString()).RequireSuccess().Stdout)!;
        Assert.Equal((format, algorithm), ((string)signed["signatureFormat"]!, (string)signed["signingAlgorithm"]!));
        var manifest = JsonNode.Parse(Convert.FromBase64String((string)signed["artifact"]!["content"]!))!;
        Assert.Equal(WorkingFolder.DigestOf(Convert.FromBase64String((string)signed["signature"]!)), (string)manifest["layers"]![0]!["digest"]!);
        Assert.Equal("application/vnd.cncf.notary.signature", (string)manifest["config"]!["mediaType"]!);

        var report = JsonNode.Parse(
            folder
                .Request("verify-signature", Verify(signed, key).With("annotations", new JsonObject { ["build"] = "42" }).ToJsonString())
                .RequireSuccess()
                .Stdout
        )!;
        Assert.Equal("""{"build":"42"}""", report["annotations"]!.ToJsonString());
        Assert.Equal("[]", report["extendedAttributes"]!.ToJsonString());
        Assert.Equal("[]", report["references"]!.ToJsonString());
        Assert.Equal(
            ("application/vnd.cncf.notary.payload.v1+json", "notary.x509", true),
            (
                (string)report["contentType"]!,
                (string)report["signingScheme"]!,
                ((string)report["unsignedSigningAgent"]!).StartsWith("nv2/", StringComparison.Ordinal)
            )
        );
        Assert.Equal(
            TimeSpan.FromHours(1),
            DateTimeOffset.Parse((string)report["expiresAt"]!, null) - DateTimeOffset.Parse((string)report["issuedAt"]!, null)
        );

        var other = folder.Request("verify-signature", Verify(signed, key).With("annotations", new JsonObject { ["build"] = "43" }).ToJsonString());
        Assert.Equal(1, other.ExitCode);
        Assert.Equal("subject", (string)JsonNode.Parse(other.Stderr)!["errorMetadata"]!["failedChecks"]!);
    }

    [Fact]
    public void A_chain_verifies_by_its_root()
    {
        using var folder = new WorkingFolder();
        folder.WriteKey("leaf.key", Vectors.Read("keys/leaf.key"));
        folder.Write("leaf.crt", Vectors.Read("keys/leaf-full-chain.crt"));
        var signed = JsonNode.Parse(folder.Request("generate-signature", Sign(Jws, "leaf").ToJsonString()).RequireSuccess().Stdout)!;
        var verify = Verify(signed, "p256").With("trustedCertificates", new JsonArray(VectorRequests.Certificate("keys/root.crt")));

        folder.Request("verify-signature", verify.ToJsonString()).RequireSuccess();
        verify["trustedCertificates"] = new JsonArray(VectorRequests.Certificate("keys/p256.crt"));
        Assert.Equal(
            "authenticity",
            (string)JsonNode.Parse(folder.Request("verify-signature", verify.ToJsonString()).Stderr)!["errorMetadata"]!["failedChecks"]!
        );
    }

    [Fact]
    public void What_the_format_cannot_say_is_refused_where_it_stands()
    {
        using var folder = new WorkingFolder();
        folder.WriteKey("leaf.key", Vectors.Read("keys/leaf.key"));
        folder.Write("leaf.crt", Vectors.Read("keys/leaf-chain.crt"));
        folder.WriteKey(
            "odd.key",
            Tool.Run("openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2560"]).RequireSuccess().StdoutBytes
        );
        BadRequest.AssertRefused(
            "bad-requests-envelopes",
            folder,
            [
                new(
                    "references in an envelope",
                    "generate-signature",
                    Sign(Jws, "p256").With("references", new JsonArray("registry.example.com/app:v1")),
                    "$.references"
                ),
                new("no certificate", "generate-signature", Sign(Jws, "p256").Without("pluginConfig"), "$.pluginConfig.certificate"),
                new("a chain without its root", "generate-signature", Sign(Jws, "leaf"), "$.pluginConfig.certificate"),
                new("a key of a size that has no algorithm", "generate-signature", Sign(Jws, "odd").Without("pluginConfig"), "$.keyId"),
                new(
                    "a reserved annotation",
                    "generate-signature",
                    Sign(Jws, "p256").With("annotations", new JsonObject { ["io.cncf.notary.x"] = "1" }),
                    "$.annotations"
                ),
                new(
                    "an annotation without a key",
                    "generate-signature",
                    Sign(Jws, "p256").With("annotations", new JsonObject { [""] = "1" }),
                    "$.annotations"
                ),
                new(
                    "an annotation that is a number",
                    "generate-signature",
                    Sign(Jws, "p256").With("annotations", new JsonObject { ["a"] = 1 }),
                    "$.annotations.a"
                ),
                new("too many annotations", "generate-signature", Sign(Jws, "p256").With("annotations", Many(1025)), "$.annotations"),
                new(
                    "annotations in jwt",
                    "generate-signature",
                    VectorRequests.Sign().With("annotations", new JsonObject { ["a"] = "1" }),
                    "$.annotations"
                ),
                new(
                    "half of a surrogate pair in a key",
                    "generate-signature",
                    Sign(Jws, "p256")
                        .With("annotations", new JsonObject { ["KEY"] = "1" })
                        .ToJsonString()
                        .Replace("KEY", "\\ud800", StringComparison.Ordinal),
                    "$"
                ),
                new(
                    "verify: annotations that are an array",
                    "verify-signature",
                    VectorRequests.Verify().With("annotations", new JsonArray()),
                    "$.annotations"
                ),
            ]
        );
    }

    private static JsonObject Many(int count) => new(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)"v")));

    private static JsonObject Sign(string format, string key) =>
        VectorRequests
            .Sign()
            .With("keyId", $"{key}.key")
            .With("signatureFormat", format)
            .With("pluginConfig", new JsonObject { ["certificate"] = $"{key}.crt" });

    private static JsonObject Verify(JsonNode signed, string key) =>
        VectorRequests
            .Verify()
            .With("subject", signed["subject"]!.DeepClone())
            .With("signature", signed["signature"]!.DeepClone())
            .With("trustedCertificates", new JsonArray(VectorRequests.Certificate(key == "rsa" ? "keys/rsa2048.crt" : $"keys/{key}.crt")));
}
