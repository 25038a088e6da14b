namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Signing plug-ins of notation's as keys, written in shell with openssl: a good one, and those that fail or lie. None can make nv2 write a
/// bad signature.</summary>
public sealed class PluginKeyTests : IDisposable
{
    private static readonly KeyCase Key = KeyCase.Named("rsa2048");

    private readonly KeyFolder folder = new();

    public PluginKeyTests() => folder.Environment["XDG_CONFIG_HOME"] = folder["config"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("rsa2048", "RSA-2048", "RSASSA-PSS-SHA-256", "sha256")]
    [InlineData("rsa4096", "RSA-4096", "RSASSA-PSS-SHA-512", "sha512")]
    public void A_plug_in_signs_with_the_chain_that_it_gives_or_with_one_from_a_file(string name, string spec, string algorithm, string hash)
    {
        var key = KeyCase.Named(name);
        Install(key, spec, algorithm, hash);

        foreach (var format in new[] { "jws", "cose" })
        {
            folder.SignAndVerify("plugin:test?id=some%20key&region=north", key, format);
            folder.SignAndVerify("plugin:test?id=some%20key&region=north", key, format, "-c", key.CertificatePath);
        }

        var requests = File.ReadAllText(folder["requests"]);
        Assert.Contains("\"keyId\":\"some key\"", requests, StringComparison.Ordinal);
        Assert.Contains("\"pluginConfig\":{\"region\":\"north\"}", requests, StringComparison.Ordinal);
    }

    [Fact]
    public void An_RSA_key_of_a_plug_in_does_PSS_alone_and_makes_no_jwt()
    {
        Install(Key, "RSA-2048", "RSASSA-PSS-SHA-256", "sha256");

        Assert.Contains("expected the format jws or cose", folder.RefuseToSign("plugin:test?id=some%20key"), StringComparison.Ordinal);
        Assert.Contains("PS256", folder.Nv2("key", "describe", "plugin:test?id=some%20key").RequireSuccess().Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generate-signature", "signature=AAAA", "is not valid for the public key")]
    [InlineData(
        "generate-signature",
        "signature=$(printf other | openssl dgst -sha256 $PSS -sign $KEY | base64 -w0)",
        "is not valid for the public key"
    )]
    [InlineData("generate-signature", "algorithm=RSASSA-PSS-SHA-512", "signed with \"RSASSA-PSS-SHA-512\": expected RSASSA-PSS-SHA-256")]
    [InlineData("generate-signature", "algorithm=none", "signed with \"none\"")]
    [InlineData("generate-signature", "[ -e called ] && chain=$OTHER; touch called", "signed with the key of")]
    [InlineData("generate-signature", "chain=AAAA", "certificateChain")]
    [InlineData("generate-signature", "id=another", "returned the key id \"another\"")]
    [InlineData("generate-signature", "echo '{}'; exit 0", "which is required")]
    [InlineData("generate-signature", "echo 'hello there'; exit 0", "the response of the plug-in \"test\" to generate-signature")]
    [InlineData("generate-signature", "exit 0", "the response of the plug-in \"test\" to generate-signature")]
    [InlineData("generate-signature", "yes; exit 0", "printed more than")]
    [InlineData("generate-signature", "sleep 600", "without a result")]
    [InlineData("generate-signature", "kill -9 $$", "exit code 137")]
    [InlineData(
        "generate-signature",
        "echo '{\"errorCode\":\"ACCESS_DENIED\",\"errorMessage\":\"no such right\"}' >&2; exit 1",
        "ACCESS_DENIED: no such right"
    )]
    [InlineData("describe-key", "spec=RSA-1024", "reports the key spec \"RSA-1024\"")]
    [InlineData("describe-key", "spec=EC-256", "signed with")]
    [InlineData("describe-key", "id=another", "returned the key id \"another\"")]
    [InlineData("get-plugin-metadata", "name=other", "reports the name \"other\"")]
    [InlineData("get-plugin-metadata", "capability=SIGNATURE_GENERATOR.ENVELOPE", "cannot make raw signatures")]
    [InlineData("get-plugin-metadata", "version=2.0", "does not support version 1.0")]
    public void A_plug_in_that_fails_or_lies_signs_nothing(string command, string lie, string failure)
    {
        Install(Key, "RSA-2048", "RSASSA-PSS-SHA-256", "sha256", command, lie);

        Assert.Contains(
            failure is "signed with" ? "RSA" : failure,
            folder.RefuseToSign("plugin:test?id=some%20key", "--format", "jws", "--key-timeout", failure == "without a result" ? "2s" : "1m"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("plugin:missing?id=a", "there is no plug-in \"missing\": expected the program")]
    [InlineData("plugin:test", "does not name a key of the plug-in: expected plugin:test?id=…")]
    [InlineData("plugin:../x?id=a", "is not the name of a plug-in")]
    [InlineData("plugin:test?id=a&id=b", "each at most once")]
    [InlineData("plugin:test?id=%zz", "is not percent-encoded")]
    public void A_reference_that_is_not_valid_is_refused(string reference, string failure) =>
        Assert.Contains(failure, folder.RefuseToSign(reference, "--format", "jws"), StringComparison.Ordinal);

    private void Install(KeyCase key, string spec, string algorithm, string hash, string command = "none", string lie = ":")
    {
        string Base64(string path) => Convert.ToBase64String(OpenSsl.Der(path));
        var script = $$"""
            #!/bin/bash
            KEY='{{key.KeyPath}}' PSS='-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest' OTHER='{{Base64(
                KeyCase.Named("p256").CertificatePath
            )}}'
            cd '{{folder.Path}}'
            request=$(cat)
            echo "$request" >> requests
            name=test version=1.0 capability=SIGNATURE_GENERATOR.RAW id='some key' spec={{spec}} algorithm={{algorithm}} chain='{{Base64(
                key.CertificatePath
            )}}'
            if [ "$1" = generate-signature ]; then
                signature=$(jq -r .payload <<< "$request" | base64 -d | openssl dgst -{{hash}} $PSS -sign $KEY | base64 -w0)
            fi
            if [ "$1" = {{command}} ]; then {{lie}}; fi
            case $1 in
                get-plugin-metadata)
                    echo "{\"name\":\"$name\",\"description\":\"d\",\"version\":\"1\",\"url\":\"u\","
                    echo "\"supportedContractVersions\":[\"$version\"],\"capabilities\":[\"$capability\"]}" ;;
                describe-key) echo "{\"keyId\":\"$id\",\"keySpec\":\"$spec\"}" ;;
                generate-signature)
                    echo "{\"keyId\":\"$id\",\"signature\":\"$signature\","
                    echo "\"signingAlgorithm\":\"$algorithm\",\"certificateChain\":[\"$chain\"]}" ;;
            esac
            """;
        folder.WriteProgram("config/notation/plugins/test/notation-test", script);
    }
}
