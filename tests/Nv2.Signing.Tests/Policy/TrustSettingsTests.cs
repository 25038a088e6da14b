using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>nv2's own settings beside a policy.</summary>
public sealed class TrustSettingsTests
{
    private const string Thumbprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public void Trust_is_required_unless_the_settings_say_otherwise()
    {
        Assert.True(TrustSettings.Default.IsTrustRequired);
        Assert.True(Parse("""{"version":"1.0"}""").IsTrustRequired);
        Assert.True(Parse("""{"version":"1.0","trustRequired":true}""").IsTrustRequired);
        Assert.False(Parse("""{"version":"1.0","trustRequired":false}""").IsTrustRequired);
    }

    [Fact]
    public void Statements_that_allow_relocation_are_named() =>
        Assert.Equal(
            ["a"],
            Parse(
                """{"version":"1.0","statements":{"a":{"allowRelocated":true},"b":{"allowRelocated":false},"c":{"more":1}},"more":[]}"""
            ).Relocatable
        );

    [Fact]
    public void Patterns_name_statements()
    {
        var settings = Parse("""{"version":"1.0","scopes":{"Registry.Example.com/*":"all","registry.example.com/team/*":"team"}}""");

        Assert.Equal(
            [("registry.example.com/*", "all"), ("registry.example.com/team/*", "team")],
            settings.Scopes.Select(scope => (scope.Pattern.Text, scope.Statement))
        );
    }

    [Fact]
    public void Identities_of_signers_belong_to_statements()
    {
        var settings = Parse("""{"version":"1.0","statements":{"a":{"signerIdentities":["dns:a.example.com","x509.subject:O=acme"]},"b":{}}}""");

        Assert.Equal(["dns:a.example.com", "x509.subject:O=acme"], Assert.Single(settings.SignerIdentities).Value.Texts);
    }

    [Theory]
    [InlineData("""{"version":"1.0"}""", 0)]
    [InlineData("""{"version":"1.0","clockToleranceInSeconds":0}""", 0)]
    [InlineData("""{"version":"1.0","clockToleranceInSeconds":300}""", 300)]
    public void No_tolerance_of_clocks_is_the_default(string json, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Parse(json).ClockTolerance);

    [Theory]
    [InlineData("registry.example.com/app:v1", "https://example.com/own.crt")]
    [InlineData("registry.example.com/other", "https://example.com/all.crt")]
    public void Keys_are_those_of_the_repository_else_those_for_everything(string reference, string expected)
    {
        var settings = Parse(
            $$$"""
            {"version":"1.0","keys":[
              {"scope":"*","url":"https://example.com/all.crt","sha256Thumbprint":"{{{Thumbprint}}}"},
              {"scope":"Registry.example.com/app","url":"https://example.com/own.crt",
               "sha256Thumbprint":"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
               "store":"ca:own"}]}
            """
        );

        var key = Assert.Single(settings.KeysFor(Reference.Parse(reference)));

        Assert.Equal((expected, Thumbprint), (key.Url.OriginalString, key.Sha256Thumbprint));
    }

    [Theory]
    [InlineData("""{}""", "the settings has no $.version")]
    [InlineData("""{"version":"2.0"}""", "$.version is \"2.0\": expected 1.0")]
    [InlineData("""{"version":"1.0","trustRequired":"false"}""", "$.trustRequired is a string: expected true or false")]
    [InlineData("""{"version":"1.0","trustRequired":null}""", "$.trustRequired is null: expected true or false")]
    [InlineData("""{"version":"1.0","statements":[]}""", "$.statements is an array: expected an object")]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"allowRelocated":"yes"}}}""",
        "$.statements.a.allowRelocated is a string: expected true or false"
    )]
    [InlineData("""{"version":"1.0","keys":{}}""", "$.keys is an object: expected an array")]
    [InlineData("""{"version":"1.0","clockToleranceInSeconds":301}""", "$.clockToleranceInSeconds is 301: expected a whole number from 0 to 300")]
    [InlineData("""{"version":"1.0","clockToleranceInSeconds":-1}""", "$.clockToleranceInSeconds is -1: expected a whole number from 0 to 300")]
    [InlineData("""{"version":"1.0","clockToleranceInSeconds":0.5}""", "$.clockToleranceInSeconds is 0.5: expected a whole number from 0 to 300")]
    [InlineData("""{"version":"1.0","clockToleranceInSeconds":"5"}""", "$.clockToleranceInSeconds is a string: expected a number")]
    [InlineData("""{"version":"1.0","scopes":[]}""", "$.scopes is an array: expected an object")]
    [InlineData("""{"version":"1.0","scopes":{"registry.example.com/*":""}}""", "is empty: expected some text")]
    [InlineData("""{"version":"1.0","scopes":{"registry.example.com/app":"a"}}""", "\"registry.example.com/app\" is not a pattern of repositories")]
    [InlineData("""{"version":"1.0","scopes":{"a.example/*":"a","A.example/*":"b"}}""", "is the same pattern as \"a.example/*\": expected each once")]
    [InlineData(
        """{"version":"1.0","scopes":{"docker.io/*":"a","index.docker.io/*":"b"}}""",
        "is the same pattern as \"docker.io/*\": expected each once"
    )]
    [InlineData("""{"version":"1.0","scopes":{"a.example/*":"a","a.example/*":"b"}}""", "a.example/*")]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"signerIdentities":[]}}}""",
        "$.statements.a.signerIdentities cannot be used: there is no identity"
    )]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"signerIdentities":"dns:a"}}}""",
        "$.statements.a.signerIdentities is a string: expected an array"
    )]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"signerIdentities":["dns:A.b","dns:a.B"]}}}""",
        "the identity \"dns:A.b\" appears twice: expected each once"
    )]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"signerIdentities":["*"]}}}""",
        "$.statements.a.signerIdentities[0]: \"*\" is not an identity of a signer"
    )]
    [InlineData("""{"version":"1.0","trustRequired":true,"trustRequired":false}""", "trustRequired")]
    [InlineData("""{"version":"1.0","TrustRequired":true}""", "$.TrustRequired is not known; did you mean trustRequired?")]
    [InlineData("""{"version":"1.0","statement":{}}""", "$.statement is not known; did you mean statements?")]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"signerIdentites":["dns:a"]}}}""",
        "$.statements.a.signerIdentites is not known; did you mean signerIdentities?"
    )]
    [InlineData(
        """{"version":"1.0","statements":{"a":{"requireTimestamps":true}}}""",
        "$.statements.a.requireTimestamps is not known; did you mean requireTimestamp?"
    )]
    public void Settings_that_are_not_what_they_must_be_are_refused(string json, string message) => Refusal.Of(() => Parse(json), message);

    [Fact]
    public void What_is_no_misspelling_is_passed_over() =>
        Assert.True(Parse("""{"version":"1.0","$schema":"x","later":1,"statements":{"a":{"comment":"why"},"statement":{}}}""").IsTrustRequired);

    [Theory]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/b\"", "$.keys[0].sha256Thumbprint, which is required")]
    [InlineData("\"scope\":\"app\",\"url\":\"https://a/b\",\"sha256Thumbprint\":\"T\"", "\"app\" is not a scope")]
    [InlineData(
        "\"scope\":\"*\",\"url\":\"https://a/b\",\"sha256Thumbprint\":\"012\"",
        "\"012\" is not a SHA-256 fingerprint: expected 64 hexadecimal digits, with or without colons"
    )]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/b\",\"sha256Thumbprint\":\"T\",\"store\":\"own\"", "\"own\" is not a trust store")]
    [InlineData("\"scope\":\"*\",\"url\":\"ftp://a/b\",\"sha256Thumbprint\":\"T\"", "is not an address: expected https:// or http://")]
    [InlineData("\"scope\":\"*\",\"url\":\"a/b\",\"sha256Thumbprint\":\"T\"", "is not an address")]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/b c\",\"sha256Thumbprint\":\"T\"", "is not an address")]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/'; rm -rf ~; '\",\"sha256Thumbprint\":\"T\"", "is not an address")]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/`id`\",\"sha256Thumbprint\":\"T\"", "is not an address")]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/\\u001b[2J\",\"sha256Thumbprint\":\"T\"", "is not an address")]
    [InlineData("\"scope\":\"*\",\"url\":\"https://a/\\n\",\"sha256Thumbprint\":\"T\"", "is not an address")]
    public void A_source_of_keys_that_is_none_or_could_mean_something_to_a_shell_is_refused(string key, string message) =>
        Refusal.Of(
            () => Parse($$$"""{"version":"1.0","keys":[{{{"{" + key.Replace("\"T\"", $"\"{Thumbprint}\"", StringComparison.Ordinal) + "}"}}}]}"""),
            message
        );

    private static TrustSettings Parse(string json) => TrustSettings.Parse(Encoding.UTF8.GetBytes(json), "the settings");
}
