using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>Requests that the exec protocol refuses, and what it says.</summary>
public sealed class BadRequestTests
{
    private const string Sign = "generate-signature";
    private const string Verify = "verify-signature";
    private const string Unsupported = "UNSUPPORTED_CONTRACT_VERSION";

    [Fact]
    public void A_request_that_is_not_one_JSON_object_is_refused()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "bad-requests-json",
            folder,
            [
                new("empty", Sign, ""),
                new("white space", Sign, " \r\n\t"),
                new("no JSON", Sign, "sign this, please"),
                new("cut off", Sign, """{"protocolVersion":"1.0","""),
                new("an array", Sign, "[]"),
                new("a string", Sign, "\"1.0\""),
                new("null", Sign, "null"),
                new("trailing data", Sign, """{"protocolVersion":"1.0"}{}"""),
                new("trailing comma", Sign, """{"protocolVersion":"1.0",}"""),
                new("a comment", Sign, """{"protocolVersion":"1.0"/* first */}"""),
                new("a byte order mark", Sign, [0xef, 0xbb, 0xbf, .. "{}"u8]),
                new("not UTF-8", "describe", [.. "{\"protocolVersion\":\"1.0\",\"keyId\":\""u8, 0xff, .. "\"}"u8]),
                new("UTF-16", Sign, Encoding.Unicode.GetBytes("{}")),
                new("a property twice", Sign, """{"protocolVersion":"1.0","protocolVersion":"1.0"}"""),
                new("a property twice, once escaped", Sign, """{"protocolVersion":"1.0","protocol\u0056ersion":"2.0"}"""),
                new(
                    "a property twice below",
                    Sign,
                    VectorRequests.Sign().ToJsonString().Replace("\"size\":", "\"size\":1,\"size\":", StringComparison.Ordinal)
                ),
                new("nested too deep", Sign, $"{{\"a\":{new string('[', 40)}{new string(']', 40)}}}"),
                new("nested far too deep", Sign, new string('[', 100_000)),
                new("over 16 MiB", Sign, $$"""{"protocolVersion":"1.0","a":"{{new string('x', 16 * 1024 * 1024)}}"}"""),
            ]
        );
    }

    [Fact]
    public void A_request_of_another_contract_or_version_is_refused()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "bad-requests-version",
            folder,
            [
                new("no version", "describe", "{}", "$.protocolVersion"),
                new("both contracts", "describe", """{"protocolVersion":"1.0","contractVersion":"1.0"}""", "$.contractVersion"),
                new("the Notation contract", "describe", """{"contractVersion":"1.0"}""", "$.contractVersion") { Code = Unsupported },
                new(
                    "the Notation contract to sign as in this one",
                    Sign,
                    VectorRequests.Sign().Without("protocolVersion").With("contractVersion", "1.0"),
                    "$.payload"
                ),
                new("no contract to sign", Sign, VectorRequests.Sign().Without("protocolVersion"), "$.protocolVersion"),
                new("both contracts to sign", Sign, VectorRequests.Sign().With("contractVersion", "1.0"), "$.contractVersion"),
                new("no contract to verify", Verify, VectorRequests.Verify().Without("protocolVersion"), "$.protocolVersion"),
                new("both contracts to verify", Verify, VectorRequests.Verify().With("contractVersion", "1.0"), "$.contractVersion"),
                new("version 2.0", "describe", """{"protocolVersion":"2.0"}""", "$.protocolVersion") { Code = Unsupported },
                new("version 1", "describe", """{"protocolVersion":"1"}""", "$.protocolVersion") { Code = Unsupported },
                new("version empty", "describe", """{"protocolVersion":""}""", "$.protocolVersion") { Code = Unsupported },
                new("version a number", "describe", """{"protocolVersion":1.0}""", "$.protocolVersion"),
                new("version null", "describe", """{"protocolVersion":null}""", "$.protocolVersion"),
                new("no command", "plugin", """{"protocolVersion":"1.0"}""", "$.command"),
                new("unknown command", "plugin", """{"protocolVersion":"1.0","command":"push"}""", "$.command"),
                new("the command plugin", "plugin", """{"protocolVersion":"1.0","command":"plugin"}""", "$.command"),
                new("command a list", "plugin", """{"protocolVersion":"1.0","command":["describe"]}""", "$.command"),
            ]
        );
    }

    [Fact]
    public void A_request_to_describe_that_cannot_be_carried_out_names_the_property()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "bad-requests-describe",
            folder,
            [
                new("key missing", "describe", Describe("missing.key"), "$.keyId"),
                new("key a number", "describe", Describe(1), "$.keyId"),
                new("key null", "describe", Describe(null), "$.keyId"),
                new("key empty", "describe", Describe(""), "$.keyId"),
                new("key with a null character", "describe", Describe("a\0b"), "$.keyId"),
                new("key half a surrogate pair", "describe", """{"protocolVersion":"1.0","keyId":"\ud800"}""", "$.keyId"),
                new("key a folder", "describe", Describe("."), "$.keyId"),
                new("key a certificate", "describe", Describe(WorkingFolder.RsaCertificate), "$.keyId"),
                new(
                    "certificate of another key",
                    "describe",
                    Describe(WorkingFolder.RsaKey).With("pluginConfig", Config(WorkingFolder.P256Certificate)),
                    "$.pluginConfig.certificate"
                ),
                new(
                    "configuration not of strings",
                    "describe",
                    Describe(WorkingFolder.RsaKey).With("pluginConfig", Config(true)),
                    "$.pluginConfig.certificate"
                ),
                new("configuration a string", "describe", Describe(WorkingFolder.RsaKey).With("pluginConfig", "certificate"), "$.pluginConfig"),
            ]
        );
    }

    [Fact]
    public void A_request_to_sign_that_cannot_be_carried_out_names_the_property()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "bad-requests-sign",
            folder,
            [
                new("no artifact", Sign, VectorRequests.Sign().Without("subject"), "$.subject"),
                new("both subject and manifest", Sign, VectorRequests.Sign().With("manifest", "e30="), "$.manifest"),
                new("subject a string", Sign, VectorRequests.Sign().With("subject", "app"), "$.subject"),
                new("subject null", Sign, VectorRequests.Sign().With("subject", null), "$.subject"),
                Subject("no media type", subject => subject.Without("mediaType"), "$.subject.mediaType"),
                Subject("bad media type", subject => subject.With("mediaType", "application/x; a=b"), "$.subject.mediaType"),
                Subject("no digest", subject => subject.Without("digest"), "$.subject.digest"),
                Subject("digest too short", subject => subject.With("digest", "sha256:00"), "$.subject.digest"),
                Subject("digest in upper case", subject => subject.With("digest", $"sha256:{new string('A', 64)}"), "$.subject.digest"),
                Subject("digest by MD5", subject => subject.With("digest", $"md5:{new string('0', 32)}"), "$.subject.digest"),
                Subject("no size", subject => subject.Without("size"), "$.subject.size"),
                Subject("size a string", subject => subject.With("size", "402"), "$.subject.size"),
                Subject("size negative", subject => subject.With("size", -1), "$.subject.size"),
                Subject("size with a fraction", subject => subject.With("size", 1.5), "$.subject.size"),
                Subject("size too large", subject => subject.With("size", JsonNode.Parse("9223372036854775808")), "$.subject.size"),
                new(
                    "size with an exponent",
                    Sign,
                    VectorRequests.Sign().ToJsonString().Replace(":402}", ":4e2}", StringComparison.Ordinal),
                    "$.subject.size"
                ),
                Manifest("manifest no base64", "{}", "$.manifest"),
                Manifest("manifest without padding", "e30", "$.manifest"),
                Manifest("manifest in base64url", "-_-_", "$.manifest"),
                Manifest("manifest cut off", Base64("{"u8.ToArray()), "$.manifest"),
                Manifest("manifest with a bad media type", Base64("{\"mediaType\":7}"u8.ToArray()), "$.manifest"),
                Manifest("manifest over 4 MiB", Base64(new byte[(4 * 1024 * 1024) + 1]), "$.manifest"),
                Property("no list of references", "references", "app", "$.references"),
                Property("a reference that is no string", "references", new JsonArray("app", 1), "$.references[1]"),
                Property("a bad reference", "references", new JsonArray("app", "-app"), "$.references[1]"),
                Property("an empty reference", "references", new JsonArray(""), "$.references[0]"),
                Property(
                    "1025 references",
                    "references",
                    new JsonArray([.. Enumerable.Range(0, 1025).Select(number => JsonValue.Create($"app:{number}"))]),
                    "$.references"
                ),
                Property("unknown format", "signatureFormat", "application/jose", "$.signatureFormat"),
                Property("format by its short name", "signatureFormat", "jwt", "$.signatureFormat"),
                Property("format empty", "signatureFormat", "", "$.signatureFormat"),
                Property("expiry 0", "expiryDurationInSeconds", 0, "$.expiryDurationInSeconds"),
                Property("expiry negative", "expiryDurationInSeconds", -1, "$.expiryDurationInSeconds"),
                Property("expiry 1.5", "expiryDurationInSeconds", 1.5, "$.expiryDurationInSeconds"),
                Property("expiry huge", "expiryDurationInSeconds", JsonNode.Parse("1" + new string('0', 300)), "$.expiryDurationInSeconds"),
                Property("expiry one second too long", "expiryDurationInSeconds", 31536000001, "$.expiryDurationInSeconds"),
                Property("expiry a duration", "expiryDurationInSeconds", "365d", "$.expiryDurationInSeconds"),
                new("no key", Sign, VectorRequests.Sign().Without("keyId"), "$.keyId"),
                Property("key empty", "keyId", "", "$.keyId"),
                Property("key missing", "keyId", "missing.key", "$.keyId"),
                Property("certificate missing", "pluginConfig", Config("missing.crt"), "$.pluginConfig.certificate"),
                Property("certificate empty", "pluginConfig", Config(""), "$.pluginConfig.certificate"),
                Property("certificate of another key", "pluginConfig", Config(WorkingFolder.RsaCertificate), "$.pluginConfig.certificate"),
                Property("another entry no string", "pluginConfig", new JsonObject { ["a b"] = 1 }, "$.pluginConfig[\"a b\"]"),
                Property(
                    "257 entries",
                    "pluginConfig",
                    new JsonObject(Enumerable.Range(0, 257).Select(number => KeyValuePair.Create($"n{number}", (JsonNode?)"x"))),
                    "$.pluginConfig"
                ),
                new(
                    "reference of another registry than the certificate's",
                    Sign,
                    VectorRequests
                        .Sign()
                        .With("pluginConfig", Config(WorkingFolder.P256Certificate))
                        .With("references", new JsonArray("registry.acme-rockets.io/app")),
                    "$.references"
                ),
            ]
        );
    }

    [Fact]
    public void A_request_to_verify_that_cannot_be_carried_out_names_the_property()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "bad-requests-verify",
            folder,
            [
                new("no signature", Verify, VectorRequests.Verify().Without("signature"), "$.signature"),
                Change("signature no base64", "signature", "eyJ0.eyJ0.AAAA", "$.signature"),
                Change("signature a number", "signature", 1, "$.signature"),
                Change("signature over 4 MiB", "signature", Base64(new byte[(4 * 1024 * 1024) + 1]), "$.signature"),
                Change("unknown format", "signatureFormat", "application/jose", "$.signatureFormat"),
                Change("format null", "signatureFormat", null, "$.signatureFormat"),
                Change("bad reference", "reference", "registry.wabbit-networks.io/", "$.reference"),
                Change("reference a list", "reference", new JsonArray("app"), "$.reference"),
                Change("certificates no list", "trustedCertificates", "MII=", "$.trustedCertificates"),
                Change(
                    "a certificate that is none",
                    "trustedCertificates",
                    new JsonArray(VectorRequests.Certificate("keys/p256.crt"), "AAAA"),
                    "$.trustedCertificates[1]"
                ),
                Change(
                    "a certificate in PEM",
                    "trustedCertificates",
                    new JsonArray(Encoding.ASCII.GetString(Vectors.Read("keys/p256.crt"))),
                    "$.trustedCertificates[0]"
                ),
                Change(
                    "1025 certificates",
                    "trustedCertificates",
                    new JsonArray([.. Enumerable.Repeat(0, 1025).Select(_ => JsonValue.Create(""))]),
                    "$.trustedCertificates"
                ),
                Change("timestamp authorities no list", "trustedTimestampAuthorities", "MII=", "$.trustedTimestampAuthorities"),
                Change(
                    "a timestamp authority that is no certificate",
                    "trustedTimestampAuthorities",
                    new JsonArray("AAAA"),
                    "$.trustedTimestampAuthorities[0]"
                ),
                Change("both subject and manifest", "manifest", "e30=", "$.manifest"),
            ]
        );

        static BadRequest Change(string name, string property, JsonNode? value, string path) =>
            new(name, Verify, VectorRequests.Verify().With(property, value), path);
    }

    private static JsonObject Describe(JsonNode? keyId) => new() { ["protocolVersion"] = "1.0", ["keyId"] = keyId };

    private static JsonObject Config(JsonNode certificate) => new() { ["certificate"] = certificate };

    private static string Base64(byte[] content) => Convert.ToBase64String(content);

    private static BadRequest Property(string name, string property, JsonNode? value, string path) =>
        new(name, Sign, VectorRequests.Sign().With(property, value), path);

    private static BadRequest Manifest(string name, string manifest, string path) =>
        new(name, Sign, VectorRequests.Sign().Without("subject").With("manifest", manifest), path);

    private static BadRequest Subject(string name, Func<JsonObject, JsonObject> change, string path)
    {
        var request = VectorRequests.Sign();
        change(request["subject"]!.AsObject());
        return new(name, Sign, request, path);
    }
}
