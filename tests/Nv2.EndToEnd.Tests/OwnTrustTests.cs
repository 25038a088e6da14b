using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Only what the caller trusts counts: not the machine's root store, not its OpenSSL configuration.</summary>
[Trait("OpenSsl", "Any")]
public sealed class OwnTrustTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CertificateAuthority _authority;

    public OwnTrustTests()
    {
        _authority = new CertificateAuthority(_folder);
        Nv2Binary.Run(["sign", "-k", _authority.LeafKey, "-c", _authority.Chain, "-o", _folder["signature"], KeyCase.ManifestPath]).RequireSuccess();
    }

    [Theory]
    [InlineData("SSL_CERT_FILE")]
    [InlineData("SSL_CERT_DIR")]
    public void A_root_that_the_machine_trusts_is_not_trusted(string variable)
    {
        var environment = new Dictionary<string, string?> { [variable] = variable == "SSL_CERT_DIR" ? FolderOfRoots() : _authority.Root };

        // The variable means what this test takes it to mean: openssl itself trusts the chain by it.
        Tool.Run("openssl", ["verify", "-untrusted", _authority.Chain, _authority.Leaf], environment: environment).RequireSuccess();

        Verification.Run(["-f", _folder["signature"], KeyCase.ManifestPath], environment: environment).AssertFails("authenticity");
        Verification
            .Run(["-f", _folder["signature"], "--ca-cert", Vectors.PathOf("keys/root.crt"), KeyCase.ManifestPath], environment: environment)
            .AssertFails("authenticity");
        Verification
            .Run(["-f", _folder["signature"], "-c", Vectors.PathOf("keys/root.crt"), KeyCase.ManifestPath], environment: environment)
            .AssertFails("authenticity");
    }

    [Fact]
    public void An_intermediate_in_the_user_s_store_does_not_complete_a_chain()
    {
        // Where the platform keeps the user's store of intermediate authorities on Linux.
        var store = Directory.CreateDirectory(_folder["home/.dotnet/corefx/cryptography/x509stores/ca"]).FullName;
        OpenSsl
            .Run("pkcs12", "-export", "-nokeys", "-in", _authority.Intermediate, "-passout", "pass:", "-out", Path.Combine(store, "intermediate.pfx"))
            .RequireSuccess();
        Nv2Binary.Run(["sign", "-k", _authority.LeafKey, "-c", _authority.Leaf, "-o", _folder["leaf-only"], KeyCase.ManifestPath]).RequireSuccess();

        var environment = new Dictionary<string, string?> { ["HOME"] = _folder["home"] };
        Verification
            .Run(["-f", _folder["leaf-only"], "--ca-cert", _authority.Root, KeyCase.ManifestPath], environment: environment)
            .AssertFails("authenticity");
    }

    [Fact]
    public void An_openssl_configuration_that_is_garbage_changes_nothing() => AssertIgnored(Configuration("this is no configuration file\0[\n= =\n"));

    [Fact]
    public void An_openssl_configuration_that_allows_no_algorithm_changes_nothing()
    {
        var environment = Configuration("openssl_conf = all\n[all]\nalg_section = algorithms\n[algorithms]\ndefault_properties = fips=yes\n");

        // It does change something for openssl, which cannot even compute a digest.
        Assert.NotEqual(0, Tool.Run("openssl", ["dgst", "-sha256", KeyCase.ManifestPath], environment: environment).ExitCode);

        AssertIgnored(environment);
    }

    [Fact]
    public void The_library_is_not_the_one_that_the_platform_s_variable_names() => AssertIgnored(new() { ["CLR_OPENSSL_VERSION_OVERRIDE"] = "none" });

    [Fact]
    public void No_file_of_the_machine_s_OpenSSL_is_opened_but_the_library()
    {
        var trace = _folder["trace"];
        string[] verify = [Nv2Binary.Path, "verify", "-f", _folder["signature"], "--ca-cert", _authority.Root, KeyCase.ManifestPath];
        Tool.Run("strace", ["-f", "-qq", "-e", "trace=file", "-o", trace, .. verify]).RequireSuccess();
        var opened = File.ReadAllText(trace);
        Assert.Contains(_authority.Root, opened, StringComparison.Ordinal);

        // What is in OPENSSLDIR, as the library was compiled: "OPENSSLDIR: "/usr/lib/ssl"". Debian's links into /etc/ssl.
        var folder = Tool.Run("openssl", ["version", "-d"]).RequireSuccess().Stdout.Split('"')[1];
        foreach (var path in new[] { $"{folder}/", "/etc/ssl/", "ossl-modules", "engines-", "openssl.cnf" })
            Assert.DoesNotContain(path, opened, StringComparison.Ordinal);

        // The trace would show it: openssl itself opens its configuration.
        Tool.Run("strace", ["-f", "-qq", "-e", "trace=file", "-o", trace, "openssl", "dgst", "-sha256", KeyCase.ManifestPath]).RequireSuccess();
        Assert.Contains("openssl.cnf", File.ReadAllText(trace), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, string?> Configuration(string text) => new() { ["OPENSSL_CONF"] = _folder.Write("openssl.cnf", text) };

    private void AssertIgnored(Dictionary<string, string?> environment)
    {
        var output = _folder["other"];
        Nv2Binary
            .Run(["sign", "-k", _authority.LeafKey, "-c", _authority.Chain, "-o", output, KeyCase.ManifestPath], environment: environment)
            .RequireSuccess();

        Verification.Run(["-f", output, "--ca-cert", _authority.Root, KeyCase.ManifestPath], environment: environment).AssertHolds();
        Verification
            .Run(["-f", output, "--ca-cert", Vectors.PathOf("keys/root.crt"), KeyCase.ManifestPath], environment: environment)
            .AssertFails("authenticity");
    }

    // A folder of roots has names by which openssl finds them.
    private string FolderOfRoots()
    {
        var folder = Directory.CreateDirectory(_folder["roots"]).FullName;
        File.Copy(_authority.Root, Path.Combine(folder, "root.crt"));
        OpenSsl.Run("rehash", folder).RequireSuccess();
        return folder;
    }
}
