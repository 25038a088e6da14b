using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// The plug-in as users have it: installed in the Notary Project's notation, which signs and verifies with it. Skipped where notation is not
/// installed: Debian's stable release has no package of it. When it verifies, notation keeps the reasons of a plug-in to itself, and shows them with
/// --verbose; when it signs, it shows them always.
/// </summary>
public sealed class NotationTests
{
    private const string Program = "notation";
    private const string Probe = "version";
    private const string Require = "requirePlugin=true";

    [TheoryWith(Probe, Program)]
    [InlineData("raw", "jws")]
    [InlineData("raw", "cose")]
    [InlineData("envelope", "jws")]
    [InlineData("envelope", "cose")]
    public void An_image_in_a_registry_is_signed_and_verified(string mode, string format)
    {
        using var story = new NotationStory();
        story.AddKey($"mode={mode}");
        var image = story.Push();

        story.Succeed(
            "sign",
            "--insecure-registry",
            "--key",
            NotationStory.KeyName,
            "--signature-format",
            format,
            "--user-metadata",
            "build=42",
            "--expiry",
            "24h",
            image
        );
        story.Succeed("verify", "--insecure-registry", "--user-metadata", "build=42", image);
        story.Succeed(story.Nv2("verify", "--plain-http", "--ca-cert", "root.crt", "--user-metadata", "build=42", image));

        Assert.NotEqual(0, story.Notation("verify", "--insecure-registry", "--user-metadata", "build=43", image).ExitCode);
    }

    [TheoryWith(Probe, Program)]
    [InlineData("raw", "jws")]
    [InlineData("raw", "cose")]
    [InlineData("envelope", "jws")]
    [InlineData("envelope", "cose")]
    public void An_image_in_a_layout_is_signed_and_verified(string mode, string format)
    {
        using var story = new NotationStory();
        story.AddKey($"mode={mode}");

        story.Succeed("sign", "--oci-layout", "--key", NotationStory.KeyName, "--signature-format", format, NotationStory.LayoutImage);
        story.Succeed("verify", "--oci-layout", "--scope", "example.com/net-monitor", NotationStory.LayoutImage);
        story.Succeed(story.Nv2("verify", "--ca-cert", "root.crt", "--oci-layout", NotationStory.LayoutImage));
    }

    [TheoryWith(Probe, Program)]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signature_that_requires_the_plug_in_is_verified_with_it_and_not_without(string format)
    {
        using var story = new NotationStory();
        story.AddKey("mode=envelope", Require);
        var image = story.Push();
        string[] verify = ["verify", "--verbose", "--insecure-registry", image];
        story.Succeed("sign", "--insecure-registry", "--key", NotationStory.KeyName, "--signature-format", format, image);

        AssertRefused(story.Notation(verify), "pluginConfig has no crlFolder");
        var lists = NotationStory.Config(story.WriteList(isRevoked: false));
        story.Succeed([.. verify, .. lists]);

        story.WriteList(isRevoked: true);
        AssertRefused(story.Notation([.. verify, .. lists]), "is revoked");

        story.WriteList(isRevoked: false);
        story.Succeed("plugin", "uninstall", "--yes", "nv2");
        AssertRefused(story.Notation([.. verify, .. lists]), "plugin");
    }

    [TheoryWith(Probe, Program)]
    [InlineData("C=US, ST=WA, O=acme, CN=somebody else")]
    [InlineData("C=US, ST=CA, O=acme")]
    public void A_signer_whom_the_policy_does_not_name_is_refused_by_the_plug_in(string identity)
    {
        using var story = new NotationStory();
        story.AddKey("mode=envelope", Require);
        var image = story.Push();
        story.Succeed("sign", "--insecure-registry", "--key", NotationStory.KeyName, image);
        story.TrustOnly(identity);

        AssertRefused(
            story.Notation(["verify", "--verbose", "--insecure-registry", image, .. NotationStory.Config(story.WriteList(isRevoked: false))]),
            "matches none of the trusted identities"
        );
    }

    [TheoryWith(Probe, Program)]
    [InlineData("registry.example.com/*", "registry.example.com/team/app")]
    [InlineData("registry.example.com:5000/team/*", "registry.example.com:5000/team/sub/app")]
    public void A_policy_with_a_statement_for_a_pattern_and_settings_beside_it_are_read_by_notation(string pattern, string name)
    {
        using var story = new NotationStory();
        story.AddKey();
        var image = story.Push();
        story.Succeed("sign", "--insecure-registry", "--key", NotationStory.KeyName, image);
        string[] home = ["--trust-home", story.Folder["config/notation"]];

        story.Succeed(story.Nv2(["trust", "add", "patterns", "root.crt", .. home]));
        story.Succeed(story.Nv2(["trust", "allow", pattern, "--store", "patterns", "--signer-identity", "x509.subject: O=acme", .. home]));

        story.Succeed("verify", "--insecure-registry", image);
        story.Succeed("policy", "show");
        Assert.Contains(pattern, story.Nv2(["trust", "check", name, .. home]).RequireSuccess().Stdout, StringComparison.Ordinal);

        // A pattern in the policy itself it would refuse.
        var policy = story.Folder["config/notation/trustpolicy.json"];
        File.WriteAllText(policy, File.ReadAllText(policy).Replace($"{ScopeOf(pattern)}\"", $"{pattern}\"", StringComparison.Ordinal));
        AssertRefused(story.Notation("verify", "--insecure-registry", image), "wild card");

        static string ScopeOf(string pattern) => $"nv2.invalid/{pattern[..^2].Replace(":", "__", StringComparison.Ordinal)}";
    }

    [TheoryWith(Probe, Program)]
    [InlineData("mode=both", "expected raw or envelope")]
    [InlineData("certificate=missing.crt", "missing.crt")]
    [InlineData(Require, "requires mode to be envelope")]
    public void An_error_of_the_plug_in_reaches_the_user(string setting, string expected)
    {
        using var story = new NotationStory();
        story.AddKey();

        AssertRefused(
            story.Notation(["sign", "--oci-layout", "--key", NotationStory.KeyName, .. NotationStory.Config(setting), NotationStory.LayoutImage]),
            expected
        );
    }

    private static void AssertRefused(ProcessResult result, string expected)
    {
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(expected, $"{result.Stdout}\n{result.Stderr}", StringComparison.Ordinal);
    }
}
