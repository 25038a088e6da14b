using Nv2.Signing.Artifacts;
using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Patterns of repositories, and which of several rules decides.</summary>
public sealed class ScopePatternTests
{
    [Theory]
    [InlineData("registry.example.com/*", "registry.example.com/app", true)]
    [InlineData(
        "registry.example.com/*",
        "registry.example.com/team/app/sub@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        true
    )]
    [InlineData("registry.example.com/*", "registry.example.com:5000/app", false)]
    [InlineData("registry.example.com/*", "sub.registry.example.com/app", false)]
    [InlineData("registry.example.com/*", "registry.example.com.evil.net/app", false)]
    [InlineData("registry.example.com:5000/*", "registry.example.com:5000/app", true)]
    [InlineData("registry.example.com:5000/*", "registry.example.com/app", false)]
    [InlineData("Registry.EXAMPLE.com/*", "registry.example.com/app", true)]
    [InlineData("registry.example.com/*", "Registry.EXAMPLE.com/app", true)]
    [InlineData("registry.example.com/team/*", "registry.example.com/team/app", true)]
    [InlineData("registry.example.com/team/*", "registry.example.com/team/a/b/c:v1", true)]
    [InlineData("registry.example.com/team/*", "registry.example.com/team", false)]
    [InlineData("registry.example.com/team/*", "registry.example.com/team2/app", false)]
    [InlineData("registry.example.com/team/*", "registry.example.com/te/team/app", false)]
    [InlineData("docker.io/*", "hello", true)]
    [InlineData("docker.io/*", "team/app", true)]
    [InlineData("index.docker.io/*", "docker.io/team/app", true)]
    [InlineData("docker.io/library/*", "hello", true)]
    [InlineData("docker.io/library/*", "team/app", false)]
    [InlineData("docker.io/hello/*", "hello", false)]
    [InlineData("[2001:db8::1]:5000/*", "[2001:DB8::1]:5000/app", true)]
    [InlineData("localhost/*", "localhost/app", true)]
    public void A_pattern_is_for_what_is_below_it(string pattern, string reference, bool isCovered) =>
        Assert.Equal(isCovered, ScopePattern.Parse(pattern).Covers(Reference.Parse(reference)));

    [Theory]
    [InlineData("*", "* alone belongs in the trust policy as a scope")]
    [InlineData("registry.example.com/app", "a single repository belongs in the trust policy as a scope")]
    [InlineData("registry.example.com/", "a single repository belongs in the trust policy as a scope")]
    [InlineData("registry.example.com/te*", "* is allowed only at the end, after a slash")]
    [InlineData("registry.example.com/**", "* is allowed only at the end")]
    [InlineData("registry.example.com*", "* is allowed only at the end")]
    [InlineData("registry.example.com/*/app", "* is allowed only at the end")]
    [InlineData("registry.example.com/*/*", "* is allowed only at the end")]
    [InlineData("*.example.com/*", "* is allowed only at the end")]
    [InlineData("*/*", "* is allowed only at the end")]
    [InlineData("/*", "it is not the name of a registry, or of a folder in one")]
    [InlineData("registry.example.com//*", "it is not the name of a registry")]
    [InlineData("registry.example.com/Team/*", "it is not the name of a registry")]
    [InlineData("registry.example.com/team:v1/*", "it is not the name of a registry")]
    [InlineData("registry.example.com/../*", "it is not the name of a registry")]
    [InlineData("registry.example.com:/*", "it is not the name of a registry")]
    [InlineData("https://registry.example.com/*", "it is not the name of a registry")]
    [InlineData("oci:registry.example.com/*", "it is not the name of a registry")]
    public void Anything_else_is_refused(string text, string reason) =>
        Refusal.Of(
            () => ScopePattern.Parse(text),
            $"\"{text}\" is not a pattern of repositories: {reason}",
            "such as registry.example.com/* or registry.example.com/team/*"
        );

    [Theory]
    [InlineData("registry.example.com/*", "nv2.invalid/registry.example.com")]
    [InlineData("Registry.Example.com:5000/team/a-b/*", "nv2.invalid/registry.example.com__5000/team/a-b")]
    [InlineData("index.docker.io/*", "nv2.invalid/docker.io")]
    [InlineData("[2001:db8::1]:5000/team/*", "nv2.invalid/ipv6__20010db8000000000000000000000001__5000/team")]
    public void A_statement_for_a_pattern_alone_has_a_scope_that_is_no_repository(string pattern, string scope) =>
        Assert.Equal(scope, ScopePattern.Parse(pattern).ReservedScope.Text);

    [Fact]
    public void The_policy_s_own_scope_comes_first_then_the_longest_pattern_then_the_statement_for_everything()
    {
        var document = Policies.Document;
        document["trustPolicies"]!.AsArray().Add(Policies.Statement("team", "ca:team", "nv2.invalid/registry.example.com/team"));
        document["trustPolicies"]!.AsArray().Add(Policies.Statement("exact", "ca:exact", "registry.example.com/team/app"));
        var policy = Policies.Parse(document);
        var settings = TrustSettings.Parse(
            """{"version":"1.0","scopes":{"registry.example.com/*":"wabbit","registry.example.com/team/*":"team"}}"""u8,
            "the settings"
        );

        Assert.Equal(["exact", "team", "wabbit", "others"], Rules("registry.example.com/team/app"));
        Assert.Equal(["team", "wabbit", "others"], Rules("registry.example.com/team/other"));
        Assert.Equal(["wabbit", "others"], Rules("registry.example.com/team"));
        Assert.Equal(["others"], Rules("elsewhere.example.com/team/app"));
        Assert.Equal(["others"], ScopeRule.For(policy, settings, null).Select(rule => rule.Statement.Name));

        IEnumerable<string> Rules(string name) => ScopeRule.For(policy, settings, Reference.Parse(name)).Select(rule => rule.Statement.Name);
    }
}
