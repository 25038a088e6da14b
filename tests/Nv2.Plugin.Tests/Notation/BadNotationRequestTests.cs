using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>Requests that the Notation plug-in contract refuses: exit code 1, nothing on standard output, one JSON object on standard
/// error.</summary>
public sealed class BadNotationRequestTests
{
    private const string Metadata = "get-plugin-metadata";
    private const string DescribeKey = "describe-key";
    private const string Sign = "generate-signature";
    private const string Verify = "verify-signature";
    private const string Unsupported = "UNSUPPORTED_CONTRACT_VERSION";

    [Fact]
    public void Requests_that_are_not_of_the_contract_are_refused()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "notation-bad-requests-contract",
            folder,
            [
                new("metadata: empty", Metadata, ""),
                new("metadata: an array", Metadata, "[]"),
                new("metadata: trailing data", Metadata, "{}{}"),
                new("metadata: a property twice", Metadata, """{"pluginConfig":{},"pluginConfig":{}}"""),
                new("metadata: over 16 MiB", Metadata, $$"""{"a":"{{new string('x', 16 * 1024 * 1024)}}"}"""),
                new("metadata: settings that are no strings", Metadata, """{"pluginConfig":{"a":1}}""", "$.pluginConfig.a"),
                new("metadata: settings that are a list", Metadata, """{"pluginConfig":[]}""", "$.pluginConfig"),
                new("metadata: a setting twice", Metadata, """{"pluginConfig":{"a":"1","a":"1"}}"""),
                new("metadata: an unknown mode", Metadata, """{"pluginConfig":{"mode":"both"}}""", "$.pluginConfig.mode"),
                new("metadata: version 2.0", Metadata, """{"contractVersion":"2.0"}""", "$.contractVersion") { Code = Unsupported },
                new("metadata: version a number", Metadata, """{"contractVersion":1}""", "$.contractVersion"),
                new("metadata: the other contract", Metadata, """{"protocolVersion":"1.0"}""", "$.protocolVersion") { Code = Unsupported },
                new("key: no version", DescribeKey, Describe().Without("contractVersion"), "$.contractVersion"),
                new("key: version 1.1", DescribeKey, Describe().With("contractVersion", "1.1"), "$.contractVersion") { Code = Unsupported },
                new("key: version 2.0", DescribeKey, Describe().With("contractVersion", "2.0"), "$.contractVersion") { Code = Unsupported },
                new("key: version empty", DescribeKey, Describe().With("contractVersion", ""), "$.contractVersion") { Code = Unsupported },
                new("key: version null", DescribeKey, Describe().With("contractVersion", null), "$.contractVersion"),
                new("key: the other contract", DescribeKey, Describe().Without("contractVersion").With("protocolVersion", "1.0"), "$.protocolVersion")
                {
                    Code = Unsupported,
                },
                new("key: both contracts", DescribeKey, Describe().With("protocolVersion", "1.0"), "$.contractVersion"),
                new("sign: no version", Sign, Signing().Without("contractVersion"), "$.protocolVersion"),
                new("sign: both contracts", Sign, Signing().With("protocolVersion", "1.0"), "$.contractVersion"),
                new("sign: version 2.0", Sign, Signing().With("contractVersion", "2.0"), "$.contractVersion") { Code = Unsupported },
                new("verify: no version", Verify, Verification().Without("contractVersion"), "$.protocolVersion"),
                new("verify: version 0.9", Verify, Verification().With("contractVersion", "0.9"), "$.contractVersion") { Code = Unsupported },
            ]
        );
    }

    [Fact]
    public void A_key_that_the_contract_does_not_know_is_refused()
    {
        using var folder = new WorkingFolder();
        BadKeys.WriteTo(folder);
        using var odd = System.Security.Cryptography.RSA.Create(2560);
        folder.WriteKey("odd.key", System.Text.Encoding.ASCII.GetBytes(odd.ExportPkcs8PrivateKeyPem()));
        string[] keys =
        [
            BadKeys.Rsa1024,
            BadKeys.P224,
            BadKeys.Ed25519,
            BadKeys.Encrypted,
            BadKeys.Damaged,
            "missing.key",
            "",
            ".",
            WorkingFolder.RsaCertificate,
            "odd.key",
        ];
        BadRequest.AssertRefused(
            "notation-bad-requests-key",
            folder,
            [
                new("none", DescribeKey, Describe().Without("keyId"), "$.keyId"),
                new("a number", DescribeKey, Describe().With("keyId", 1), "$.keyId"),
                .. keys.Select(key => new BadRequest($"'{key}'", DescribeKey, Describe().With("keyId", key), "$.keyId")),
            ]
        );
    }

    [Fact]
    public void A_request_to_sign_that_cannot_be_carried_out_names_the_property()
    {
        using var folder = new WorkingFolder();
        folder.WriteKey("leaf.key", Vectors.Read("keys/leaf.key"));
        foreach (var certificate in new[] { "leaf", "leaf-chain", "intermediate", "root", "no-digitalsignature" })
            folder.Write($"{certificate}.crt", Vectors.Read($"keys/{certificate}.crt"));
        folder.WriteKey("no-digitalsignature.key", Vectors.Read("keys/no-digitalsignature.key"));
        folder.Write(
            "disordered.crt",
            [.. Vectors.Read("keys/leaf.crt"), .. Vectors.Read("keys/root.crt"), .. Vectors.Read("keys/intermediate.crt")]
        );
        folder.Write(
            "root-first.crt",
            [.. Vectors.Read("keys/root.crt"), .. Vectors.Read("keys/intermediate.crt"), .. Vectors.Read("keys/leaf.crt")]
        );
        folder.Write(
            "too-long.crt",
            [.. Vectors.Read("keys/leaf-full-chain.crt"), .. Vectors.Read("keys/root.crt"), .. Vectors.Read("keys/p256.crt")]
        );
        BadRequest.AssertRefused(
            "notation-bad-requests-sign",
            folder,
            [
                new("no payload", Sign, Signing().Without("payload"), "$.payload"),
                Change("payload empty", "payload", "", "$.payload"),
                Change("payload no base64", "payload", "%%%%", "$.payload"),
                Change("payload in base64url", "payload", "-_-_", "$.payload"),
                Change("payload without padding", "payload", "YQ", "$.payload"),
                Change("payload null", "payload", null, "$.payload"),
                new("no key", Sign, Signing().Without("keyId"), "$.keyId"),
                Change("key missing", "keyId", "missing.key", "$.keyId"),
                new("no key spec", Sign, Signing().Without("keySpec"), "$.keySpec"),
                Change("key spec empty", "keySpec", "", "$.keySpec"),
                Change("key spec of another key", "keySpec", "RSA-2048", "$.keySpec"),
                Change("key spec unknown", "keySpec", "EC-224", "$.keySpec"),
                Change("key spec a number", "keySpec", 256, "$.keySpec"),
                new("no hash algorithm", Sign, Signing().Without("hashAlgorithm"), "$.hashAlgorithm"),
                Change("hash of another key", "hashAlgorithm", "SHA-384", "$.hashAlgorithm"),
                Change("hash unknown", "hashAlgorithm", "SHA-1", "$.hashAlgorithm"),
                Change("hash in other words", "hashAlgorithm", "SHA256", "$.hashAlgorithm"),
                new("no settings", Sign, Signing().Without("pluginConfig"), "$.pluginConfig.certificate"),
                Certificate("certificate missing", "missing.crt"),
                Certificate("certificate empty", ""),
                Certificate("certificate a key", WorkingFolder.P256Key),
                Certificate("certificate of another key", WorkingFolder.RsaCertificate),
                Chain("chain without the root", "leaf-chain.crt"),
                Chain("chain without issuers", "leaf.crt"),
                Chain("chain out of order", "disordered.crt"),
                Chain("chain root first", "root-first.crt"),
                Chain("chain with another certificate at the end", "too-long.crt"),
                Certificate("certificate not for signatures", "no-digitalsignature.crt", "no-digitalsignature.key", "RSA-2048", "SHA-256"),
            ]
        );

        static BadRequest Chain(string name, string bundle) => Certificate(name, bundle, "leaf.key", "RSA-3072", "SHA-384");
    }

    [Fact]
    public void A_request_to_verify_that_cannot_be_carried_out_names_the_property()
    {
        using var folder = new WorkingFolder();
        BadRequest.AssertRefused(
            "notation-bad-requests-verify",
            folder,
            [
                new("no signature", Verify, Verification().Without("signature"), "$.signature"),
                new("signature a string", Verify, Verification().With("signature", "x"), "$.signature"),
                Signature("no attributes", "criticalAttributes", null, "$.signature.criticalAttributes"),
                Attribute("no content type", "contentType", null, "$.signature.criticalAttributes.contentType"),
                Attribute("content type empty", "contentType", "", "$.signature.criticalAttributes.contentType"),
                Attribute("unknown scheme", "signingScheme", "notary.x509.tsa", "$.signature.criticalAttributes.signingScheme"),
                Attribute(
                    "authority without time",
                    "signingScheme",
                    "notary.x509.signingAuthority",
                    "$.signature.criticalAttributes.authenticSigningTime"
                ),
                Attribute("expiry no time", "expiry", "tomorrow", "$.signature.criticalAttributes.expiry"),
                Attribute("expiry without zone", "expiry", "2030-01-01T00:00:00", "$.signature.criticalAttributes.expiry"),
                Attribute("expiry a number", "expiry", 0, "$.signature.criticalAttributes.expiry"),
                Attribute("extended attributes a list", "extendedAttributes", new JsonArray(), "$.signature.criticalAttributes.extendedAttributes"),
                Signature("unprocessed attributes of numbers", "unprocessedAttributes", new JsonArray(1), "$.signature.unprocessedAttributes[0]"),
                Signature("no chain", "certificateChain", null, "$.signature.certificateChain"),
                Signature("chain empty", "certificateChain", new JsonArray(), "$.signature.certificateChain"),
                Signature("chain of no certificates", "certificateChain", new JsonArray("AAAA"), "$.signature.certificateChain[0]"),
                new("no policy", Verify, Verification().Without("trustPolicy"), "$.trustPolicy"),
                Policy("no identities", "trustedIdentities", null, "$.trustPolicy.trustedIdentities"),
                Policy("identities empty", "trustedIdentities", new JsonArray(), "$.trustPolicy.trustedIdentities"),
                Identities("anybody and somebody", "$.trustPolicy.trustedIdentities", "*", "x509.subject: C=US, ST=WA, O=acme"),
                Identities(
                    "the same twice",
                    "$.trustPolicy.trustedIdentities",
                    "x509.subject: C=US, ST=WA, O=acme",
                    "x509.subject: C=US, ST=WA, O=acme"
                ),
                Identities(
                    "overlapping",
                    "$.trustPolicy.trustedIdentities",
                    "x509.subject: C=US, ST=WA, O=acme, CN=a",
                    "x509.subject: O=acme,C=US,ST=WA"
                ),
                Identities("no type", "$.trustPolicy.trustedIdentities[0]", "C=US, ST=WA, O=acme"),
                Identities("no organisation", "$.trustPolicy.trustedIdentities[1]", "x509.subject: C=US, ST=WA, O=acme", "x509.subject: C=US, ST=CA"),
                Identities("several values", "$.trustPolicy.trustedIdentities[0]", "x509.subject: C=US, ST=WA, O=acme+CN=a"),
                Policy("no checks", "signatureVerification", null, "$.trustPolicy.signatureVerification"),
                Policy("checks empty", "signatureVerification", new JsonArray(), "$.trustPolicy.signatureVerification"),
                Policy(
                    "unknown check",
                    "signatureVerification",
                    new JsonArray("SIGNATURE_VERIFIER.TIMESTAMP"),
                    "$.trustPolicy.signatureVerification[0]"
                ),
                Policy(
                    "a check of signing",
                    "signatureVerification",
                    new JsonArray("SIGNATURE_GENERATOR.RAW"),
                    "$.trustPolicy.signatureVerification[0]"
                ),
                Policy(
                    "a check twice",
                    "signatureVerification",
                    new JsonArray("SIGNATURE_VERIFIER.TRUSTED_IDENTITY", "SIGNATURE_VERIFIER.TRUSTED_IDENTITY"),
                    "$.trustPolicy.signatureVerification[1]"
                ),
                Crls("folder missing", "missing"),
                Crls("folder a file", WorkingFolder.Manifest),
                Crls("folder empty text", ""),
            ]
        );
    }

    [Fact]
    public void A_mode_in_the_environment_that_is_none_is_refused()
    {
        var result = Nv2Binary.Run([Metadata], "{}"u8.ToArray(), environment: new Dictionary<string, string?> { ["NV2_NOTATION_MODE"] = "both" });

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.StdoutBytes);
        Assert.Equal("VALIDATION_ERROR", JsonNode.Parse(result.Stderr)!["errorCode"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("key", "$.keyId")]
    [InlineData("folder", "$.pluginConfig.crlFolder")]
    [InlineData("file", "$.pluginConfig.crlFolder")]
    public void What_may_not_be_read_is_denied(string what, string path)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("file modes are needed");

        using var folder = new WorkingFolder();
        Directory.CreateDirectory(folder["lists"]);
        folder.Write("lists/a.crl", "");
        using var unprivileged = new UnprivilegedRun(folder);
        var (command, request) =
            what == "key" ? (DescribeKey, Describe()) : (Verify, Verification().With("pluginConfig", new JsonObject { ["crlFolder"] = "lists" }));
        var hidden = folder[what == "file" ? "lists/a.crl" : "lists"];
        var mode = File.GetUnixFileMode(hidden);
        File.SetUnixFileMode(hidden, UnixFileMode.None);

        var result = unprivileged.Run(System.Text.Encoding.UTF8.GetBytes(request.ToJsonString()), command);
        File.SetUnixFileMode(hidden, mode); // So that it can be deleted.

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.StdoutBytes);
        BadInput.AssertOneLine(what, result.Stderr);
        var error = JsonNode.Parse(result.Stderr)!;
        Assert.Equal(("ACCESS_DENIED", path), ((string)error["errorCode"]!, (string)error["errorMetadata"]!["path"]!));
    }

    private static JsonObject Describe() => new() { ["contractVersion"] = "1.0", ["keyId"] = WorkingFolder.P256Key };

    private static JsonObject Signing() =>
        Describe()
            .With("keySpec", "EC-256")
            .With("hashAlgorithm", "SHA-256")
            .With("payload", "cGF5bG9hZA==")
            .With("pluginConfig", new JsonObject { ["certificate"] = WorkingFolder.P256Certificate });

    private static JsonObject Verification() => RecordedHost.Request("verify/02-verify-signature");

    private static BadRequest Change(string name, string property, JsonNode? value, string path) =>
        new(name, Sign, Signing().With(property, value), path);

    private static BadRequest Certificate(
        string name,
        string bundle,
        string key = WorkingFolder.P256Key,
        string keySpec = "EC-256",
        string hash = "SHA-256"
    ) =>
        new(
            name,
            Sign,
            Signing()
                .With("keyId", key)
                .With("keySpec", keySpec)
                .With("hashAlgorithm", hash)
                .With("pluginConfig", new JsonObject { ["certificate"] = bundle }),
            "$.pluginConfig.certificate"
        );

    // Without a value, the property is left out.
    private static BadRequest Within(string name, string path, Func<JsonObject, JsonObject> find, string property, JsonNode? value)
    {
        var request = Verification();
        _ = value is null ? find(request).Without(property) : find(request).With(property, value);
        return new(name, Verify, request, path);
    }

    private static BadRequest Signature(string name, string property, JsonNode? value, string path) =>
        Within(name, path, request => request["signature"]!.AsObject(), property, value);

    private static BadRequest Attribute(string name, string property, JsonNode? value, string path) =>
        Within(name, path, request => request["signature"]!["criticalAttributes"]!.AsObject(), property, value);

    private static BadRequest Policy(string name, string property, JsonNode? value, string path) =>
        Within(name, path, request => request["trustPolicy"]!.AsObject(), property, value);

    private static BadRequest Identities(string name, string path, params string[] identities) =>
        Policy(name, "trustedIdentities", new JsonArray([.. identities.Select(identity => JsonValue.Create(identity))]), path);

    private static BadRequest Crls(string name, string folder) =>
        new(name, Verify, Verification().With("pluginConfig", new JsonObject { ["crlFolder"] = folder }), "$.pluginConfig.crlFolder");
}
