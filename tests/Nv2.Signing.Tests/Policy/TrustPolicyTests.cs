using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Trust policies that keep all rules: what they say, and which statement decides about what.</summary>
public sealed class TrustPolicyTests
{
    // The three examples of the specification for OCI artifacts, in short (trust-store-trust-policy.md, "Trust Policy Examples"). The second and the
    // third name a store without its type.
    private const string Everything = """
        {"version":"1.1","trustPolicies":[{"name":"wabbit-networks-images","scopes":["oci:*"],"signatureVerification":{"level":"audit"},
        "trustStores":["ca:acme-rockets"],
        "trustedIdentities":["x509.subject: C=US, ST=WA, L=Seattle, O=acme-rockets.io, OU=Finance, CN=SecureBuilder"]}]}
        """;

    private const string Several = """
        {"version":"1.1","trustPolicies":[
        {"name":"wabbit-networks-images","scopes":["oci:registry.acme-rockets.io/software/net-monitor",
         "oci:registry.acme-rockets.io/software/net-logger"],
         "signatureVerification":{"level":"strict"},"trustStores":["wabbit-networks"],
         "trustedIdentities":["x509.subject: C=US, ST=WA, L=Seattle, O=wabbit-networks.io, OU=Security Tools"]},
        {"name":"unsigned-image","scopes":["oci:registry.wabbit-networks.io/software/unsigned/net-utils"],"signatureVerification":{"level":"skip"}},
        {"name":"use-expired-image","scopes":["oci:registry.acme-rockets.io/software/legacy/metrics"],
         "signatureVerification":{"level":"strict","override":{"expiry":"log","revocation":"skip"}},
         "trustStores":["ca:acme-rockets"],"trustedIdentities":["*"]},
        {"name":"global-policy-for-all-other-images","scopes":["oci:*"],"signatureVerification":{"level":"audit"},
         "trustStores":["ca:acme-rockets","ca:acme-rockets-ca2"],
         "trustedIdentities":["x509.subject: C=US, ST=WA, L=Seattle, O=acme-rockets.io, OU=Finance, CN=SecureBuilder"]}]}
        """;

    private static readonly string SeveralInVersion10 = Several
        .Replace("\"1.1\"", "\"1.0\"", StringComparison.Ordinal)
        .Replace("\"scopes\"", "\"registryScopes\"", StringComparison.Ordinal)
        .Replace("oci:", "", StringComparison.Ordinal);

    private const string Blobs = """
        {"version":"1.1","trustPolicies":[
        {"name":"wabbit-networks-blobs","scopes":["blob:wabbit-networks"],"signatureVerification":{"level":"strict"},
         "trustStores":["ca:wabbit-networks"],"trustedIdentities":["*"]},
        {"name":"global-policy-for-all-blobs","scopes":["blob:*"],"signatureVerification":{"level":"audit"},
         "trustStores":["ca:acme-rockets"],"trustedIdentities":["*"]}]}
        """;

    public static TheoryData<string> WithoutType => [Several, SeveralInVersion10];

    [Fact]
    public void The_specification_s_example_for_everything_is_read()
    {
        var statement = Assert.Single(Policies.Parse(Everything).Statements);

        Assert.Equal(VerificationLevel.Audit, statement.Level);
        Assert.Equal([TrustStoreName.Parse("ca:acme-rockets")], statement.TrustStores);
        Assert.False(statement.TimestampsOnlyAfterExpiry);
    }

    [Theory]
    [MemberData(nameof(WithoutType))]
    public void The_specification_s_examples_with_a_store_without_type_break_its_own_rule_and_nothing_else(string json)
    {
        Refusal.Of(
            () => Policies.Parse(json),
            "$.trustPolicies[0].trustStores[0]: \"wabbit-networks\" is not a trust store",
            "(in the statement \"wabbit-networks-images\")"
        );

        var policy = Policies.Parse(json.Replace("[\"wabbit-networks\"]", "[\"ca:wabbit-networks\"]", StringComparison.Ordinal));

        Assert.Equal("wabbit-networks-images", For(policy, "registry.acme-rockets.io/software/net-logger:v1"));
        Assert.Equal("unsigned-image", For(policy, "registry.wabbit-networks.io/software/unsigned/net-utils"));
        Assert.Equal("use-expired-image", For(policy, "registry.acme-rockets.io/software/legacy/metrics@sha256:" + new string('0', 64)));
        Assert.Equal("global-policy-for-all-other-images", For(policy, "alpine"));
        Assert.True(policy.Statements[1].Level.SkipsAll);
        Assert.Equal(VerificationLevel.Strict with { Expiry = ValidationAction.Log, Revocation = ValidationAction.Skip }, policy.Statements[2].Level);
    }

    [Fact]
    public void The_specification_s_example_for_blobs_says_nothing_of_artifacts()
    {
        var policy = Policies.Parse(Blobs);

        Assert.All(policy.Statements, statement => Assert.True(statement.Scopes[0].IsForBlobs));
        Assert.Null(For(policy, "registry.acme-rockets.io/app"));
        Assert.Null(policy.For(null));
    }

    [Theory]
    [InlineData("registry.wabbit-networks.io/net-monitor:v1", "wabbit")]
    [InlineData("registry.wabbit-networks.io/net-monitor", "wabbit")]
    [InlineData("Registry.WABBIT-networks.io/net-monitor:v2", "wabbit")]
    [InlineData("registry.wabbit-networks.io:443/net-monitor", "others")]
    [InlineData("registry.wabbit-networks.io/net-monitor/more", "others")]
    [InlineData("registry.wabbit-networks.io/net-monitors", "others")]
    [InlineData("registry.wabbit-networks.io/net", "others")]
    [InlineData("registry.wabbit-networks.io.evil.example/net-monitor", "others")]
    [InlineData("evil.example/registry.wabbit-networks.io/net-monitor", "others")]
    public void The_statement_that_names_the_repository_decides_else_the_one_for_everything(string reference, string expected) =>
        Assert.Equal(expected, For(Policies.Parse(Policies.Document), reference));

    [Theory]
    [InlineData("docker.io/library/alpine", "alpine:3")]
    [InlineData("docker.io/library/alpine", "docker.io/alpine")]
    [InlineData("index.docker.io/library/alpine", "alpine")]
    [InlineData("docker.io/wabbit/net-monitor", "wabbit/net-monitor:v1")]
    [InlineData("localhost:5000/app", "localhost:5000/app:v1")]
    [InlineData("REGISTRY.example.com/app", "registry.example.com/app")]
    public void A_scope_is_compared_with_the_whole_name_of_a_repository(string scope, string reference)
    {
        var policy = Policies.Parse(
            new JsonObject { ["version"] = "1.0", ["trustPolicies"] = new JsonArray(Policies.Statement("one", "ca:x", scope)) }
        );

        Assert.Equal("one", For(policy, reference));
        Assert.Null(For(policy, "registry.example.com/other"));
        Assert.Null(policy.For(null));
        Assert.True(policy.DependsOnName);
    }

    [Fact]
    public void A_scope_has_no_defaults()
    {
        // As the Notary Project's program reads it, the first part is a registry; as docker reads a reference, it is not.
        var policy = Policies.Parse(
            new JsonObject { ["version"] = "1.0", ["trustPolicies"] = new JsonArray(Policies.Statement("one", "ca:x", "local/app")) }
        );

        Assert.Null(For(policy, "local/app"));
        Assert.Null(For(policy, "docker.io/local/app"));
    }

    [Fact]
    public void A_policy_that_is_the_same_for_all_names_needs_none()
    {
        var policy = Policies.Parse(Everything);

        Assert.False(policy.DependsOnName);
        Assert.Equal("wabbit-networks-images", policy.For(null)!.Name);
    }

    [Fact]
    public void Of_statements_for_blobs_the_one_that_names_the_scope_decides_else_the_one_for_all_blobs()
    {
        var policy = Policies.Parse(
            Blobs.Replace("[\"blob:wabbit-networks\"]", "[\"blob:wabbit-networks\",\"oci:registry.example.com/app\"]", StringComparison.Ordinal)
        );

        Assert.Equal("wabbit-networks-blobs", policy.ForBlob("wabbit-networks")?.Name);
        Assert.Equal("global-policy-for-all-blobs", policy.ForBlob("acme")?.Name);
        Assert.Equal("global-policy-for-all-blobs", policy.ForBlob(null)?.Name);
        Assert.Equal("wabbit-networks-blobs", For(policy, "registry.example.com/app"));
        Assert.True(policy.DependsOnName);
    }

    [Fact]
    public void A_scope_for_artifacts_is_none_for_blobs_whatever_it_is_called()
    {
        var policy = Policies.Parse(Blobs.Replace("\"blob:*\"", "\"oci:registry.example.com/app\"", StringComparison.Ordinal));

        Assert.Null(policy.ForBlob("registry.example.com/app"));
        Assert.Null(policy.ForBlob(null));
    }

    [Fact]
    public void A_statement_that_skips_verification_may_have_empty_stores_and_identities()
    {
        var document = Policies.Document;
        var statement = document["trustPolicies"]![0]!;
        statement["signatureVerification"]!["level"] = "skip";
        statement["trustStores"] = new JsonArray();
        statement["trustedIdentities"] = new JsonArray();

        Assert.True(Policies.Parse(document).Statements[0].Level.SkipsAll);
        Assert.Null(Policies.Parse(document).Statements[0].Identities);
    }

    [Fact]
    public void What_is_wrong_in_a_statement_is_told_with_its_path_in_the_policy()
    {
        var document = Policies.Document;
        document["trustPolicies"]![1]!["trustStores"] = new JsonArray("acme");

        var refusal = Refusal.Of(() => Policies.Parse(document), "(in the statement \"others\")");

        Assert.Equal(("$.trustPolicies[1].trustStores[0]", "the policy"), (refusal.Path, refusal.Document));
    }

    [Fact]
    public void What_is_not_known_is_passed_over()
    {
        var document = Policies.Document;
        document["comment"] = "x";
        document["trustPolicies"]![0]!["owner"] = new JsonObject();

        Assert.Equal(2, Policies.Parse(document).Statements.Count);
    }

    [Theory]
    [InlineData("always", false)]
    [InlineData("afterCertExpiry", true)]
    public void When_timestamps_are_looked_at_is_read(string setting, bool expected)
    {
        var document = Policies.Document;
        document["trustPolicies"]![0]!["signatureVerification"]!["verifyTimestamp"] = setting;

        Assert.Equal(expected, Policies.Parse(document).Statements[0].TimestampsOnlyAfterExpiry);
    }

    private static string? For(TrustPolicy policy, string reference) => policy.For(Reference.Parse(reference))?.Name;
}
