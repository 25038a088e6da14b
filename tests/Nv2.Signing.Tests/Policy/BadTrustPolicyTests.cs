using System.Text;
using System.Text.Json.Nodes;
using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Documents that break one rule each (trust-store-trust-policy.md): all are refused, and the message says where, in which statement, and
/// what was expected.</summary>
public sealed class BadTrustPolicyTests
{
    private const string InWabbit = " (in the statement \"wabbit\")";

    private static readonly (string Fault, Action<JsonObject> Spoil, string Message)[] Documents =
    [
        ("no version", policy => policy.Remove("version"), "the policy has no $.version, which is required"),
        ("another version", policy => policy["version"] = "2.0", "$.version is \"2.0\": expected 1.0 or 1.1"),
        ("version a number", policy => policy["version"] = 1, "$.version is a number: expected a string"),
        ("no statements", policy => policy.Remove("trustPolicies"), "the policy has no $.trustPolicies, which is required"),
        ("no statement", policy => policy["trustPolicies"] = new JsonArray(), "$.trustPolicies is empty: expected at least one statement"),
        ("statements an object", policy => policy["trustPolicies"] = new JsonObject(), "$.trustPolicies is an object: expected an array"),
        ("statement a text", policy => policy["trustPolicies"]![0] = "wabbit", "$.trustPolicies[0] is a string: expected an object"),
        (
            "two statements of one name",
            policy => policy["trustPolicies"]![1]!["name"] = "wabbit",
            "$.trustPolicies has two statements with the name \"wabbit\": expected each name once"
        ),
        (
            "one scope in two statements",
            policy => policy["trustPolicies"]![1]!["registryScopes"] = new JsonArray("registry.wabbit-networks.io/net-monitor"),
            "$.trustPolicies has the scope \"registry.wabbit-networks.io/net-monitor\" in the statements \"wabbit\" and \"others\": "
                + "expected each scope once"
        ),
        (
            "one scope in two statements, the host in another case",
            policy => policy["trustPolicies"]![1]!["registryScopes"] = new JsonArray("Registry.Wabbit-Networks.IO/net-monitor"),
            "$.trustPolicies has the scope \"Registry.Wabbit-Networks.IO/net-monitor\" in the statements \"wabbit\" and \"others\": "
                + "expected each scope once"
        ),
        (
            "two statements for everything",
            policy => policy["trustPolicies"]![0]!["registryScopes"] = new JsonArray("*"),
            "$.trustPolicies has the scope \"*\" in the statements \"wabbit\" and \"others\": expected each scope once"
        ),
        (
            "scopes of the other version",
            policy => policy["version"] = "1.1",
            "the policy has no $.trustPolicies[0].scopes, which is required" + InWabbit
        ),
    ];

    private static readonly (string Fault, Action<JsonObject> Spoil, string Message)[] Statements =
    [
        ("no scopes", wabbit => wabbit.Remove("registryScopes"), "the policy has no $.trustPolicies[0].registryScopes, which is required"),
        ("no scope", wabbit => wabbit["registryScopes"] = new JsonArray(), "registryScopes is empty: expected one scope or more"),
        ("scopes a text", wabbit => wabbit["registryScopes"] = "*", "registryScopes is a string: expected an array"),
        ("scope a number", wabbit => wabbit["registryScopes"] = new JsonArray(1), "registryScopes[0] is a number: expected a string"),
        (
            "* beside another scope",
            wabbit => wabbit["registryScopes"] = new JsonArray("*", "a.io/b"),
            "registryScopes has * and other scopes: * must be the only scope"
        ),
        ("one scope twice", wabbit => wabbit["registryScopes"] = new JsonArray("a.io/b", "a.io/b"), "expected each scope once"),
        (
            "* in a scope",
            wabbit => wabbit["registryScopes"] = new JsonArray("registry.io/*"),
            "\"registry.io/*\" is not a scope: * alone means everything, and is not allowed in a name"
        ),
        (
            "scope with a tag",
            wabbit => wabbit["registryScopes"] = new JsonArray("registry.io/app:v1"),
            "\"registry.io/app:v1\" is not a scope: expected a repository with its registry"
        ),
        ("scope with a digest", wabbit => wabbit["registryScopes"] = new JsonArray("registry.io/app@sha256:0"), "is not a scope"),
        ("scope with a scheme", wabbit => wabbit["registryScopes"] = new JsonArray("https://registry.io/app"), "is not a scope"),
        ("scope without registry", wabbit => wabbit["registryScopes"] = new JsonArray("app"), "\"app\" is not a scope"),
        ("scope without repository", wabbit => wabbit["registryScopes"] = new JsonArray("registry.io/"), "\"registry.io/\" is not a scope"),
        ("scope with capitals", wabbit => wabbit["registryScopes"] = new JsonArray("registry.io/App"), "\"registry.io/App\" is not a scope"),
        ("scope empty", wabbit => wabbit["registryScopes"] = new JsonArray(""), "\"\" is not a scope"),
        (
            "no verification",
            wabbit => wabbit.Remove("signatureVerification"),
            "the policy has no $.trustPolicies[0].signatureVerification, which is required"
        ),
        ("verification a text", wabbit => wabbit["signatureVerification"] = "strict", "signatureVerification is a string: expected an object"),
        (
            "no level",
            wabbit => wabbit["signatureVerification"] = new JsonObject(),
            "the policy has no $.trustPolicies[0].signatureVerification.level, which is required"
        ),
        (
            "another level",
            wabbit => Verification(wabbit)["level"] = "lenient",
            "\"lenient\" is not a verification level: expected strict, permissive, audit or skip"
        ),
        ("a level in capitals", wabbit => Verification(wabbit)["level"] = "Strict", "\"Strict\" is not a verification level"),
        ("integrity overridden", wabbit => Override(wabbit, "integrity", "log"), "override.integrity is not allowed: integrity is always enforced"),
        (
            "another validation overridden",
            wabbit => Override(wabbit, "identity", "log"),
            "override.identity is not a validation: expected authenticity, authenticTimestamp, expiry or revocation"
        ),
        ("another action", wabbit => Override(wabbit, "expiry", "warn"), "override.expiry is \"warn\": expected enforce or log"),
        ("authenticity skipped", wabbit => Override(wabbit, "authenticity", "skip"), "override.authenticity is \"skip\": expected enforce or log"),
        (
            "timestamps skipped",
            wabbit => Override(wabbit, "authenticTimestamp", "skip"),
            "override.authenticTimestamp is \"skip\": expected enforce or log"
        ),
        ("override a text", wabbit => Verification(wabbit)["override"] = "log", "override is a string: expected an object"),
        (
            "skip overridden",
            wabbit => Skip(wabbit, verification => verification["override"] = new JsonObject { ["expiry"] = "log" }),
            "override is not empty: the level skip cannot be overridden"
        ),
        (
            "skip for everything",
            wabbit => Skip(wabbit, _ => wabbit["registryScopes"] = new JsonArray("*")),
            "level is skip, which is not allowed in a statement for everything (*)"
        ),
        (
            "skip with stores",
            wabbit => Skip(wabbit, _ => wabbit["trustStores"] = new JsonArray("ca:x")),
            "trustStores is not empty: a statement that skips verification must have no trust stores"
        ),
        (
            "skip with identities",
            wabbit => Skip(wabbit, _ => wabbit["trustedIdentities"] = new JsonArray("*")),
            "trustedIdentities is not empty: a statement that skips verification must have no trusted identities"
        ),
        (
            "timestamps at another time",
            wabbit => Verification(wabbit)["verifyTimestamp"] = "never",
            "verifyTimestamp is \"never\": expected always or afterCertExpiry"
        ),
        ("no stores", wabbit => wabbit.Remove("trustStores"), "the policy has no $.trustPolicies[0].trustStores, which is required"),
        ("no store", wabbit => wabbit["trustStores"] = new JsonArray(), "trustStores is empty: expected at least one trust store"),
        (
            "store without type",
            wabbit => wabbit["trustStores"] = new JsonArray("wabbit"),
            "\"wabbit\" is not a trust store: expected a type and a name, such as ca:acme-rockets"
        ),
        (
            "store of another type",
            wabbit => wabbit["trustStores"] = new JsonArray("pgp:wabbit"),
            "\"pgp\" is not a type of trust store: expected ca, signingAuthority or tsa"
        ),
        (
            "store without name",
            wabbit => wabbit["trustStores"] = new JsonArray("ca:"),
            "\"\" is not the name of a trust store: expected letters, digits, '_', '.' and '-'"
        ),
        (
            "store that leads elsewhere",
            wabbit => wabbit["trustStores"] = new JsonArray("ca:../../etc"),
            "\"../../etc\" is not the name of a trust store"
        ),
        ("store that is the folder above", wabbit => wabbit["trustStores"] = new JsonArray("ca:.."), "\"..\" is not the name of a trust store"),
        ("store twice", wabbit => wabbit["trustStores"] = new JsonArray("ca:x", "ca:x"), "trustStores has \"ca:x\" twice"),
        (
            "timestamp authorities alone",
            wabbit => wabbit["trustStores"] = new JsonArray("tsa:x"),
            "trustStores has only stores of timestamp authorities: expected one of the type ca or signingAuthority"
        ),
        ("no identities", wabbit => wabbit.Remove("trustedIdentities"), "the policy has no $.trustPolicies[0].trustedIdentities, which is required"),
        (
            "no identity",
            wabbit => wabbit["trustedIdentities"] = new JsonArray(),
            "trustedIdentities cannot be used: there is no trusted identity: expected at least one, or * alone"
        ),
        (
            "* beside another identity",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("*", Policies.Identity),
            "* cannot be combined with other trusted identities"
        ),
        (
            "identity without type",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("C=US, ST=WA, O=x"),
            "is not a trusted identity: expected x509.subject: and a distinguished name, or *"
        ),
        (
            "identity that is no name",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("x509.subject: wabbit"),
            "it is not a distinguished name: expected TYPE=VALUE at character 2"
        ),
        (
            "identity without country",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("x509.subject: ST=WA, O=x"),
            "it has no C: expected at least C, ST, O"
        ),
        (
            "identity without state",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("x509.subject: C=US, O=x"),
            "it has no ST: expected at least C, ST, O"
        ),
        (
            "identity without organisation",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("x509.subject: C=US, ST=WA"),
            "it has no O: expected at least C, ST, O"
        ),
        (
            "identity with an attribute twice",
            wabbit => wabbit["trustedIdentities"] = new JsonArray("x509.subject: C=US, ST=WA, O=x, OU=a, OU=b"),
            "it has the attribute OU more than once"
        ),
        (
            "identities that overlap",
            wabbit => wabbit["trustedIdentities"] = new JsonArray(Policies.Identity, "x509.subject: C=US, ST=WA, O=wabbit-networks.io"),
            "overlap: expected distinct identities"
        ),
    ];

    private static readonly (string Fault, string Json, string Message)[] Texts =
    [
        ("empty", "", "the policy is not one well-formed JSON object: it is empty"),
        ("an array", "[]", "the policy is an array: expected one JSON object"),
        ("a comment", "{ // strict\n \"version\": \"1.0\" }", "the policy is not one well-formed JSON object: '/' is invalid"),
        ("a comma too many", "{\"version\":\"1.0\",}", "the policy is not one well-formed JSON object"),
        ("text behind it", Policies.Document.ToJsonString() + "{}", "is invalid after a single JSON value"),
        ("a byte order mark", "\uFEFF" + Policies.Document.ToJsonString(), "it begins with a byte order mark"),
        ("a property twice", "{\"version\":\"1.0\",\"version\":\"1.0\",\"trustPolicies\":[]}", "version"),
        (
            "no name",
            Policies.Document.ToJsonString().Replace("\"name\":\"wabbit\",", "", StringComparison.Ordinal),
            "the policy has no $.trustPolicies[0].name, which is required"
        ),
        (
            "name empty",
            Policies.Document.ToJsonString().Replace("\"name\":\"wabbit\"", "\"name\":\"\"", StringComparison.Ordinal),
            "$.trustPolicies[0].name is empty: expected some text"
        ),
        ("nested too deep", string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40), "maximum configured depth of 32"),
    ];

    public static TheoryData<string> Faults =>
        [.. Documents.Select(row => row.Fault), .. Statements.Select(row => row.Fault), .. Texts.Select(row => row.Fault)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_document_that_breaks_a_rule_is_refused_for_that(string fault)
    {
        var (json, message) = Make(fault);

        Refusal.Of(() => TrustPolicy.Parse(Encoding.UTF8.GetBytes(json), "the policy"), message);
    }

    [Fact]
    public void What_is_wrong_in_a_statement_is_told_with_its_name()
    {
        foreach (var (fault, _, _) in Statements.Where(row => row.Fault != "one scope twice"))
            Assert.EndsWith(InWabbit, Assert.Throws<InvalidInputException>(() => Policies.Parse(Make(fault).Json)).Message, StringComparison.Ordinal);
    }

    private static (string Json, string Message) Make(string fault)
    {
        var document = Policies.Document;
        foreach (var (_, spoil, message) in Documents.Where(row => row.Fault == fault))
        {
            spoil(document);
            return (document.ToJsonString(), message);
        }

        foreach (var (_, spoil, message) in Statements.Where(row => row.Fault == fault))
        {
            spoil((JsonObject)document["trustPolicies"]![0]!);
            return (document.ToJsonString(), message);
        }

        return Texts.Where(row => row.Fault == fault).Select(row => (row.Json, row.Message)).Single();
    }

    private static JsonObject Verification(JsonObject statement) => (JsonObject)statement["signatureVerification"]!;

    private static void Override(JsonObject statement, string validation, string action) =>
        Verification(statement)["override"] = new JsonObject { [validation] = action };

    // A statement that skips verification rightly, before something is added to it.
    private static void Skip(JsonObject statement, Action<JsonObject> spoil)
    {
        Verification(statement)["level"] = "skip";
        statement.Remove("trustStores");
        statement.Remove("trustedIdentities");
        spoil(Verification(statement));
    }
}
