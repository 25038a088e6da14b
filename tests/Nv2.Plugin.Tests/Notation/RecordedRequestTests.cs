using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>The requests of notation 1.3.2, answered as notation accepted it.</summary>
public sealed class RecordedRequestTests : IDisposable
{
    private readonly RecordedHost host = new();

    public static TheoryData<string, string, string, string> Keys()
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (var (key, keySpec, hash, algorithm) in RecordedHost.Keys)
            data.Add(key, keySpec, hash, algorithm);
        return data;
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("raw-cose")]
    [InlineData("envelope")]
    [InlineData("verify")]
    public void Get_plugin_metadata_answers_without_a_version(string recording)
    {
        var name = $"{recording}/00-get-plugin-metadata";
        var answer = host.Answer("get-plugin-metadata", RecordedHost.Request(name));

        AssertSameShape(RecordedHost.Response(name), answer);
        Snapshot.Match("notation-metadata", Masked.Json(answer.ToJsonString()));
    }

    [Theory]
    [InlineData("raw", null, "RAW")]
    [InlineData("envelope", null, "ENVELOPE")]
    [InlineData(null, "raw", "RAW")]
    [InlineData(null, "envelope", "ENVELOPE")]
    [InlineData("raw", "envelope", "RAW")]
    [InlineData("envelope", "raw", "ENVELOPE")]
    [InlineData(null, "", "RAW ENVELOPE")]
    [InlineData(null, null, "RAW ENVELOPE")]
    public void The_mode_chooses_what_is_offered_and_the_request_comes_before_the_environment(string? setting, string? variable, string offered)
    {
        var request = new JsonObject();
        if (setting is not null)
            request["pluginConfig"] = new JsonObject { ["mode"] = setting };
        var answer = host.Answer("get-plugin-metadata", request, new Dictionary<string, string?> { ["NV2_NOTATION_MODE"] = variable });

        Assert.Equal(
            [
                .. offered.Split(' ').Select(name => $"SIGNATURE_GENERATOR.{name}"),
                "SIGNATURE_VERIFIER.TRUSTED_IDENTITY",
                "SIGNATURE_VERIFIER.REVOCATION_CHECK",
            ],
            answer["capabilities"]!.AsArray().Select(capability => capability!.GetValue<string>())
        );
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("raw-cose")]
    public void Describe_key_tells_the_kind_of_the_key(string recording)
    {
        var name = $"{recording}/02-describe-key";

        Assert.True(JsonNode.DeepEquals(RecordedHost.Response(name), host.Answer("describe-key", RecordedHost.Request(name))));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Describe_key_tells_the_kind_of_every_key(string key, string keySpec, string hash, string algorithm)
    {
        host.Use($"keys/{key}.key", $"keys/{key}.crt");
        var answer = host.Answer("describe-key", new JsonObject { ["contractVersion"] = "1.0", ["keyId"] = RecordedHost.KeyId });

        Assert.Equal($$"""{"keyId":"{{RecordedHost.KeyId}}","keySpec":"{{keySpec}}"}""", answer.ToJsonString());
        Assert.EndsWith(hash, algorithm, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("raw-cose")]
    public void Generate_signature_signs_what_notation_sends(string recording)
    {
        var name = $"{recording}/04-generate-signature";
        var request = RecordedHost.Request(name).With("pluginConfig", new JsonObject { ["certificate"] = RecordedHost.Bundle });
        var answer = host.Answer("generate-signature", request);

        var accepted = RecordedHost.Response(name);
        AssertSameShape(accepted, answer);
        AssertVerifies(request, answer);
        foreach (var property in new[] { "keyId", "signingAlgorithm" })
            Assert.True(JsonNode.DeepEquals(accepted[property], answer[property]), property);
        answer["signature"] = $"<{Convert.FromBase64String(answer["signature"]!.GetValue<string>()).Length} bytes>";
        Snapshot.Match("notation-generate-signature", Masked.Json(answer.ToJsonString()));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Generate_signature_signs_with_every_key_by_the_algorithm_of_its_kind(string key, string keySpec, string hash, string algorithm)
    {
        host.Use($"keys/{key}.key", $"keys/{key}.crt");
        var request = RecordedHost.Request("raw/04-generate-signature").With("keySpec", keySpec).With("hashAlgorithm", hash);
        var answer = host.Answer("generate-signature", request);

        Assert.Equal(algorithm, answer["signingAlgorithm"]!.GetValue<string>());
        Assert.Single(answer["certificateChain"]!.AsArray());
        AssertVerifies(request, answer);
    }

    [Fact]
    public void Generate_signature_signs_any_bytes_as_they_are()
    {
        foreach (var payload in new byte[][] { [0], [0xff, 0x00, 0x0d, 0x0a], new byte[1024 * 1024] })
        {
            var request = RecordedHost.Request("raw/04-generate-signature").With("payload", Convert.ToBase64String(payload));
            AssertVerifies(request, host.Answer("generate-signature", request));
        }
    }

    [Fact]
    public void Verify_signature_answers_each_check_that_notation_asks_for()
    {
        const string Name = "verify/02-verify-signature";
        var answer = host.Answer("verify-signature", RecordedHost.Request(Name));

        Assert.Equal(RecordedHost.Response(Name).Select(property => property.Key), answer.Select(property => property.Key));
        Snapshot.Match("notation-verify-signature", Masked.Json(answer.ToJsonString()));
    }

    [Fact]
    public void Unknown_properties_are_ignored()
    {
        var request = RecordedHost.Request("raw/02-describe-key").With("grease", new JsonObject { ["a"] = 1 });

        Assert.Equal("RSA-3072", host.Answer("describe-key", request)["keySpec"]!.GetValue<string>());
    }

    public void Dispose() => host.Dispose();

    private static void AssertVerifies(JsonObject request, JsonObject answer) =>
        Assert.True(
            RawSignature.Verifies(
                Convert.FromBase64String(request["payload"]!.GetValue<string>()),
                Convert.FromBase64String(answer["signature"]!.GetValue<string>()),
                answer["signingAlgorithm"]!.GetValue<string>(),
                Convert.FromBase64String(answer["certificateChain"]![0]!.GetValue<string>())
            )
        );

    private static void AssertSameShape(JsonObject accepted, JsonObject answer)
    {
        Assert.Equal(
            accepted.Select(property => (property.Key, property.Value!.GetValueKind())).Order(),
            answer.Select(property => (property.Key, property.Value!.GetValueKind())).Order()
        );
    }
}
