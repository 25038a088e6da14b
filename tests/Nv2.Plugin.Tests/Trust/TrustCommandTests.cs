using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary><c>nv2 trust</c>: what its commands say, and what they leave in the trust home.</summary>
public sealed class TrustCommandTests : IDisposable
{
    private const string Stores = $"{TrustUser.Home}/truststore/x509";

    private readonly TrustUser user = new();

    [Fact]
    public void From_nothing_to_trust_and_back_as_a_user_reads_it()
    {
        var transcript = new System.Text.StringBuilder();
        Step("check", TrustUser.Name);
        Step("list");
        Step("add", "acme", "acme-root.crt");
        Step("add", "acme", "acme-root.crt");
        Step("add", "clock", "acme-root.crt", "--type", "tsa");
        Step("allow", TrustUser.Repository, "--store", "acme");
        Step(
            "allow",
            TrustUser.Repository,
            "--store",
            "tsa:clock",
            "--identity",
            "x509.subject: C=US, ST=WA, O=acme",
            "--level",
            "permissive",
            "--allow-relocated"
        );
        Step("add", "wabbit", "wabbit.crt");
        Step("allow", "*", "--store", "wabbit", "--name", "everybody else");
        Step("list");
        Step("show", "acme");
        Step("show", "clock", "--type", "tsa");
        Step("check", TrustUser.Name);
        Step("check", "registry.example.com/other@sha256:0000000000000000000000000000000000000000000000000000000000000000");
        Step("required", "off");
        Step("check", TrustUser.Name);
        Step("required", "on");
        Step("remove", "acme", "--fingerprint", user.Thumbprint("acme-root"));
        Step("remove", "wabbit");
        Step("list");
        transcript.Append(File.ReadAllText(user.Folder[TrustUser.Policy])).Append(File.ReadAllText(user.Folder[TrustUser.Settings]));

        Snapshot.Match("trust-transcript", user.Mask(transcript.ToString()));
        Assert.False(Directory.Exists(user.Folder[$"{Stores}/ca/acme"]));

        void Step(params string[] arguments)
        {
            var result = user.Trust(arguments);
            var errors = result.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"! {line}\n");
            transcript.Append(null, $"$ nv2 trust {string.Join(' ', arguments)}\n{result.Stdout}{string.Concat(errors)}");
            transcript.Append(result.ExitCode == 0 ? "" : $"exit code {result.ExitCode}\n").Append('\n');
        }
    }

    [Theory]
    [InlineData("PEM", "")]
    [InlineData("DER", "")]
    [InlineData("PEM", "standard input")]
    [InlineData("DER", "standard input")]
    public void A_certificate_is_added_as_it_is_from_a_file_or_a_pipe(string encoding, string from)
    {
        Tool.Run("openssl", ["x509", "-in", user.Folder["wabbit.crt"], "-outform", encoding, "-out", user.Folder["given"]]).RequireSuccess();
        string[] arguments =
        [
            "trust",
            "add",
            "wabbit",
            from.Length == 0 ? "given" : "-",
            "--fingerprint",
            user.Fingerprint("wabbit"),
            "--trust-home",
            TrustUser.Home,
        ];
        var added = (from.Length == 0 ? user.Folder.Run(arguments) : user.Folder.RunWithInput(user.Folder.Read("given"), arguments)).RequireSuccess();
        Assert.StartsWith("added to ca:wabbit\n  subject    CN=wabbit,O=wabbit,ST=WA,C=US\n", added.Stdout, StringComparison.Ordinal);

        // As openssl reads it, it is the same certificate; and notation takes files of that name.
        var file = Assert.Single(Directory.GetFiles(user.Folder[$"{Stores}/ca/wabbit"]));
        Assert.EndsWith(".crt", file, StringComparison.Ordinal);
        Assert.Equal(
            user.Fingerprint("wabbit"),
            Tool.Run("openssl", ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"]).RequireSuccess().Stdout.Split('=')[1].Trim()
        );
    }

    [Fact]
    public void Several_certificates_are_added_each_to_a_file_of_its_own()
    {
        user.Folder.Write("both.pem", File.ReadAllText(user.Folder["wabbit.crt"]) + File.ReadAllText(user.Folder["acme-root.crt"]));
        var added = user.Trust("add", "both", "both.pem").RequireSuccess();

        Assert.Equal(2, added.Stdout.Split("added to ca:both\n").Length - 1);
        Assert.Equal(2, Directory.GetFiles(user.Folder[$"{Stores}/ca/both"]).Length);
        user.Trust("remove", "both", "--fingerprint", user.Thumbprint("wabbit")).RequireSuccess();
        Assert.Equal($"{user.Thumbprint("acme-root")}.crt", Path.GetFileName(Assert.Single(Directory.GetFiles(user.Folder[$"{Stores}/ca/both"]))));
    }

    [Fact]
    public void Certificates_in_folders_of_a_store_are_not_read_and_that_is_said()
    {
        user.Trusts("wabbit");
        user.Folder.Write($"{Stores}/ca/wabbit/old/acme-root.pem", user.Folder.Read("acme-root.crt"));
        user.Folder.Write($"{Stores}/ca/wabbit/notes/read.me", "");
        var shown = user.Trust("show", "wabbit").RequireSuccess();

        Assert.DoesNotContain("acme", shown.Stdout, StringComparison.Ordinal);
        Assert.Equal(
            "nv2: warning: the certificates in the subfolder \"old\" of ca:wabbit are ignored: only files in the store itself are read\n",
            shown.Stderr
        );
        Assert.Equal(1, user.VerifyFile(user.SignFile("jws", "acme"), "-r", TrustUser.Name).ExitCode);
    }

    [Fact]
    public void The_list_in_JSON_has_every_store_with_its_certificates_and_statements()
    {
        user.Trusts("acme");
        user.Trust("add", "clock", "acme-root.crt", "--type", "tsa").RequireSuccess();
        var stores = JsonNode.Parse(user.Trust("list", "--json").RequireSuccess().Stdout)!.AsArray();

        Assert.Equal(["ca:acme", "tsa:clock"], stores.Select(store => (string)store!["store"]!));
        Assert.Equal(user.Thumbprint("acme-root"), (string)stores[0]!["certificates"]![0]!["sha256Thumbprint"]!);
        Assert.Equal(["app"], stores[0]!["statements"]!.AsArray().Select(name => (string)name!));
        Assert.Empty(stores[1]!["statements"]!.AsArray());
    }

    [Fact]
    public void A_policy_that_was_written_by_hand_keeps_its_order_and_what_nv2_does_not_know()
    {
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        user.Folder.Write(
            TrustUser.Policy,
            """
            {
              "comment": "ours since 2024 – äöü <b>",
              "trustPolicies": [
                { "trustedIdentities": [ "*" ], "trustStores": [ "ca:old" ], "note": [1, 2.50, null],
                  "signatureVerification": { "level": "audit", "later": true }, "registryScopes": [ "*" ], "name": "zz" },
                { "name": "app", "registryScopes": [ "registry.example.com/team/app" ],
                  "signatureVerification": { "level": "strict" }, "trustStores": [ "ca:old" ], "trustedIdentities": [ "*" ], "x": {} }
              ],
              "version": "1.0"
            }
            """
        );
        user.Trust("allow", TrustUser.Repository, "--store", "wabbit").RequireSuccess();
        user.Trust("allow", "registry.example.com/new", "--store", "wabbit").RequireSuccess();

        Assert.Equal(
            """
            {
                "comment": "ours since 2024 – äöü <b>",
                "trustPolicies": [
                    {
                        "trustedIdentities": [
                            "*"
                        ],
                        "trustStores": [
                            "ca:old"
                        ],
                        "note": [
                            1,
                            2.50,
                            null
                        ],
                        "signatureVerification": {
                            "level": "audit",
                            "later": true
                        },
                        "registryScopes": [
                            "*"
                        ],
                        "name": "zz"
                    },
                    {
                        "name": "app",
                        "registryScopes": [
                            "registry.example.com/team/app"
                        ],
                        "signatureVerification": {
                            "level": "strict"
                        },
                        "trustStores": [
                            "ca:old",
                            "ca:wabbit"
                        ],
                        "trustedIdentities": [
                            "*"
                        ],
                        "x": {}
                    },
                    {
                        "name": "registry.example.com/new",
                        "registryScopes": [
                            "registry.example.com/new"
                        ],
                        "signatureVerification": {
                            "level": "strict"
                        },
                        "trustStores": [
                            "ca:wabbit"
                        ],
                        "trustedIdentities": [
                            "*"
                        ]
                    }
                ],
                "version": "1.0"
            }

            """,
            File.ReadAllText(user.Folder[TrustUser.Policy])
        );
    }

    [Fact]
    public void A_statement_for_a_policy_of_version_1_1_is_written_in_its_words()
    {
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        user.Folder.Write(
            TrustUser.Policy,
            """{"version":"1.1","trustPolicies":[{"name":"b","scopes":["blob:*"],"signatureVerification":{"level":"strict"},"trustStores":"""
                + """["ca:wabbit"],"trustedIdentities":["*"]}]}"""
        );
        user.Trust("allow", TrustUser.Repository, "--store", "wabbit").RequireSuccess();
        user.Trust("allow", "*", "--store", "wabbit").RequireSuccess();

        var statements = JsonNode.Parse(user.Folder.Read(TrustUser.Policy))!["trustPolicies"]!.AsArray();
        Assert.Equal(["blob:*", $"oci:{TrustUser.Repository}", "oci:*"], statements.Select(statement => (string)statement!["scopes"]![0]!));
        user.VerifyFile(user.SignFile("jws", "wabbit"), "-r", TrustUser.Name).RequireSuccess();
    }

    [Fact]
    public void Settings_keep_what_else_is_in_them()
    {
        user.Folder.Write(TrustUser.Settings, """{"mine": 1, "keys": [], "version": "1.0"}""");
        user.Trust("required", "off").RequireSuccess();

        Assert.Equal(
            """{"mine":1,"keys":[],"version":"1.0","trustRequired":false}""",
            JsonNode.Parse(user.Folder.Read(TrustUser.Settings))!.ToJsonString()
        );
    }

    [Fact]
    public void Commands_at_the_same_time_lose_nothing()
    {
        user.Trust("add", "wabbit", "wabbit.crt").RequireSuccess();
        for (var number = 0; number < 12; number++)
            user.Certify($"c{number}", $"/CN=c{number}", "basicConstraints=critical,CA:TRUE");

        Parallel.For(
            0,
            12,
            new ParallelOptions { MaxDegreeOfParallelism = 12 },
            number =>
            {
                user.Trust("allow", $"registry.example.com/app{number}", "--store", "wabbit", "--allow-relocated").RequireSuccess();
                user.Trust("add", "all", $"c{number}.crt").RequireSuccess();
                user.VerifyFile("none", "-r", TrustUser.Name); // A reader in between, who gets the old file or the new one.
            }
        );

        var statements = JsonNode.Parse(user.Folder.Read(TrustUser.Policy))!["trustPolicies"]!.AsArray();
        Assert.Equal(
            Enumerable.Range(0, 12).Select(number => $"registry.example.com/app{number}").Order(),
            statements.Select(statement => (string)statement!["name"]!).Order()
        );
        Assert.Equal(12, JsonNode.Parse(user.Folder.Read(TrustUser.Settings))!["statements"]!.AsObject().Count);
        Assert.StartsWith("ca:all  12 certificates, ", user.Trust("list").RequireSuccess().Stdout, StringComparison.Ordinal);
        Assert.Equal(
            [".nv2.lock", "nv2.json", "trustpolicy.json", "truststore"],
            Directory.GetFileSystemEntries(user.Folder[TrustUser.Home]).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    public void Dispose() => user.Dispose();
}
