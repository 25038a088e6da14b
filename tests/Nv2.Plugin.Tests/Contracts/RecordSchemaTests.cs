using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Nv2.Plugin.Contracts;
using Nv2.Plugin.Contracts.Notation;
using Nv2.Plugin.Contracts.Nv2;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Tests.Notation;
using Exec = Nv2.Plugin.Contracts.Nv2;
using Host = Nv2.Plugin.Contracts.Notation;

namespace Nv2.Plugin.Tests.Contracts;

/// <summary>Compares the records that the contracts declare, the schemas in docs/schemas, and what a host and the binary exchange.</summary>
public sealed class RecordSchemaTests
{
    private static readonly Type[] WrittenDirectly = [typeof(string), typeof(bool), typeof(int), typeof(long), typeof(decimal), typeof(byte[])];

    private static readonly Dictionary<string, Type[]> Records = new()
    {
        ["describe-response"] = [typeof(Exec.DescribeResponse)],
        ["generate-signature-response"] = [typeof(Exec.GenerateSignatureResponse)],
        ["verify-signature-response"] = [typeof(VerificationReport), typeof(PolicyVerificationReport)],
        ["error"] = [typeof(ErrorObject)],
        ["notation/get-plugin-metadata-response"] = [typeof(Host.GetPluginMetadataResponse)],
        ["notation/describe-key-response"] = [typeof(Host.DescribeKeyResponse)],
        ["notation/generate-signature-response"] = [typeof(Host.GenerateSignatureResponse)],
        ["notation/generate-envelope-response"] = [typeof(Host.GenerateEnvelopeResponse)],
        ["notation/verify-signature-response"] = [typeof(Host.VerifySignatureResponse)],
        ["cli/sign"] = [typeof(SigningReport)],
        ["cli/attach"] = [typeof(SigningReport)],
        ["cli/verify"] = [typeof(ArtifactReport), typeof(PolicyArtifactReport), typeof(SkippedReport)],
        ["cli/verify-several"] = [typeof(OutcomesReport)],
        ["cli/batch"] = [typeof(BatchEntry)],
        ["cli/list"] = [typeof(ListedManifest)],
        ["cli/doctor"] = [typeof(DiagnosisReport)],
        ["cli/trust-check"] = [typeof(TrustCheckReport)],
        ["cli/trust-list"] = [typeof(IReadOnlyList<TrustStoreReport>)],
        ["cli/trust-show"] = [typeof(TrustStoreReport)],
    };

    public static TheoryData<string> Schemas() => new(Records.Keys);

    [Theory]
    [MemberData(nameof(Schemas))]
    public void A_schema_has_the_properties_of_its_record_and_no_others(string schema) =>
        Assert.Equal(JsonShape.OfRecords(Records[schema]).Lines(), JsonShape.OfSchema(schema).Lines());

    public static TheoryData<Type> SelfWritten() =>
        new(typeof(IJsonRecord).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IJsonRecord))));

    // Byte for byte: every property in its place, under its name, and none that is null (docs/decisions/0018).
    [Theory]
    [MemberData(nameof(SelfWritten))]
    public void A_record_that_writes_itself_writes_what_the_platform_would(Type type)
    {
        foreach (var isFull in new[] { true, false })
        {
            var record = (IJsonRecord)RecordSample.Of(type, isFull);

            Assert.Equal(RecordSample.Serialize(record) + "\n", Encoding.UTF8.GetString(JsonOutput.Line(record).Span));
        }
    }

    // A handler leaves anything else to JsonSerializer, with its options and type information (docs/decisions/0002-responses-are-generated.md).
    [Fact]
    public void Records_have_only_properties_that_generated_handlers_write_themselves()
    {
        var contexts = typeof(ErrorObject).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JsonSerializerContext))).ToList();
        var roots = contexts
            .SelectMany(context => context.GetCustomAttributesData())
            .Where(attribute => attribute.AttributeType == typeof(JsonSerializableAttribute))
            .Select(attribute => (Type)attribute.ConstructorArguments[0].Value!);

        Assert.Equal([typeof(ReportJson)], contexts);
        foreach (var root in roots)
            RequireDirect(root, root.Name, isRoot: true);
    }

    [Fact]
    public void Every_command_has_a_schema_for_its_request_and_one_for_its_response()
    {
        var expected = new List<string> { "error" };
        foreach (var contract in new[] { ExecProtocol.Contract, NotationContract.Contract })
        {
            var folder = contract.Name == "nv2" ? "" : $"{contract.Name}/";
            foreach (var command in contract.Commands)
                expected.AddRange([$"{folder}{command.Name}-request", $"{folder}{command.Name}-response"]);
        }

        // The record of a build and the settings beside a trust policy are no part of a contract.
        Assert.Equal(
            expected.Append("build-record").Append("nv2").Order(StringComparer.Ordinal),
            JsonSchemas.Names.Where(name => !IsOfCommandLine(name))
        );
        Assert.Equal(
            expected.Where(name => !name.EndsWith("-request", StringComparison.Ordinal)).Order(),
            Records.Keys.Where(name => !IsOfCommandLine(name)).Order()
        );
    }

    [Fact]
    public void Every_schema_of_the_command_line_has_a_record() =>
        Assert.Equal(JsonSchemas.Names.Where(IsOfCommandLine), Records.Keys.Where(IsOfCommandLine).Order(StringComparer.Ordinal));

    [Fact]
    public void What_notation_sends_and_accepts_is_valid()
    {
        var root = Vectors.PathOf("notation-host");
        var cases = new List<(string Schema, JsonNode Instance)>();
        foreach (var file in Directory.GetFiles(root, "*.json", SearchOption.AllDirectories))
        {
            // 04-generate-signature.request.json
            var parts = Path.GetFileName(file).Split('.');
            cases.Add(($"notation/{parts[0][3..]}-{parts[1]}", JsonNode.Parse(File.ReadAllBytes(file))!));
        }

        Assert.Equal(
            JsonSchemas.Names.Where(name => name.StartsWith("notation/", StringComparison.Ordinal)),
            cases.Select(one => one.Schema).Distinct().Order(StringComparer.Ordinal)
        );
        AssertValid(cases);
    }

    [Fact]
    public void What_the_binary_answers_to_notation_is_valid()
    {
        using var host = new RecordedHost();
        var config = new JsonObject { ["certificate"] = RecordedHost.Bundle, ["mode"] = "envelope" };
        var cases = new List<(string Schema, JsonNode Instance)>();
        foreach (var (command, recording) in Commands())
        {
            var request = RecordedHost.Request(recording).With("pluginConfig", config.DeepClone());
            cases.Add(($"notation/{command}-request", request));
            cases.Add(($"notation/{command}-response", host.Answer(command, request)));
        }

        var identityOnly = RecordedHost.Request("verify/02-verify-signature");
        identityOnly["trustPolicy"]!["signatureVerification"] = new JsonArray("SIGNATURE_VERIFIER.TRUSTED_IDENTITY");
        cases.Add(("notation/verify-signature-request", identityOnly));
        cases.Add(("notation/verify-signature-response", host.Answer("verify-signature", identityOnly)));
        AssertValid(cases);
    }

    [Fact]
    public void What_the_schemas_of_notation_refuse_the_binary_refuses_too()
    {
        using var host = new RecordedHost();
        var requests = BadRequests().ToList();
        var outcomes = JsonSchemas.Validate([.. requests.Select(one => ($"notation/{one.Command}-request", (JsonNode)one.Request))]);
        var errors = new List<(string Schema, JsonNode Instance)>();
        foreach (var ((command, request), outcome) in requests.Zip(outcomes))
        {
            Assert.True(outcome != "valid", $"no schema refuses {request}");
            var result = host.Run(command, request);
            Assert.True(result.ExitCode == 1, $"the binary takes {request}, where the schema says {outcome}");
            errors.Add(("error", JsonNode.Parse(result.Stderr)!));
        }

        AssertValid(errors);
    }

    private static bool IsOfCommandLine(string schema) => schema.StartsWith("cli/", StringComparison.Ordinal);

    private static void RequireDirect(Type type, string name, bool isRoot = false)
    {
        if (Array.IndexOf(WrittenDirectly, type) >= 0)
            return;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(IReadOnlyList<>) || definition == typeof(IReadOnlyDictionary<,>))
        {
            RequireDirect(type.GetGenericArguments()[^1], $"{name}[]");
            return;
        }

        // The handler for a base type would leave out what a derived one adds.
        Assert.True(type.IsClass && type.Assembly == typeof(ErrorObject).Assembly && (isRoot || type.IsSealed), $"{name} is of the type {type}");
        foreach (var property in type.GetProperties())
            RequireDirect(property.PropertyType, $"{name}.{property.Name}");
    }

    private static IEnumerable<(string Command, string Recording)> Commands() =>
        [
            ("get-plugin-metadata", "raw/00-get-plugin-metadata"),
            ("describe-key", "raw/02-describe-key"),
            ("generate-signature", "raw/04-generate-signature"),
            ("generate-envelope", "envelope/02-generate-envelope"),
            ("verify-signature", "verify/02-verify-signature"),
        ];

    private static IEnumerable<(string Command, JsonObject Request)> BadRequests()
    {
        foreach (var (command, recording) in Commands())
        {
            yield return (command, RecordedHost.Request(recording).With("contractVersion", "2.0"));
            yield return (command, RecordedHost.Request(recording).With("contractVersion", "1.0").With("protocolVersion", "1.0"));
            yield return (command, RecordedHost.Request(recording).With("pluginConfig", new JsonObject { ["a"] = 1 }));
            foreach (var name in RecordedHost.Request(recording).Select(property => property.Key).Where(name => name != "pluginConfig"))
            {
                yield return (command, RecordedHost.Request(recording).Without(name));
                yield return (command, RecordedHost.Request(recording).With(name, null));
                yield return (command, RecordedHost.Request(recording).With(name, new JsonArray()));
                yield return (command, RecordedHost.Request(recording).With(name, ""));
            }
        }

        yield return ("generate-envelope", RecordedHost.Request("envelope/02-generate-envelope").With("expiryDurationInSeconds", 0));
        string[] required =
        [
            "signature.criticalAttributes",
            "signature.criticalAttributes.contentType",
            "signature.criticalAttributes.signingScheme",
            "signature.certificateChain",
            "trustPolicy.trustedIdentities",
            "trustPolicy.signatureVerification",
        ];
        foreach (var path in required)
        {
            var request = RecordedHost.Request("verify/02-verify-signature");
            var steps = path.Split('.');
            steps[..^1].Aggregate((JsonNode)request, (node, step) => node[step]!).AsObject().Remove(steps[^1]);
            yield return ("verify-signature", request);
        }
    }

    private static void AssertValid(List<(string Schema, JsonNode Instance)> cases) =>
        Assert.All(JsonSchemas.Validate(cases).Zip(cases), outcome => Assert.True(outcome.First == "valid", $"{outcome.First}\n{outcome.Second}"));
}
