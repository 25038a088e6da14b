using System.Text.Json.Nodes;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Keys by name, in signingkeys.json.</summary>
public sealed class NamedKeyTests : IDisposable
{
    private static readonly KeyCase Key = KeyCase.Named("p256");

    private readonly KeyFolder folder = new();

    public NamedKeyTests()
    {
        folder.Environment["NV2_HOME"] = folder["home"];
        folder.Write("app.key", File.ReadAllBytes(Key.KeyPath)); // Only its owner may read it.
    }

    private JsonNode Settings => JsonNode.Parse(File.ReadAllText(folder["home/signingkeys.json"]))!;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_key_signs_by_its_name_and_the_default_one_without()
    {
        folder.Nv2("key", "add", "release", folder["app.key"], "-c", Key.CertificatePath, "--default").RequireSuccess();

        Assert.Equal($"* release  {folder["app.key"]}\n", folder.Nv2("key", "list").RequireSuccess().Stdout);
        foreach (var arguments in new string[][] { ["-k", "release"], [] })
        {
            folder.Nv2(["sign", "--format", "jws", "-o", folder["s"], .. arguments, KeyCase.ManifestPath]).RequireSuccess();
            folder.Nv2("verify", "-f", folder["s"], "-c", Key.CertificatePath, KeyCase.ManifestPath).RequireSuccess();
        }

        Assert.Equal("release\n", folder.Nv2("key", "default").RequireSuccess().Stdout);
        folder.Nv2("key", "remove", "release").RequireSuccess();
        Assert.Equal("", folder.Nv2("key", "list").RequireSuccess().Stdout);
        Assert.Equal("", folder.Nv2("key", "default").RequireSuccess().Stdout);
        var result = folder.Nv2("sign", "-o", folder["s"], KeyCase.ManifestPath);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--key is missing", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_notation_s_is_read_and_what_is_not_known_in_it_stays()
    {
        folder.Write(
            "home/signingkeys.json",
            $$"""
            {"default":"mine","keys":[{"name":"mine","keyPath":"{{folder["app.key"]}}","certPath":"{{Key.CertificatePath}}","colour":"blue"},
             {"name":"cloud","id":"https://vault/keys/a b","pluginName":"azure-kv","pluginConfig":{"self_signed":"true"} }],"future":[1,2]}
            """
        );

        folder.SignAndVerify("mine", Key, "cose");
        folder.Nv2("key", "add", "token", "pkcs11:token=a;object=b", "--passphrase-from", "env:PIN").RequireSuccess();
        folder.Nv2("key", "default", "token").RequireSuccess();

        Assert.Equal("blue", (string)Settings["keys"]![0]!["colour"]!);
        Assert.Equal("[1,2]", Settings["future"]!.ToJsonString());
        Assert.Equal("""{"name":"token","reference":"pkcs11:token=a;object=b","passphraseFrom":"env:PIN"}""", Settings["keys"]![2]!.ToJsonString());
        Assert.Equal("token", (string)Settings["default"]!);
        Assert.Contains(
            "plugin:azure-kv?id=https%3A%2F%2Fvault%2Fkeys%2Fa%20b&self_signed=true",
            folder.Nv2("key", "list").RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_plug_in_is_written_as_notation_writes_it()
    {
        folder.Nv2("key", "add", "cloud", "plugin:azure-kv?id=https%3A%2F%2Fvault%2Fkeys&self_signed=true").RequireSuccess();

        Assert.Equal(
            """{"name":"cloud","id":"https://vault/keys","pluginName":"azure-kv","pluginConfig":{"self_signed":"true"}}""",
            Settings["keys"]![0]!.ToJsonString()
        );
    }

    [Theory]
    [InlineData("there is already a key \"one\"", "key", "add", "one", "other.key")]
    [InlineData("is not a valid name for a key", "key", "add", "a/b", "other.key")]
    [InlineData("has the unknown attribute", "key", "add", "two", "pkcs11:colour=blue")]
    [InlineData("not a source of a passphrase", "key", "add", "two", "two.key", "--passphrase-from", "secret")]
    [InlineData("there is no key \"two\"", "key", "remove", "two")]
    [InlineData("there is no key \"two\"", "key", "default", "two")]
    public void What_cannot_be_is_refused_and_changes_nothing(string failure, params string[] arguments)
    {
        folder.Nv2("key", "add", "one", Key.KeyPath).RequireSuccess();
        var before = File.ReadAllText(folder["home/signingkeys.json"]);

        var result = folder.Nv2(arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(failure, result.Stderr, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(folder["home/signingkeys.json"]));
    }

    [Theory]
    [InlineData("{", "signingkeys.json")]
    [InlineData("""{"keys":[{"name":"a"}]}""", "must have exactly one of reference, keyPath and pluginName")]
    [InlineData("""{"keys":[{"name":"a","keyPath":"x","reference":"y"}]}""", "must have exactly one of")]
    [InlineData("""{"keys":[{"name":"a","keyPath":"x"},{"name":"a","keyPath":"y"}]}""", "has the name \"a\" twice")]
    [InlineData("""{"default":"b","keys":[]}""", "is \"b\", which is not the name of a key")]
    [InlineData("""{"keys":[{"name":"a","pluginName":"../../x","id":"i"}]}""", "is not the name of a plug-in")]
    public void A_file_that_is_not_valid_is_refused(string content, string failure)
    {
        folder.Write("home/signingkeys.json", content);

        Assert.Contains(failure, folder.RefuseToSign("a"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_others_can_change_is_not_used()
    {
        folder.Nv2("key", "add", "one", "exec:true").RequireSuccess();
        KeyFolder.ChangeMode(folder["home/signingkeys.json"], "602");

        Assert.Contains("(chmod go-w)", folder.RefuseToSign("one"), StringComparison.Ordinal);
    }
}
