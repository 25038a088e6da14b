using System.Text.Json.Nodes;
using Nv2.Plugin.Tests.Trust;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>What commands print with <c>--json</c>, and beside it for people.</summary>
public sealed class JsonOutputTests
{
    [Fact]
    public void What_commands_print_is_as_their_schemas_say()
    {
        using var user = new TrustUser();
        var folder = user.Folder;
        var cases = new List<(string Schema, JsonNode Instance)>();
        Take("sign", 0, "sign", "-k", "wabbit.key", "-c", "wabbit.crt", "-r", TrustUser.Name, "--oci-layout", TrustUser.Layout);
        Take("sign", 0, "sign", "-k", "wabbit.key", "-c", "wabbit.crt", "--format", "jws", "-o", "app.jws.sig", "app.json");
        Take("attach", 0, "attach", "app.jws.sig", "--oci-layout", TrustUser.Layout);
        Take("verify", 0, "verify", "--all", "-c", "wabbit.crt", "--oci-layout", TrustUser.Layout);
        Take("verify", 1, "verify", "--require", "2", "-c", "wabbit.crt", "--oci-layout", TrustUser.Layout);
        Take("verify", 1, "verify", "-c", "acme.crt", "--oci-layout", TrustUser.Layout);
        Take("list", 0, "list", "--oci-layout", TrustUser.Layout);
        Take("trust-list", 0, "trust", "list", "--trust-home", TrustUser.Home);
        Take("trust-check", 1, "trust", "check", TrustUser.Name, "--trust-home", TrustUser.Home);
        user.Trusts("wabbit");
        Take("verify", 0, "verify", "-r", TrustUser.Name, "--trust-home", TrustUser.Home, "--oci-layout", TrustUser.Layout);
        Take("trust-list", 0, "trust", "list", "--trust-home", TrustUser.Home);
        Take("trust-show", 0, "trust", "show", "wabbit", "--trust-home", TrustUser.Home);
        Take("trust-check", 0, "trust", "check", TrustUser.Name, "--trust-home", TrustUser.Home);
        var skipping = TrustUser.Statement("app", "ca:wabbit", TrustUser.Repository);
        skipping["signatureVerification"]!["level"] = "skip";
        skipping.Remove("trustStores");
        skipping.Remove("trustedIdentities");
        user.WritePolicy(skipping);
        Take("verify", 0, "verify", "-r", TrustUser.Name, "--trust-home", TrustUser.Home, "--oci-layout", TrustUser.Layout);
        Take("trust-check", 0, "trust", "check", TrustUser.Name, "--trust-home", TrustUser.Home);

        Assert.All(JsonSchemas.Validate(cases).Zip(cases), outcome => Assert.True(outcome.First == "valid", $"{outcome.First}\n{outcome.Second}"));

        void Take(string schema, int exitCode, params string[] arguments)
        {
            var result = folder.Run([.. arguments, "--json"]);
            Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: {result.ExitCode}: {result.Stderr}");
            cases.Add(($"cli/{schema}", JsonNode.Parse(result.Stdout)!));
        }
    }

    [Fact]
    public void A_list_of_damaged_signatures_and_of_an_index_is_as_its_schema_says()
    {
        using var folder = new WorkingFolder();
        var layout = new LayoutContent();
        var (first, second) = (layout.AddImage("first"), layout.AddImage("second"));
        var index = layout.AddIndex(first, second, first);
        layout.List(index, "v1");
        layout.AddSignature(first, "no signature"u8.ToArray());
        layout.AddSignature(index, Layouts.SignedImage.Sign(index));
        layout.WriteTo(folder["layout"]);
        var list = JsonNode.Parse(folder.Run("list", "--json", "--oci-layout", "layout:v1").RequireSuccess().Stdout)!;

        Assert.NotNull(list["manifests"]![0]!["signatures"]![0]!["reason"]);
        Assert.Equal(["valid"], JsonSchemas.Validate([("cli/list", list)]));
    }

    [Fact]
    public void Signing_says_where_the_signature_is_and_what_verifiers_will_need()
    {
        using var folder = new WorkingFolder();
        new Layouts.SignedImage().Layout.WriteTo(folder["layout"]);
        var inFile = folder
            .Run("sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "-o", "out.nv2", WorkingFolder.Manifest)
            .RequireSuccess();
        var stored = folder
            .Run("sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "--oci-layout", "layout:v1")
            .RequireSuccess();
        var byKey = folder.Run("sign", "-k", WorkingFolder.P256Key, "-o", "-", WorkingFolder.Manifest).RequireSuccess();
        var attached = folder.Run("attach", "--json", "out.nv2", "--oci-layout", "layout:v1");
        var json = JsonNode.Parse(folder.Run("list", "--json", "--oci-layout", "layout:v1").RequireSuccess().Stdout)!;

        Assert.Equal($"nv2: signature: \"out.nv2\" (jwt, {WorkingFolder.DigestOf(folder.Read("out.nv2"))})\n", inFile.Stderr);
        Assert.Equal(
            $"nv2: signature: {json["signatures"]!.AsArray()[^1]!["manifest"]!["digest"]} (jwt) in the layout \"layout:v1\"\n".Replace(
                ":v1",
                "",
                StringComparison.Ordinal
            ),
            stored.Stderr
        );
        Assert.Equal(
            "nv2: note: the signature contains no certificate: verifiers need the key's certificate (include it with --cert)\n",
            byKey.Stderr
        );
        Assert.Equal(1, attached.ExitCode); // Of another artifact.
        Assert.Empty(attached.Stdout);
    }

    [Fact]
    public void Standard_output_is_for_the_signature_or_for_JSON()
    {
        using var folder = new WorkingFolder();

        BadInput.AssertRefused(
            "json-and-output",
            folder,
            [new("sign", 2, "sign", "--json", "-k", WorkingFolder.P256Key, "-o", "-", WorkingFolder.Manifest)]
        );
    }
}
