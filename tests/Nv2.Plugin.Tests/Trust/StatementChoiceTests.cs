using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>Which statement of a policy decides about a name, and what names mean for signatures that carry some.</summary>
public sealed class StatementChoiceTests : IDisposable
{
    private readonly TrustUser user = new();

    public StatementChoiceTests()
    {
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        user.Trust("add", "acme", "acme-root.crt").RequireSuccess();
    }

    /// <summary>Scopes of wabbit's statement and of acme's, the name in use, and whose statement decides.</summary>
    public static TheoryData<string, string, string, string> Choices { get; } =
        new()
        {
            { "registry.example.com/team/app", "*", "registry.example.com/team/app:v1", "wabbit" },
            { "registry.example.com/team/app", "*", "registry.example.com/team/app@DIGEST", "wabbit" },
            { "registry.example.com/team/app", "*", "registry.example.com/team/app:v1@DIGEST", "wabbit" },
            { "registry.example.com/team/app", "*", "Registry.EXAMPLE.com/team/app:v1", "wabbit" },
            { "Registry.EXAMPLE.com/team/app", "*", "registry.example.com/team/app:v1", "wabbit" },
            { "registry.example.com/team/app", "*", "registry.example.com/team/app2:v1", "acme" },
            { "registry.example.com/team/app", "*", "registry.example.com/team:v1", "acme" },
            { "registry.example.com/team/app", "*", "registry.example.com/team/app/sub:v1", "acme" },
            { "registry.example.com/team/app", "*", "registry.example.com:5000/team/app:v1", "acme" },
            { "registry.example.com/team/app", "*", "sub.registry.example.com/team/app:v1", "acme" },
            { "registry.example.com:5000/team/app", "*", "registry.example.com:5000/team/app:v1", "wabbit" },
            { "docker.io/library/hello", "*", "hello", "wabbit" },
            { "docker.io/library/hello", "*", "docker.io/hello:v1", "wabbit" },
            { "docker.io/library/hello", "*", "index.docker.io/library/hello:v1", "wabbit" },
            { "docker.io/hello", "*", "hello", "wabbit" },
            { "index.docker.io/hello", "*", "docker.io/library/hello", "wabbit" },
            { "docker.io/team/app", "*", "team/app", "wabbit" },
            { "team/app", "*", "team/app", "acme" },
            { "*", "registry.example.com/other", "registry.example.com/team/app:v1", "wabbit" },
            { "registry.example.com/team/one", "registry.example.com/team/two", "registry.example.com/team/app:v1", "nobody" },
        };

    [Theory]
    [MemberData(nameof(Choices))]
    public void The_statement_that_names_the_repository_decides_else_the_one_for_everything(string wabbit, string acme, string name, string decides)
    {
        user.WritePolicy(TrustUser.Statement("of wabbit", "ca:wabbit", wabbit), TrustUser.Statement("of acme", "ca:acme", acme));
        var reference = name.Replace("DIGEST", user.Digest, StringComparison.Ordinal);

        // An envelope has no name of its own, and shows the statement alone.
        foreach (var signer in new[] { "wabbit", "acme" })
        {
            var result = user.VerifyFile(user.SignFile("jws", signer), "-r", reference);
            Assert.True(result.ExitCode == (signer == decides ? 0 : 1), $"signed by {signer}: {result.Stderr}");
        }

        var check = user.Trust("check", reference);
        Assert.Equal(decides == "nobody" ? 1 : 0, check.ExitCode);
        Assert.Equal(decides != "nobody", check.Stdout.Contains($"\nstatement    \"of {decides}\", ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_policy_of_version_1_1_is_chosen_from_by_its_scopes_for_artifacts()
    {
        var named = TrustUser.Statement("of wabbit", "ca:wabbit");
        named.Remove("registryScopes");
        named["scopes"] = new JsonArray($"oci:{TrustUser.Repository}", "blob:app");
        var others = TrustUser.Statement("of acme", "ca:acme");
        others.Remove("registryScopes");
        others["scopes"] = new JsonArray("oci:*");
        user.Folder.Write(TrustUser.Policy, new JsonObject { ["version"] = "1.1", ["trustPolicies"] = new JsonArray(others, named) }.ToJsonString());

        user.VerifyFile(user.SignFile("jws", "wabbit"), "-r", TrustUser.Name).RequireSuccess();
        user.VerifyFile(user.SignFile("jws", "acme"), "-r", "registry.example.com/app").RequireSuccess();
        Assert.Equal(1, user.VerifyFile(user.SignFile("jws", "acme"), "-r", TrustUser.Name).ExitCode);
    }

    [Fact]
    public void Without_a_name_only_a_policy_decides_that_is_the_same_for_all()
    {
        user.WritePolicy(TrustUser.Statement("of wabbit", "ca:wabbit", TrustUser.Repository), TrustUser.Statement("of acme", "ca:acme", "*"));
        var result = user.VerifyFile(user.SignFile("jwt", "acme"));
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("the name of the artifact is unknown", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("  hint: give the name under which the artifact is used with --reference\n", result.Stderr, StringComparison.Ordinal);

        user.WritePolicy(TrustUser.Statement("of acme", "ca:acme", "*"));
        user.VerifyFile(user.SignFile("jwt", "acme")).RequireSuccess();
    }

    /// <summary>What is signed, what is used, and whether that passes where artifacts may not be relocated and where they may.</summary>
    public static TheoryData<string, string, bool, bool> Names { get; } =
        new()
        {
            { "registry.example.com/team/app:v1", "registry.example.com/team/app:v1", true, true },
            { "registry.example.com/team/app:v1", "registry.example.com/team/app@DIGEST", true, true },
            { "registry.example.com/team/app:v1", "registry.example.com/team/app:v1@DIGEST", true, true },
            { "registry.example.com/team/app:v1", "registry.example.com/team/app:v2", false, true },
            { "registry.example.com/team/app:v1", "registry.example.com/team/app", false, true },
            { "registry.example.com/team/app:v1", "registry.example.com/team/other:v1", false, true },
            { "registry.example.com/team/app:v1", "mirror.example.net/app:v1", false, true },
            { "registry.example.com/team/app:v1", "mirror.example.net/app@DIGEST", false, true },
            {
                "registry.example.com/team/app:v1",
                "mirror.example.net/app@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                false,
                false
            },
            { "", "registry.example.com/team/app:v1", false, true },
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_signed_name_is_kept_unless_the_statement_allows_artifacts_to_be_relocated(
        string signedName,
        string used,
        bool passes,
        bool passesRelocated
    )
    {
        user.WritePolicy(TrustUser.Statement("all", "ca:wabbit", "*"));
        string[] reference = ["-r", used.Replace("DIGEST", user.Digest, StringComparison.Ordinal)];
        foreach (var format in new[] { "jwt", "json" })
        {
            string[] names = signedName.Length == 0 ? [] : ["-r", signedName];
            user.Folder.Run(["sign", "--format", format, "-k", "wabbit.key", "-c", "wabbit.crt", .. names, "-o", "app.sig", "app.json"])
                .RequireSuccess();
            File.Delete(user.Folder[TrustUser.Settings]);
            Assert.Equal(passes ? 0 : 1, user.VerifyFile("app.sig", reference).ExitCode);

            user.Folder.Write(
                TrustUser.Settings,
                """{"version":"1.0","statements":{"all":{"allowRelocated":true},"another":{"allowRelocated":false}}}"""
            );
            Assert.Equal(passesRelocated ? 0 : 1, user.VerifyFile("app.sig", reference).ExitCode);

            user.Folder.Write(
                TrustUser.Settings,
                """{"version":"1.0","statements":{"all":{"allowRelocated":false},"another":{"allowRelocated":true}}}"""
            );
            Assert.Equal(passes ? 0 : 1, user.VerifyFile("app.sig", reference).ExitCode);
        }
    }

    public void Dispose() => user.Dispose();
}
