namespace Nv2.Plugin.Tests.Trust;

/// <summary>What <c>nv2 trust</c>, and verification by policy, refuse: one line each, and nothing is written.</summary>
public sealed class BadTrustInputTests : IDisposable
{
    private readonly TrustUser user = new();

    [Fact]
    public void Bad_input_is_refused_in_one_line_and_nothing_is_written()
    {
        user.Trusts("wabbit");
        var folder = user.Folder;
        folder.Write("two.pem", File.ReadAllText(folder["wabbit.crt"]) + File.ReadAllText(folder["acme-root.crt"]));
        folder.Write("empty", "");
        folder.Write("text", "no certificate\n");
        folder.Write(
            "several/trustpolicy.json",
            """{"version":"1.0","trustPolicies":[{"name":"both","registryScopes":["a.example/b","a.example/c"],"signatureVerification":"""
                + """{"level":"strict"},"trustStores":["ca:wabbit"],"trustedIdentities":["*"]}]}"""
        );
        folder.Write("several/truststore/x509/ca/wabbit/wabbit.crt", folder.Read("wabbit.crt"));
        folder.Write("several/truststore/x509/ca/two/two.pem", folder.Read("two.pem"));
        folder.Write("damaged/trustpolicy.json", "{");
        folder.Write("damaged/nv2.json", "[]");
        folder.Write("damaged/truststore/x509/ca/wabbit/wabbit.crt", folder.Read("wabbit.crt"));
        folder.Write("strange/truststore/x509/ca/no good/wabbit.crt", folder.Read("wabbit.crt"));
        folder.Write("file", "");
        var home = new[] { "--trust-home", TrustUser.Home };
        var wrong = new string('0', 64);

        BadInput.AssertRefused(
            "bad-trust-input",
            folder,
            [
                new("trust without a command", 2, "trust"),
                new("unknown command", 2, "trust", "forget", "wabbit"),
                new("add: nothing", 2, "trust", "add"),
                new("add: no certificate", 2, "trust", "add", "wabbit"),
                new("add: a name with a slash", 2, ["trust", "add", "a/b", "wabbit.crt", .. home]),
                new("add: a name that leads upwards", 2, ["trust", "add", "..", "wabbit.crt", .. home]),
                new("add: an empty name", 2, ["trust", "add", "", "wabbit.crt", .. home]),
                new("add: a name with a space", 2, ["trust", "add", "a b", "wabbit.crt", .. home]),
                new("add: a name with a type", 2, ["trust", "add", "ca:wabbit", "wabbit.crt", .. home]),
                new("add: unknown type", 2, ["trust", "add", "wabbit", "wabbit.crt", "--type", "root", .. home]),
                new("add: no such file", 1, ["trust", "add", "wabbit", "none.crt", .. home]),
                new("add: a folder", 1, ["trust", "add", "wabbit", TrustUser.Layout, .. home]),
                new("add: an empty file", 1, ["trust", "add", "wabbit", "empty", .. home]),
                new("add: text", 1, ["trust", "add", "wabbit", "text", .. home]),
                new("add: a private key", 1, ["trust", "add", "wabbit", "wabbit.key", .. home]),
                new("add: nothing on standard input", 1, ["trust", "add", "wabbit", "-", .. home]),
                new("add: a web page on standard input", 1, ["trust", "add", "wabbit", "-", .. home]) { Stdin = "<html>404</html>"u8.ToArray() },
                new("add: another fingerprint", 1, ["trust", "add", "wabbit", WorkingFolder.P256Certificate, "--fingerprint", wrong, .. home]),
                new("add: a fingerprint of SHA-1", 2, ["trust", "add", "wabbit", "wabbit.crt", "--fingerprint", wrong[..40], .. home]),
                new("add: a fingerprint that is no number", 2, ["trust", "add", "wabbit", "wabbit.crt", "--fingerprint", "sha256:" + wrong, .. home]),
                new("add: a fingerprint for two", 1, ["trust", "add", "wabbit", "two.pem", "--fingerprint", wrong, .. home]),
                new("add: the certificate of an authority's customer", 1, ["trust", "add", "acme", "acme.crt", .. home]),
                new("add: a signer with its authority", 1, ["trust", "add", "acme", "acme.pem", .. home]),
                new("add: the trust home is a file", 1, "trust", "add", "wabbit", "wabbit.crt", "--trust-home", "file"),
                new("add: an empty trust home", 1, "trust", "add", "wabbit", "wabbit.crt", "--trust-home", ""),
                new("show: no such store", 1, ["trust", "show", "nobody", .. home]),
                new("list: a store that no policy can name", 1, "trust", "list", "--trust-home", "strange"),
                new("list: a damaged policy", 1, "trust", "list", "--trust-home", "damaged"),
                new("remove: no such store", 1, ["trust", "remove", "nobody", .. home]),
                new("remove: no such certificate", 1, ["trust", "remove", "wabbit", "--fingerprint", wrong, .. home]),
                new(
                    "remove: one of two in a file",
                    1,
                    "trust",
                    "remove",
                    "two",
                    "--fingerprint",
                    user.Fingerprint("wabbit"),
                    "--trust-home",
                    "several"
                ),
                new("allow: no store", 2, ["trust", "allow", TrustUser.Repository, .. home]),
                new("allow: a tag", 2, ["trust", "allow", TrustUser.Name, "--store", "wabbit", .. home]),
                new("allow: a digest", 2, ["trust", "allow", $"{TrustUser.Repository}@sha256:{wrong}", "--store", "wabbit", .. home]),
                new("allow: a name without registry", 2, ["trust", "allow", "hello", "--store", "wabbit", .. home]),
                new("allow: a name on Docker Hub without its registry", 2, ["trust", "allow", "team/app", "--store", "wabbit", .. home]),
                new("allow: a pattern within a name", 2, ["trust", "allow", "registry.example.com/te*", "--store", "wabbit", .. home]),
                new("allow: an address", 2, ["trust", "allow", "https://registry.example.com/app", "--store", "wabbit", .. home]),
                new("allow: a scope of version 1.1", 2, ["trust", "allow", "oci:registry.example.com/app", "--store", "wabbit", .. home]),
                new("allow: no such store", 1, ["trust", "allow", "registry.example.com/new", "--store", "nobody", .. home]),
                new("allow: a store of an unknown type", 2, ["trust", "allow", "registry.example.com/new", "--store", "root:wabbit", .. home]),
                new("allow: skip", 2, ["trust", "allow", "registry.example.com/new", "--store", "wabbit", "--level", "skip", .. home]),
                new("allow: unknown level", 2, ["trust", "allow", "registry.example.com/new", "--store", "wabbit", "--level", "STRICT", .. home]),
                new(
                    "allow: an identity without organization",
                    2,
                    ["trust", "allow", "registry.example.com/new", "--store", "wabbit", "--identity", "x509.subject: C=US, ST=WA", .. home]
                ),
                new(
                    "allow: identities that overlap",
                    1,
                    [
                        "trust",
                        "allow",
                        "registry.example.com/new",
                        "--store",
                        "wabbit",
                        "--identity",
                        "x509.subject: C=US, ST=WA, O=a",
                        "--identity",
                        "x509.subject: C=US, ST=WA, O=a, OU=b",
                        .. home,
                    ]
                ),
                new(
                    "allow: everybody and somebody",
                    1,
                    [
                        "trust",
                        "allow",
                        "registry.example.com/new",
                        "--store",
                        "wabbit",
                        "--identity",
                        "*",
                        "--identity",
                        "x509.subject: C=US, ST=WA, O=a",
                        .. home,
                    ]
                ),
                new(
                    "allow: the name of another statement",
                    1,
                    ["trust", "allow", "registry.example.com/new", "--store", "wabbit", "--name", "app", .. home]
                ),
                new(
                    "allow: another name for a statement",
                    1,
                    ["trust", "allow", TrustUser.Repository, "--store", "wabbit", "--name", "new", .. home]
                ),
                new("allow: a statement for several", 1, "trust", "allow", "a.example/b", "--store", "wabbit", "--trust-home", "several"),
                new("allow: a damaged policy", 1, "trust", "allow", "a.example/b", "--store", "wabbit", "--trust-home", "damaged"),
                new("check: nothing", 2, ["trust", "check", .. home]),
                new("check: no reference", 2, ["trust", "check", "https://registry.example.com/app", .. home]),
                new("check: a damaged policy", 1, "trust", "check", TrustUser.Name, "--trust-home", "damaged"),
                new("required: neither on nor off", 2, ["trust", "required", "maybe", .. home]),
                new("required: damaged settings", 1, "trust", "required", "off", "--trust-home", "damaged"),
                new("verify: the scope of a blob that is none", 2, ["verify", "--blob", "text", "-s", "text", "--blob-scope", "a/b", .. home]),
                new("verify: the scope of a blob for an image", 2, ["verify", "--blob-scope", "release", "--oci-layout", TrustUser.Layout, .. home]),
                new(
                    "verify: the scope of a blob and a certificate",
                    2,
                    "verify",
                    "--blob",
                    "text",
                    "-s",
                    "text",
                    "--blob-scope",
                    "release",
                    "-c",
                    "wabbit.crt"
                ),
                new("verify: a policy and a certificate", 2, ["verify", "-c", "wabbit.crt", "--oci-layout", TrustUser.Layout, .. home]),
                new("verify: a policy and an authority", 2, ["verify", "--ca-cert", "wabbit.crt", "--oci-layout", TrustUser.Layout, .. home]),
                new(
                    "verify: a policy and a timestamp authority",
                    2,
                    ["verify", "--tsa-cert", "wabbit.crt", "--oci-layout", TrustUser.Layout, .. home]
                ),
            ]
        );
    }

    public void Dispose() => user.Dispose();
}
