namespace Nv2.Plugin.Tests;

/// <summary>What a person reads: help, inspections, verdicts.</summary>
public sealed class HelpSnapshotTests
{
    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help-sign", "sign", "--help")]
    [InlineData("help-verify", "verify", "--help")]
    [InlineData("help-list", "list", "--help")]
    [InlineData("help-inspect", "inspect", "--help")]
    [InlineData("help-timestamp", "timestamp", "--help")]
    [InlineData("help-timestamp-request", "timestamp", "request", "--help")]
    [InlineData("help-timestamp-attach", "timestamp", "attach", "--help")]
    [InlineData("help-attach", "attach", "--help")]
    [InlineData("help-trust", "trust", "--help")]
    [InlineData("help-trust-add", "trust", "add", "--help")]
    [InlineData("help-trust-list", "trust", "list", "--help")]
    [InlineData("help-trust-show", "trust", "show", "--help")]
    [InlineData("help-trust-remove", "trust", "remove", "--help")]
    [InlineData("help-trust-allow", "trust", "allow", "--help")]
    [InlineData("help-trust-check", "trust", "check", "--help")]
    [InlineData("help-trust-disallow", "trust", "disallow", "--help")]
    [InlineData("help-trust-required", "trust", "required", "--help")]
    [InlineData("help-key", "key", "--help")]
    [InlineData("help-key-add", "key", "add", "--help")]
    [InlineData("help-key-describe", "key", "describe", "--help")]
    [InlineData("help-key-list-tokens", "key", "list-tokens", "--help")]
    [InlineData("help-certificate", "certificate", "--help")]
    [InlineData("help-certificate-generate-test", "certificate", "generate-test", "--help")]
    [InlineData("help-doctor", "doctor", "--help")]
    [InlineData("help-completion", "completion", "--help")]
    [InlineData("help-describe", "describe", "--help")]
    public void Help_explains_the_command(string name, params string[] arguments)
    {
        var result = Nv2Binary.Run(arguments).RequireSuccess();

        Assert.Empty(result.Stderr);
        Snapshot.Match(name, result.Stdout);
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("-?")]
    public void Help_has_short_names(string option)
    {
        Assert.Equal(Nv2Binary.Run("--help").RequireSuccess().Stdout, Nv2Binary.Run(option).RequireSuccess().Stdout);
        Assert.Equal(Nv2Binary.Run("sign", "--help").RequireSuccess().Stdout, Nv2Binary.Run("sign", option).RequireSuccess().Stdout);
    }

    [Fact]
    public void The_list_of_commands_has_one_line_for_each()
    {
        var help = Nv2Binary.Run("--help").RequireSuccess().Stdout;
        var commands = help.Split("\nCommands:\n")[1].Split("\n\n")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            [
                "sign",
                "verify",
                "list",
                "inspect",
                "timestamp",
                "attach",
                "trust",
                "key",
                "certificate",
                "doctor",
                "completion",
                "describe",
                "generate-signature",
                "verify-signature",
                "plugin",
                "help",
                "version",
            ],
            commands.Select(command => command.Trim().Split(' ')[0])
        );
    }

    [Theory]
    [InlineData("nv2-jwt/chain.jwt", "inspect-jwt-chain")]
    [InlineData("nv2-jwt/p384-kid.jwt", "inspect-jwt-kid")]
    [InlineData("nv2-json/expired.json", "inspect-json-expired")]
    public void Inspect_shows_what_a_signature_claims_and_that_it_is_not_verified(string signature, string name)
    {
        var text = Nv2Binary.Run("inspect", Vectors.PathOf(signature)).RequireSuccess();
        var json = Nv2Binary.Run("inspect", "--json", Vectors.PathOf(signature)).RequireSuccess();

        Assert.Empty(text.Stderr + json.Stderr);
        Assert.StartsWith("NOT VERIFIED: ", text.Stdout, StringComparison.Ordinal);
        Assert.StartsWith("{\"verified\":false,", json.Stdout, StringComparison.Ordinal);
        Snapshot.Match(name, $"{text.Stdout}\n{Masked.Json(json.Stdout)}");
    }

    [Theory]
    [InlineData("verify-json-holds", "nv2-jwt/rsa2048-x5c.jwt", "keys/rsa2048.crt")]
    [InlineData("verify-json-untrusted", "nv2-jwt/rsa2048-x5c.jwt", "keys/p256.crt")]
    public void Verify_prints_its_result_as_JSON(string name, string signature, string certificate)
    {
        var result = Nv2Binary.Run(
            "verify",
            "--json",
            "-f",
            Vectors.PathOf(signature),
            "-c",
            Vectors.PathOf(certificate),
            Vectors.PathOf("manifests/oci-image.json")
        );

        Snapshot.Match(name, Masked.Json(result.Stdout));
    }

    [Theory]
    [InlineData("nv2-jwt/two-parts.jwt", "format")]
    [InlineData("nv2-jwt/tampered-claims.jwt", "integrity")]
    [InlineData("nv2-jwt/p256-x5c.jwt", "authenticity")]
    [InlineData("nv2-jwt/p256-kid.jwt", "unknown-key")]
    [InlineData("nv2-jwt/no-digitalsignature.jwt", "key-usage")]
    [InlineData("nv2-jwt/expired.jwt", "validity")]
    [InlineData("nv2-jwt/foreign-reference.jwt", "references")]
    [InlineData("nv2-json/manifest-helm-chart.json", "subject")]
    public void A_verification_that_fails_says_which_checks_and_what_to_do(string signature, string name)
    {
        using var folder = new WorkingFolder();
        folder.Write("bad.nv2", Vectors.Read(signature));
        var certificate = name is "authenticity" or "unknown-key" ? "keys/rsa2048.crt" : VectorRequests.Find(signature).Trusted;
        folder.Write("trusted.crt", Vectors.Read(certificate));
        var result = folder.Run("verify", "-f", "bad.nv2", "-c", "trusted.crt", WorkingFolder.Manifest);

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Stdout);
        Assert.Contains("\n  hint: ", result.Stderr, StringComparison.Ordinal);
        Snapshot.Match($"verify-fails-{name}", result.Stderr);
    }
}
