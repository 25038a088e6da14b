using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>Statements for all repositories of a registry or a folder: patterns in <c>nv2.json</c> beside a policy that notation reads.</summary>
public sealed class PatternTests : IDisposable
{
    private const string Registry = "registry.example.com/*";
    private const string Team = "registry.example.com/team/*";

    private readonly TrustUser user = new();

    public PatternTests()
    {
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        user.Trust("add", "acme", "acme-root.crt").RequireSuccess();
    }

    /// <summary>What wabbit and acme are allowed to sign, the name in use, and whose statement decides.</summary>
    public static TheoryData<string, string, string, string> Choices { get; } =
        new()
        {
            { Registry, "*", "registry.example.com/app:v1", "wabbit" },
            { Registry, "*", "registry.example.com/team/sub/app:v1", "wabbit" },
            { Registry, "*", "Registry.EXAMPLE.com/app@DIGEST", "wabbit" },
            { Registry, "*", "registry.example.com:5000/app:v1", "acme" },
            { Registry, "*", "sub.registry.example.com/app:v1", "acme" },
            { "Registry.EXAMPLE.com/*", "*", "registry.example.com/app:v1", "wabbit" },
            { Team, "*", "registry.example.com/team/app:v1", "wabbit" },
            { Team, "*", "registry.example.com/team/sub/app:v1", "wabbit" },
            { Team, "*", "registry.example.com/team:v1", "acme" },
            { Team, "*", "registry.example.com/team2/app:v1", "acme" },
            { Team, Registry, "registry.example.com/team/app:v1", "wabbit" },
            { Team, Registry, "registry.example.com/team:v1", "acme" },
            { Registry, "registry.example.com/team/app", "registry.example.com/team/app:v1", "acme" },
            { Registry, "registry.example.com/team/app", "registry.example.com/team/app2:v1", "wabbit" },
            { "docker.io/*", "*", "hello", "wabbit" },
            { "docker.io/library/*", "docker.io/*", "hello", "wabbit" },
            { "docker.io/library/*", "docker.io/*", "team/app", "acme" },
            { Registry, "other.example.com/*", "elsewhere.example.com/app", "nobody" },
        };

    [Theory]
    [MemberData(nameof(Choices))]
    public void The_most_specific_rule_decides(string wabbit, string acme, string name, string decides)
    {
        user.Trust("allow", wabbit, "--store", "wabbit").RequireSuccess();
        user.Trust("allow", acme, "--store", "acme").RequireSuccess();
        var reference = name.Replace("DIGEST", user.Digest, StringComparison.Ordinal);

        foreach (var signer in new[] { "wabbit", "acme" })
        {
            var result = user.VerifyFile(user.SignFile("jws", signer), "-r", reference);
            Assert.True(result.ExitCode == (signer == decides ? 0 : 1), $"signed by {signer}: {result.Stderr}");
        }

        var check = user.Trust("check", reference);
        Assert.Equal(decides == "nobody" ? 1 : 0, check.ExitCode);
        if (decides != "nobody")
            Assert.Contains($"\ntrusts       ca:{decides}: ", check.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_explains_which_rule_decides_and_which_others_are_for_the_name()
    {
        user.Trust("allow", "*", "--store", "acme").RequireSuccess();
        user.Trust("allow", Registry, "--store", "acme").RequireSuccess();
        user.Trust("allow", Team, "--store", "wabbit", "--name", "our team").RequireSuccess();

        var check = user.Trust("check", TrustUser.Name).RequireSuccess();

        Assert.Contains(
            $"\nstatement    \"our team\", which nv2.json assigns to {Team}\n"
                + $"             more specific than \"{Registry}\", which nv2.json assigns to {Registry}\n"
                + "             more specific than \"everything-else\", which applies to everything else\n",
            check.Stdout,
            StringComparison.Ordinal
        );
        var json = JsonNode.Parse(user.Trust("check", "--json", TrustUser.Name).RequireSuccess().Stdout)!;
        Assert.Equal(["valid"], JsonSchemas.Validate([("cli/trust-check", json)]));
        Assert.Equal([Team, Registry, "*"], json["rules"]!.AsArray().Select(rule => rule!["scope"]!.GetValue<string>()));
        Assert.Equal([Team], json["statement"]!["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
    }

    [Fact]
    public void The_policy_stays_one_that_notation_reads_and_the_settings_are_as_their_schema_says()
    {
        user.Trust("allow", Registry, "--store", "wabbit").RequireSuccess();
        var note = user.Trust("allow", "localhost:5000/team/*", "--store", "acme", "--signer-identity", "dns:registry.example.com")
            .RequireSuccess()
            .Stderr;

        Assert.Contains("nv2: note: the pattern is in \"", note, StringComparison.Ordinal);
        Assert.Contains("nv2: note: the signers' identities are in \"", note, StringComparison.Ordinal);
        var policy = JsonNode.Parse(user.Folder.Read(TrustUser.Policy))!;
        Assert.Equal(
            ["nv2.invalid/registry.example.com", "nv2.invalid/localhost__5000/team"],
            policy["trustPolicies"]!
                .AsArray()
                .SelectMany(statement => statement!["registryScopes"]!.AsArray())
                .Select(scope => scope!.GetValue<string>())
        );
        var settings = JsonNode.Parse(user.Folder.Read(TrustUser.Settings))!;
        Assert.Equal(
            """{"localhost:5000/team/*":"localhost:5000/team/*","registry.example.com/*":"registry.example.com/*"}""",
            Sorted(settings["scopes"]!)
        );
        Assert.Equal(["valid"], JsonSchemas.Validate([("nv2", settings)]));
    }

    [Theory]
    [InlineData(
        """{"scopes":{"registry.example.com/*":"gone"}}""",
        "\"registry.example.com/*\" is for the statement \"gone\", but the trust policy has no statement with that name"
    )]
    [InlineData(
        """{"scopes":{"registry.example.com/*":"app","Registry.example.com/*":"app"}}""",
        "is the same pattern as \"registry.example.com/*\": expected each once"
    )]
    [InlineData("""{"scopes":{"*.example.com/*":"app"}}""", "\"*.example.com/*\" is not a pattern of repositories")]
    [InlineData("""{"scopes":{"registry.example.com/team/app":"app"}}""", "a single repository belongs in the trust policy as a scope")]
    public void Settings_that_are_ambiguous_or_name_nothing_make_every_verification_fail(string settings, string message)
    {
        user.Trusts("wabbit");
        var signature = user.SignFile("jws", "wabbit");
        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();

        user.Folder.Write(TrustUser.Settings, "{\"version\":\"1.0\"," + settings[1..]);

        var result = user.VerifyFile(signature, "-r", TrustUser.Name);
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        Assert.Contains(message, user.Trust("check", TrustUser.Name).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "*.example.com/*", "is not a pattern of repositories")]
    [InlineData(2, "registry.example.com/te*", "is not a pattern of repositories")]
    [InlineData(2, "team/*", "would apply to no artifact, because such a name means docker.io/team/name: expected the registry with its domain")]
    [InlineData(1, Registry, "the statement \"of all\" of the trust policy is for registry.example.com/* and 1 more")]
    [InlineData(1, "registry.example.com/app", "the statement \"of all\" of the trust policy is for registry.example.com/app and 1 more")]
    public void What_would_be_ambiguous_or_allow_more_than_is_said_is_not_written(int exitCode, string scope, string message)
    {
        user.WritePolicy(TrustUser.Statement("of all", "ca:wabbit", "registry.example.com/app"));
        user.Folder.Write(TrustUser.Settings, """{"version":"1.0","scopes":{"registry.example.com/*":"of all"}}""");
        var before = user.Folder.Fingerprint();

        var result = user.Trust("allow", scope, "--store", "acme");

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        Assert.Equal(before, user.Folder.Fingerprint());
    }

    [Fact]
    public void A_change_that_ends_between_the_two_files_trusts_nobody_and_can_be_made_again()
    {
        user.Trust("allow", Registry, "--store", "wabbit", "--signer-identity", "dns:registry.example.com").RequireSuccess();
        var (policy, settings) = (user.Folder.Read(TrustUser.Policy), user.Folder.Read(TrustUser.Settings));
        var signature = user.SignFile("jws", "wabbit");
        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();

        // The policy alone, as before the pattern is written; then the narrowing settings alone, as before the policy is.
        File.Delete(user.Folder[TrustUser.Settings]);
        Assert.Equal(1, user.VerifyFile(signature, "-r", TrustUser.Name).ExitCode);
        user.Folder.Write(
            TrustUser.Settings,
            """{"version":"1.0","statements":{"registry.example.com/*":{"signerIdentities":["dns:registry.example.com"]}}}"""
        );
        File.Delete(user.Folder[TrustUser.Policy]);
        Assert.Equal(1, user.VerifyFile(signature, "-r", TrustUser.Name).ExitCode);

        user.Trust("allow", Registry, "--store", "wabbit", "--signer-identity", "dns:registry.example.com").RequireSuccess();
        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(policy), JsonNode.Parse(user.Folder.Read(TrustUser.Policy))));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(settings), JsonNode.Parse(user.Folder.Read(TrustUser.Settings))));
    }

    [Fact]
    public void A_scope_that_is_disallowed_is_gone_and_the_next_rule_decides()
    {
        user.Trust("allow", "*", "--store", "acme").RequireSuccess();
        user.Trust("allow", Registry, "--store", "acme").RequireSuccess();
        user.Trust("allow", Team, "--store", "wabbit", "--signer-identity", "dns:registry.example.com").RequireSuccess();
        user.Trust("allow", TrustUser.Repository, "--store", "wabbit").RequireSuccess();

        AssertDisallowed(TrustUser.Repository, Team);
        AssertDisallowed(Team, Registry);
        AssertDisallowed(Registry, "everything-else");
        Assert.Equal("""{"version":"1.0","scopes":{},"statements":{}}""", JsonNode.Parse(user.Folder.Read(TrustUser.Settings))!.ToJsonString());
        var before = user.Folder.Fingerprint();
        foreach (
            var (scope, message) in new[]
            {
                (
                    "*",
                    "\"everything-else\" is the only statement of the trust policy, and a policy must have one: to trust no signer, remove the file"
                ),
                (Registry, "have no pattern registry.example.com/*"),
                (TrustUser.Repository, "has no statement for registry.example.com/team/app"),
            }
        )
        {
            var refused = user.Trust("disallow", scope);
            Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
            Assert.Contains(message, refused.Stderr, StringComparison.Ordinal);
            Assert.Equal(before, user.Folder.Fingerprint());
        }

        void AssertDisallowed(string scope, string next)
        {
            var result = user.Trust("disallow", scope).RequireSuccess();
            Assert.EndsWith($": the statement \"{scope}\" no longer applies to {scope}\n", result.Stdout, StringComparison.Ordinal);
            Assert.StartsWith($"nv2: note: the statement \"{next}\" now applies to it, ", result.Stderr, StringComparison.Ordinal);
            Assert.Contains($"\nstatement    \"{next}\", ", user.Trust("check", TrustUser.Name).RequireSuccess().Stdout, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_statement_that_is_for_more_keeps_the_rest()
    {
        user.WritePolicy(TrustUser.Statement("of all", "ca:wabbit", TrustUser.Repository));
        user.Folder.Write(TrustUser.Settings, """{"version":"1.0","scopes":{"Registry.example.com/*":"of all","localhost/*":"of all"}}""");

        user.Trust("disallow", TrustUser.Repository).RequireSuccess();
        Assert.Equal(
            "nv2.invalid/registry.example.com",
            JsonNode.Parse(user.Folder.Read(TrustUser.Policy))!["trustPolicies"]![0]!["registryScopes"]![0]!.GetValue<string>()
        );
        Assert.Contains("\nstatement    \"of all\", ", user.Trust("check", TrustUser.Name).RequireSuccess().Stdout, StringComparison.Ordinal);

        user.Trust("disallow", Registry).RequireSuccess();
        Assert.Equal(1, user.Trust("check", TrustUser.Name).ExitCode);
        user.Trust("check", "localhost/app").RequireSuccess();
    }

    [Fact]
    public void Without_a_name_a_policy_with_patterns_does_not_decide()
    {
        user.Trust("allow", "*", "--store", "wabbit").RequireSuccess();
        user.VerifyFile(user.SignFile("jws", "wabbit")).RequireSuccess();

        user.Trust("allow", Registry, "--store", "acme").RequireSuccess();

        var result = user.VerifyFile(user.SignFile("jws", "wabbit"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("the name of the artifact is unknown", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_a_pattern_uses_is_said_to_be_used_by_it()
    {
        user.Trust("allow", Registry, "--store", "wabbit").RequireSuccess();

        var refused = user.Trust("add", "wabbit", "acme-root.crt");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            "is already used by the statement \"registry.example.com/*\" (for registry.example.com/*) of the trust policy",
            refused.Stderr,
            StringComparison.Ordinal
        );
        Assert.Contains("trusted by \"registry.example.com/*\"", user.Trust("list").RequireSuccess().Stdout, StringComparison.Ordinal);
    }

    public void Dispose() => user.Dispose();

    private static string Sorted(JsonNode json) =>
        new JsonObject(
            json.AsObject()
                .OrderBy(property => property.Key, StringComparer.Ordinal)
                .Select(property => KeyValuePair.Create(property.Key, property.Value?.DeepClone()))
        ).ToJsonString();
}
