using System.Text;
using System.Text.Json.Nodes;
using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Trust policy documents to start from.</summary>
internal static class Policies
{
    public const string Identity = "x509.subject: C=US, ST=WA, L=Seattle, O=wabbit-networks.io, OU=Security Tools";

    /// <summary>One statement for a repository, and one for everything else.</summary>
    public static JsonObject Document =>
        new()
        {
            ["version"] = "1.0",
            ["trustPolicies"] = new JsonArray(
                Statement("wabbit", "ca:wabbit-networks", "registry.wabbit-networks.io/net-monitor"),
                Statement("others", "ca:acme-rockets", "*")
            ),
        };

    public static JsonObject Statement(string name, string store, params string[] scopes) =>
        new()
        {
            ["name"] = name,
            ["registryScopes"] = new JsonArray([.. scopes.Select(scope => (JsonNode)scope)]),
            ["signatureVerification"] = new JsonObject { ["level"] = "strict" },
            ["trustStores"] = new JsonArray(store),
            ["trustedIdentities"] = new JsonArray(Identity),
        };

    public static TrustPolicy Parse(JsonNode document) => Parse(document.ToJsonString());

    public static TrustPolicy Parse(string json) => TrustPolicy.Parse(Encoding.UTF8.GetBytes(json), "the policy");
}
