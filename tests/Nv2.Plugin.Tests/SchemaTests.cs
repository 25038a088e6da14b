using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>docs/schemas: what the binary takes and gives is what they say.</summary>
public sealed class SchemaTests
{
    private static readonly string[] Envelopes = ["application/jose+json", "application/cose"];

    [Fact]
    public void Every_schema_is_one_of_draft_2020_12_that_says_what_each_property_is()
    {
        foreach (var file in JsonSchemas.Names)
        {
            var schema = JsonSchemas.Read(file);

            Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema["$schema"]!.GetValue<string>());
            Assert.EndsWith($"/{file}.json", schema["$id"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.NotEmpty(schema["description"]!.GetValue<string>());
            foreach (var (name, property) in (schema["properties"] ?? schema["items"]!["properties"])!.AsObject())
                Assert.True(property!["description"] is not null || property["$ref"] is not null, $"{file}: {name} is not described");
            Assert.Null(schema["additionalProperties"]);
        }
    }

    [Fact]
    public void What_several_schemas_define_is_the_same_in_all()
    {
        var definitions = new Dictionary<string, JsonNode>();
        foreach (var file in JsonSchemas.Names)
        {
            foreach (var (name, definition) in JsonSchemas.Read(file)["$defs"]?.AsObject() ?? [])
            {
                Assert.True(!definitions.TryGetValue(name, out var other) || JsonNode.DeepEquals(definition, other), $"{file} has another {name}");
                definitions[name] = definition!;
            }
        }

        Assert.Contains("descriptor", definitions.Keys);
    }

    [Fact]
    public void Requests_that_the_binary_takes_and_its_responses_are_valid()
    {
        using var folder = new WorkingFolder();
        var cases = new List<(string Schema, JsonNode Instance)>();
        foreach (var (command, request) in ValidRequests())
        {
            var response = folder.Request(command, request.ToJsonString()).RequireSuccess();
            cases.Add(($"{command}-request", request));
            cases.Add(($"{command}-response", JsonNode.Parse(response.Stdout)!));
        }

        Assert.All(JsonSchemas.Validate(cases).Zip(cases), outcome => Assert.True(outcome.First == "valid", $"{outcome.First}\n{outcome.Second}"));
    }

    [Fact]
    public void The_response_and_the_error_object_of_every_vector_are_valid()
    {
        var cases = new List<(string Schema, JsonNode Instance)>();
        foreach (var vector in Vectors.All)
        {
            var request = VectorRequests.Verify(vector);
            var result = Nv2Binary.Request("verify-signature", request.ToJsonString());
            cases.Add(("verify-signature-request", request));
            cases.Add(("verify-signature-response", JsonNode.Parse(result.Stdout)!));
            if (vector.FailingCheck is not null)
                cases.Add(("error", JsonNode.Parse(result.Stderr)!));
        }

        Assert.All(JsonSchemas.Validate(cases).Zip(cases), outcome => Assert.True(outcome.First == "valid", $"{outcome.First}\n{outcome.Second}"));
    }

    [Fact]
    public void Requests_that_the_schemas_refuse_the_binary_refuses_too()
    {
        using var folder = new WorkingFolder();
        var requests = InvalidRequests().ToList();
        var outcomes = JsonSchemas.Validate([.. requests.Select(request => ($"{request.Command}-request", (JsonNode)request.Request))]);
        var cases = new List<(string Schema, JsonNode Instance)>();
        foreach (var ((command, request), outcome) in requests.Zip(outcomes))
        {
            Assert.True(outcome != "valid", $"no schema refuses {request}");
            var result = folder.Request(command, request.ToJsonString());
            Assert.True(result.ExitCode == 1, $"the binary takes {request}, where the schema says {outcome}");
            cases.Add(("error", JsonNode.Parse(result.Stderr)!));
        }

        Assert.All(JsonSchemas.Validate(cases), outcome => Assert.Equal("valid", outcome));
    }

    [Fact]
    public void Responses_that_contradict_themselves_are_invalid()
    {
        using var folder = new WorkingFolder();
        var verified = Parse(folder.Request("verify-signature", VectorRequests.Verify().ToJsonString()));
        var refused = Parse(Nv2Binary.Request("verify-signature", VectorRequests.Verify(VectorRequests.Find("nv2-jwt/expired.jwt")).ToJsonString()));
        var failure = JsonNode.Parse("""{"errorCode":"VERIFICATION_FAILED","errorMessage":"no","errorMetadata":{}}""")!;
        var reordered = Copy(verified);
        reordered["checks"]![0]!["check"] = "integrity";
        var unexplained = Copy(refused);
        foreach (var check in unexplained["checks"]!.AsArray())
            check!.AsObject().Remove("reason");

        Assert.DoesNotContain(
            "valid",
            JsonSchemas.Validate([
                ("verify-signature-response", Copy(verified).With("verified", false)),
                ("verify-signature-response", Copy(refused).With("verified", true)),
                ("verify-signature-response", Copy(verified).Without("signer")),
                ("verify-signature-response", Copy(verified).With("checks", new JsonArray())),
                ("verify-signature-response", reordered),
                ("verify-signature-response", unexplained),
                ("error", failure),
            ])
        );
    }

    [Theory]
    [InlineData("strict", true, true, true)]
    [InlineData("audit", true, true, true)]
    [InlineData("skip", false, true, true)]
    [InlineData("strict", true, true, false)]
    [InlineData("strict", false, false, true)]
    [InlineData("audit", true, true, true, true)]
    [InlineData("strict", false, true, false, true)]
    public void Requests_and_responses_of_a_verification_by_policy_are_valid(
        string level,
        bool verified,
        bool accepted,
        bool trustRequired,
        bool byStranger = false
    )
    {
        using var folder = new WorkingFolder();
        folder.Write("trust/truststore/x509/ca/wabbit/root.crt", Vectors.Read(byStranger || !accepted ? "keys/rsa2048.crt" : "keys/p256.crt"));
        var key = new JsonObject
        {
            ["scope"] = "*",
            ["url"] = "https://wabbit-networks.io/root.crt?a=[1]",
            ["sha256Thumbprint"] = new string('0', 64),
            ["store"] = "ca:wabbit",
        };
        folder.Write(
            "trust/nv2.json",
            new JsonObject
            {
                ["version"] = "1.0",
                ["trustRequired"] = trustRequired,
                ["keys"] = new JsonArray(key),
            }.ToJsonString()
        );
        var statement = new JsonObject
        {
            ["name"] = "wabbit",
            ["registryScopes"] = new JsonArray("registry.wabbit-networks.io/net-monitor"),
            ["signatureVerification"] = new JsonObject { ["level"] = level },
        };
        if (level != "skip")
            statement.With("trustStores", new JsonArray("ca:wabbit")).With("trustedIdentities", new JsonArray("*"));
        folder.Write("trust/trustpolicy.json", new JsonObject { ["version"] = "1.0", ["trustPolicies"] = new JsonArray(statement) }.ToJsonString());

        var request = VectorRequests
            .Verify()
            .Without("trustedCertificates")
            .With("trustHome", "trust")
            .With("reference", "registry.wabbit-networks.io/net-monitor:v1");
        var result = folder.Request("verify-signature", request.ToJsonString());
        var response = Parse(result);

        Assert.Equal(accepted ? 0 : 1, result.ExitCode);
        Assert.Equal(accepted, response["certificateSources"] is null);
        Assert.Equal((verified, accepted), (response["verified"]!.GetValue<bool>(), response["accepted"]!.GetValue<bool>()));
        Assert.Equal(["valid", "valid"], JsonSchemas.Validate([("verify-signature-request", request), ("verify-signature-response", response)]));
        Assert.DoesNotContain(
            "valid",
            JsonSchemas.Validate([
                ("verify-signature-response", Copy(response).Without("trustPolicy")),
                ("verify-signature-response", Copy(response).Without("accepted").With("warning", "beware")),
                ("verify-signature-response", Copy(response).With("verified", true).With("accepted", false)),
            ])
        );
    }

    private static IEnumerable<(string Command, JsonObject Request)> ValidRequests()
    {
        yield return ("describe", new JsonObject { ["protocolVersion"] = "1.0" });
        yield return ("describe", new JsonObject { ["protocolVersion"] = "1.0", ["keyId"] = WorkingFolder.RsaKey });
        yield return (
            "describe",
            new JsonObject
            {
                ["protocolVersion"] = "1.0",
                ["keyId"] = WorkingFolder.P256Key,
                ["pluginConfig"] = P256Config(),
                ["later"] = new JsonArray(1, null),
            }
        );
        yield return ("generate-signature", VectorRequests.Sign());
        yield return (
            "generate-signature",
            VectorRequests.Sign().With("keyId", WorkingFolder.RsaKey).With("signatureFormat", "application/vnd.cncf.notary.config.v2+json")
        );
        yield return (
            "generate-signature",
            VectorRequests
                .Sign()
                .Without("subject")
                .With("manifest", Convert.ToBase64String(Vectors.Read("manifests/oci-index.json")))
                .With("references", new JsonArray("registry.wabbit-networks.io/net-monitor:v1"))
                .With("expiryDurationInSeconds", 31536000000)
                .With("pluginConfig", P256Config())
                .With("grease", true)
        );
        foreach (var format in Envelopes)
        {
            yield return (
                "generate-signature",
                VectorRequests
                    .Sign()
                    .With("signatureFormat", format)
                    .With("pluginConfig", P256Config())
                    .With("annotations", new JsonObject { ["build"] = "42", ["empty"] = "" })
            );
        }

        foreach (var name in new[] { "p256.jws", "rsa3072.cose" })
        {
            var envelope = Vectors.Envelopes.First(one => one.Signature == $"notation/{name}");
            yield return (
                "verify-signature",
                VectorRequests
                    .Verify()
                    .With("subject", JsonNode.Parse(Vectors.Read(envelope.Subject)))
                    .With("signature", Convert.ToBase64String(Vectors.Read(envelope.Signature)))
                    .With("trustedCertificates", new JsonArray(VectorRequests.Certificate(envelope.Trusted)))
                    .With("annotations", new JsonObject())
            );
        }

        yield return ("verify-signature", VectorRequests.Verify());
        yield return (
            "verify-signature",
            VectorRequests
                .Verify()
                .Without("subject")
                .With("manifest", Convert.ToBase64String(Vectors.Read("manifests/oci-image.json")))
                .With("signatureFormat", "application/vnd.cncf.notary.config.v2+jwt")
                .With("reference", "registry.wabbit-networks.io/net-monitor:v1")
        );
    }

    private static IEnumerable<(string Command, JsonObject Request)> InvalidRequests()
    {
        yield return ("describe", []);
        yield return ("describe", new JsonObject { ["protocolVersion"] = "2.0" });
        yield return ("describe", new JsonObject { ["protocolVersion"] = 1.0 });
        yield return ("describe", new JsonObject { ["protocolVersion"] = "1.0", ["contractVersion"] = "1.0" });
        yield return ("describe", new JsonObject { ["protocolVersion"] = "1.0", ["keyId"] = "" });
        yield return ("describe", new JsonObject { ["protocolVersion"] = "1.0", ["keyId"] = null });
        yield return ("generate-signature", VectorRequests.Sign().Without("keyId"));
        yield return ("generate-signature", VectorRequests.Sign().Without("subject"));
        yield return ("generate-signature", VectorRequests.Sign().With("manifest", "e30="));
        yield return ("generate-signature", VectorRequests.Sign().With("subject", "sha256"));
        yield return ("generate-signature", VectorRequests.Sign().With("subject", VectorRequests.Descriptor("application", [])));
        yield return ("generate-signature", VectorRequests.Sign().With("subject", VectorRequests.Descriptor("application/x", []).With("size", -1)));
        yield return ("generate-signature", VectorRequests.Sign().With("subject", VectorRequests.Descriptor("application/x", []).With("size", 0.5)));
        yield return (
            "generate-signature",
            VectorRequests.Sign().With("subject", VectorRequests.Descriptor("application/x", []).With("digest", "sha256:00"))
        );
        yield return ("generate-signature", VectorRequests.Sign().With("expiryDurationInSeconds", 0));
        yield return ("generate-signature", VectorRequests.Sign().With("expiryDurationInSeconds", 31536000001));
        yield return ("generate-signature", VectorRequests.Sign().With("signatureFormat", "application/jose"));
        yield return ("generate-signature", Envelope().With("annotations", new JsonArray("a=b")));
        yield return ("generate-signature", Envelope().With("annotations", new JsonObject { ["a"] = 1 }));
        yield return ("generate-signature", Envelope().With("annotations", new JsonObject { [""] = "1" }));
        yield return ("generate-signature", Envelope().With("annotations", new JsonObject { ["io.cncf.notary.build"] = "1" }));
        yield return ("verify-signature", VectorRequests.Verify().With("annotations", new JsonObject { ["a"] = null }));
        yield return ("generate-signature", VectorRequests.Sign().With("references", "app"));
        yield return ("generate-signature", VectorRequests.Sign().With("references", new JsonArray(1)));
        yield return ("generate-signature", VectorRequests.Sign().With("pluginConfig", new JsonObject { ["x"] = 1 }));
        yield return ("generate-signature", VectorRequests.Sign().With("pluginConfig", new JsonObject { ["certificate"] = "" }));
        yield return ("verify-signature", VectorRequests.Verify().Without("signature"));
        yield return ("verify-signature", VectorRequests.Verify().With("signature", "a-_="));
        yield return ("verify-signature", VectorRequests.Verify().With("signature", "YQ"));
        yield return ("verify-signature", VectorRequests.Verify().With("reference", ""));
        yield return ("verify-signature", VectorRequests.Verify().With("trustedCertificates", new JsonArray(true)));
        yield return ("verify-signature", VectorRequests.Verify().With("trustedCertificates", "MII="));
        yield return ("verify-signature", VectorRequests.Verify().With("trustedTimestampAuthorities", "MII="));
        yield return ("verify-signature", VectorRequests.Verify().With("trustHome", "trust"));
        yield return (
            "verify-signature",
            VectorRequests.Verify().Without("trustedCertificates").With("trustedTimestampAuthorities", new JsonArray()).With("trustHome", "trust")
        );
        yield return ("verify-signature", VectorRequests.Verify().Without("trustedCertificates").With("trustHome", ""));
        yield return ("verify-signature", VectorRequests.Verify().Without("trustedCertificates").With("trustHome", new JsonArray("trust")));
    }

    private static JsonObject Envelope() => VectorRequests.Sign().With("signatureFormat", Envelopes[0]).With("pluginConfig", P256Config());

    private static JsonObject P256Config() => new() { ["certificate"] = WorkingFolder.P256Certificate };

    private static JsonObject Parse(ProcessResult result) => JsonNode.Parse(result.Stdout)!.AsObject();

    private static JsonObject Copy(JsonObject json) => json.DeepClone().AsObject();
}
