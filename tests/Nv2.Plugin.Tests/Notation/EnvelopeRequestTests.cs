using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>SIGNATURE_GENERATOR.ENVELOPE: envelopes made here around payloads of notation's.</summary>
public sealed class EnvelopeRequestTests : IDisposable
{
    private const string Recording = "envelope/02-generate-envelope";
    private const string Jws = "application/jose+json";
    private const string Cose = "application/cose";

    private readonly RecordedHost host = new();

    public static TheoryData<string, string, string> Keys()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var format in new[] { Jws, Cose })
        {
            foreach (var (key, _, _, algorithm) in RecordedHost.Keys)
                data.Add(format, key, algorithm);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void An_envelope_verifies_and_holds_the_payload_byte_for_byte(string format, string key, string algorithm)
    {
        host.Use($"keys/{key}.key", $"keys/{key}.crt");
        var request = Request(format);
        var answer = host.Answer("generate-envelope", request);

        Assert.Equal(
            RecordedHost.Response(Recording).Select(property => (property.Key, property.Value!.GetValueKind())),
            answer.Select(property => (property.Key, property.Value!.GetValueKind()))
        );
        Assert.Equal((format, "{}"), ((string)answer["signatureEnvelopeType"]!, answer["annotations"]!.ToJsonString()));
        var envelope = Convert.FromBase64String((string)answer["signatureEnvelope"]!);
        Assert.Equal(Convert.FromBase64String((string)request["payload"]!), AssembledEnvelope.PayloadOf(EnvelopeReading.Open(envelope).Signed));
        EnvelopeReading.Verify(envelope, $"keys/{key}.crt", "--user-metadata", "a=b").RequireSuccess();
        EnvelopeReading.AssertSignedBy($"keys/{key}.crt", algorithm, envelope);
    }

    [Theory]
    [InlineData(Jws)]
    [InlineData(Cose)]
    public void An_odd_payload_stays_as_it_is_with_every_annotation(string format)
    {
        // White space, another order, an escape, an unknown property, a reserved annotation: the writer of the payload is responsible for it.
        var payload = Encoding.UTF8.GetBytes(
            $$"""
             { "targetArtifact" : {"size":3, "annotations":{"b":"\u0031","io.cncf.notary.x":"y","a":""},
            "digest":"sha256:{{new string('0', 64)}}","mediaType":"text/plain","platform":{"os":"linux"} } }
            """
        );
        var envelope = Sign(Request(format).With("payload", Convert.ToBase64String(payload)));

        Assert.Equal(payload, AssembledEnvelope.PayloadOf(EnvelopeReading.Open(envelope).Signed));
        EnvelopeReading.Verify(envelope, "keys/root.crt", "--user-metadata", "b=1", "--user-metadata", "io.cncf.notary.x=y").RequireSuccess();
    }

    [Theory]
    [InlineData(Jws)]
    [InlineData(Cose)]
    public void What_is_signed_beside_the_payload_is_what_was_asked_for(string format)
    {
        Assert.Equal("", Attributes(Sign(Request(format))));
        Assert.Equal(
            "io.cncf.notary.verificationPlugin=nv2 True, io.cncf.notary.verificationPluginMinVersion=1.0.0 True",
            Attributes(Sign(Request(format, requirePlugin: "true").With("expiryDurationInSeconds", 60)))
        );
        Assert.Equal("", Attributes(Sign(Request(format, requirePlugin: "false"))));
    }

    [Theory]
    [InlineData(Jws)]
    [InlineData(Cose)]
    public void An_expiry_that_is_asked_for_is_signed(string format)
    {
        var report = Inspect(Sign(Request(format).With("expiryDurationInSeconds", 3600)));

        Assert.Equal(
            TimeSpan.FromHours(1),
            DateTimeOffset.Parse((string)report["expiresAt"]!, null) - DateTimeOffset.Parse((string)report["issuedAt"]!, null)
        );
        Assert.Null(Inspect(Sign(Request(format)))["expiresAt"]);
    }

    [Theory]
    [InlineData(Jws)]
    [InlineData(Cose)]
    public void A_signature_that_requires_the_plug_in_is_refused_where_no_plug_in_takes_part(string format)
    {
        var result = EnvelopeReading.Verify(Sign(Request(format, requirePlugin: "true")), "keys/root.crt");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("requires the verification plug-in \"nv2\"", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void The_envelope_of_the_recorded_request_reads_as_this()
    {
        var report = Inspect(Sign(Request(Jws, requirePlugin: "true")));
        report["issuedAt"] = "<time>";

        Snapshot.Match("notation-generate-envelope", Masked.Json(report.ToJsonString()));
    }

    [Fact]
    public void A_request_for_an_envelope_that_cannot_be_carried_out_names_the_property()
    {
        using var folder = new WorkingFolder();
        folder.WriteKey("leaf.key", Vectors.Read("keys/leaf.key"));
        folder.Write("leaf-chain.crt", Vectors.Read("keys/leaf-chain.crt"));
        BadRequest.AssertRefused(
            "notation-bad-requests-envelope",
            folder,
            [
                new("no version", Command, Valid().Without("contractVersion"), "$.contractVersion"),
                new("the other contract", Command, Valid().Without("contractVersion").With("protocolVersion", "1.0"), "$.protocolVersion")
                {
                    Code = "UNSUPPORTED_CONTRACT_VERSION",
                },
                new("version 1.1", Command, Valid().With("contractVersion", "1.1"), "$.contractVersion") { Code = "UNSUPPORTED_CONTRACT_VERSION" },
                new("no payload type", Command, Valid().Without("payloadType"), "$.payloadType"),
                Change("another payload type", "payloadType", "application/vnd.cncf.notary.payload.v2+json", "$.payloadType"),
                Change("payload type in upper case", "payloadType", "APPLICATION/vnd.cncf.notary.payload.v1+json", "$.payloadType"),
                new("no envelope type", Command, Valid().Without("signatureEnvelopeType"), "$.signatureEnvelopeType"),
                Change("an envelope of nv2", "signatureEnvelopeType", "application/vnd.cncf.notary.config.v2+jwt", "$.signatureEnvelopeType"),
                Change("envelope type by its short name", "signatureEnvelopeType", "jws", "$.signatureEnvelopeType"),
                Change("envelope type of the draft", "signatureEnvelopeType", "application/vnd.cncf.notary.v2.jws.v1", "$.signatureEnvelopeType"),
                new("no payload", Command, Valid().Without("payload"), "$.payload"),
                Change("payload no base64", "payload", "{}", "$.payload"),
                Payload("payload empty", ""),
                Payload("payload no JSON", "x"),
                Payload("payload with trailing data", """{"targetArtifact":{"mediaType":"a/b","digest":"sha256:DIGEST","size":1}}{}"""),
                Payload("payload without artifact", "{}"),
                Payload("payload with its artifact twice", """{"targetArtifact":{},"targetArtifact":{}}"""),
                Payload("payload without digest", """{"targetArtifact":{"mediaType":"a/b","size":1}}"""),
                Payload("payload with a bad digest", """{"targetArtifact":{"mediaType":"a/b","digest":"sha256:00","size":1}}"""),
                Payload("payload with a size that is no number", """{"targetArtifact":{"mediaType":"a/b","digest":"sha256:DIGEST","size":"1"}}"""),
                Payload(
                    "payload with annotations that are no strings",
                    """{"targetArtifact":{"mediaType":"a/b","digest":"sha256:DIGEST","size":1,"annotations":{"a":1}}}"""
                ),
                Payload(
                    "payload too large for an envelope",
                    $"{{\"targetArtifact\":{{\"mediaType\":\"a/b\",\"digest\":\"sha256:DIGEST\",\"size\":1,"
                        + $"\"annotations\":{{\"a\":\"{new string('x', 5 * 1024 * 1024)}\"}}}}}}"
                ),
                Change("expiry 0", "expiryDurationInSeconds", 0, "$.expiryDurationInSeconds"),
                Change("expiry negative", "expiryDurationInSeconds", -1, "$.expiryDurationInSeconds"),
                Change("expiry text", "expiryDurationInSeconds", "60", "$.expiryDurationInSeconds"),
                Change("expiry too long", "expiryDurationInSeconds", 31_536_000_001, "$.expiryDurationInSeconds"),
                new("no key", Command, Valid().Without("keyId"), "$.keyId"),
                Change("key missing", "keyId", "missing.key", "$.keyId"),
                new("no certificate", Command, Valid().Without("pluginConfig"), "$.pluginConfig.certificate"),
                Config("certificate of another key", "certificate", WorkingFolder.RsaCertificate),
                Config("requirePlugin neither true nor false", "requirePlugin", "yes"),
                new(
                    "a chain without its root",
                    Command,
                    Valid().With("keyId", "leaf.key").With("pluginConfig", new JsonObject { ["certificate"] = "leaf-chain.crt" }),
                    "$.pluginConfig.certificate"
                ),
                new(
                    "requirePlugin with a bare signature",
                    "generate-signature",
                    Raw().With("pluginConfig", Certificate().With("requirePlugin", "true")),
                    "$.pluginConfig.requirePlugin"
                ),
                new(
                    "requirePlugin no word, with a bare signature",
                    "generate-signature",
                    Raw().With("pluginConfig", Certificate().With("requirePlugin", "1")),
                    "$.pluginConfig.requirePlugin"
                ),
            ]
        );
    }

    public void Dispose() => host.Dispose();

    private const string Command = "generate-envelope";

    private static JsonObject Request(string format, string? requirePlugin = null)
    {
        var config = new JsonObject { ["certificate"] = RecordedHost.Bundle };
        if (requirePlugin is not null)
            config["requirePlugin"] = requirePlugin;
        return RecordedHost.Request(Recording).With("signatureEnvelopeType", format).With("pluginConfig", config);
    }

    private byte[] Sign(JsonObject request) => Convert.FromBase64String((string)host.Answer(Command, request)["signatureEnvelope"]!);

    private static JsonObject Inspect(byte[] envelope)
    {
        using var folder = new TemporaryFolder();
        return JsonNode.Parse(Nv2Binary.Run("inspect", "--json", folder.Write("signature", envelope)).RequireSuccess().Stdout)!.AsObject();
    }

    private static string Attributes(byte[] envelope) =>
        string.Join(
            ", ",
            Inspect(envelope)["extendedAttributes"]!
                .AsArray()
                .Select(attribute => $"{attribute!["name"]}={attribute["value"]} {(bool)attribute["critical"]!}")
        );

    private static JsonObject Certificate() => new() { ["certificate"] = WorkingFolder.P256Certificate };

    private static JsonObject Valid() => RecordedHost.Request(Recording).With("keyId", WorkingFolder.P256Key).With("pluginConfig", Certificate());

    private static JsonObject Raw() =>
        RecordedHost
            .Request("raw/04-generate-signature")
            .With("keyId", WorkingFolder.P256Key)
            .With("keySpec", "EC-256")
            .With("hashAlgorithm", "SHA-256");

    private static BadRequest Change(string name, string property, JsonNode? value, string path) =>
        new(name, Command, Valid().With(property, value), path);

    private static BadRequest Payload(string name, string payload) =>
        Change(
            name,
            "payload",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(payload.Replace("DIGEST", new string('0', 64), StringComparison.Ordinal))),
            "$.payload"
        );

    private static BadRequest Config(string name, string setting, string value) =>
        new(name, Command, Valid().With("pluginConfig", Certificate().With(setting, value)), $"$.pluginConfig.{setting}");
}
