using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Tests.Policy;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Verification;

/// <summary>Where a user is sent for a certificate: only for a signer whom a policy does not trust, and never for a signature that is
/// broken.</summary>
public sealed class CertificateSourceTests(DecisionTests.Signers signers, OpenSsl openSsl)
    : IClassFixture<DecisionTests.Signers>,
        IClassFixture<OpenSsl>
{
    private const string Address = "http://acme.example.com/root.crt";

    private static readonly Trust Nobody = Trust.InNobody("there is no policy");

    private static readonly KeySource Configured = new(
        PolicyScope.Parse("*"),
        new Uri("https://example.com/root.crt"),
        new string('0', 64),
        TrustStoreName.Parse("ca:acme")
    );

    [Fact]
    public void What_is_configured_comes_before_what_certificates_say_of_themselves()
    {
        var result = Verify(Sign(Announcing(Address)));
        Assert.Equal([new(Address, null, null)], CertificateSource.Of(Nobody, [result]));
        Assert.Equal(
            [new("https://example.com/root.crt", new string('0', 64), TrustStoreName.Parse("ca:acme"))],
            CertificateSource.Of(Nobody with { Keys = [Configured] }, [result])
        );
    }

    [Fact]
    public void Nobody_is_sent_anywhere_where_no_policy_was_asked_or_the_name_is_missing_or_the_signer_is_trusted_or_the_signature_is_broken()
    {
        var signature = Sign(Announcing(Address));
        var result = Verify(signature);
        Assert.Empty(CertificateSource.Of(Nobody with { IsByPolicy = false, Keys = [Configured] }, [result]));
        Assert.Empty(CertificateSource.Of(Nobody with { IsNameMissing = true, Keys = [Configured] }, [result]));
        Assert.Empty(CertificateSource.Of(Nobody with { Keys = [Configured] }, []));
        Assert.Empty(CertificateSource.Of(Nobody with { Keys = [Configured] }, [Verify(Tampering.ChangeValue("jws", signature))]));
        Assert.Empty(CertificateSource.Of(Nobody with { Keys = [Configured] }, [Verify("garbage"u8.ToArray())]));
        Assert.Empty(
            CertificateSource.Of(Nobody with { Keys = [Configured] }, [Signatures.Verify(Sign(signers.Wabbit), Signatures.Roots(signers.Root))])
        );
        Assert.Single(
            CertificateSource.Of(
                Nobody with
                {
                    Keys = [Configured],
                },
                [Signatures.Verify(Sign(signers.Wabbit), Signatures.Roots(signers.Root)), result]
            )
        );
        Assert.Single(CertificateSource.Untrusted([result]));
    }

    [Fact]
    public void An_address_is_named_once_and_of_many_no_more_than_eight()
    {
        var signature = Sign(Announcing(Address));
        Assert.Single(CertificateSource.Of(Nobody, [Verify(signature), Verify(signature)]));

        string[] many = [.. Enumerable.Range(1, 9).Select(number => $"http://acme.example.com/{number}")];
        Assert.Equal(many[..8], CertificateSource.Of(Nobody, [Verify(Sign(Announcing(many)))]).Select(source => source.Url));
        Assert.Empty(CertificateSource.Of(Nobody, [Verify(Sign(signers.Other))]));
    }

    [Fact]
    public void No_two_repositories_get_one_store()
    {
        var longName = string.Join('/', Enumerable.Repeat("abcdefghi", 20));
        string[] repositories =
        [
            "registry.example.com/a/b/c",
            "registry.example.com/a/b-c",
            "registry.example.com/a-b/c",
            "registry.example.com/a-b-c",
            "registry.example.com/a_b/c",
            "registry.example.com/a.b/c",
            "registry.example.com:5000/a",
            "registry.example.com/5000/a",
            "registry.example.com-5000/a",
            "registry.example.com--5000/a",
            "[2001:db8::1]/a",
            "[2001:db8:0::1]/a",
            "2001/db8/1/a",
            "localhost/a",
            "localhost:80/a",
            "localhost:8/0/a",
            "a",
            "docker.io/library/a/b",
            "docker.io/library-a/b",
            longName,
            $"{longName}/x",
            $"{longName}/y",
        ];
        var stores = repositories.Select(repository => CertificateSource.NewStore(Nobody, Reference.Parse(repository))).ToList();

        Assert.Equal(stores.Count, stores.Distinct().Count());
        Assert.All(stores, store => Assert.Equal(store, TrustStoreName.Parse(store.ToString())));
        Assert.Equal("ca:registry.example.com-a-b-c", stores[0].ToString());
    }

    [Fact]
    public void A_repository_of_a_hundred_characters_is_the_name_of_its_store_and_a_longer_one_is_cut()
    {
        var name = $"localhost/{new string('a', 90)}";

        Assert.Equal(name.Replace('/', '-'), CertificateSource.NewStore(Nobody, Reference.Parse(name)).Name);
        Assert.Matches("^localhost-a{90}-[0-9A-F]{16}$", CertificateSource.NewStore(Nobody, Reference.Parse($"{name}a")).Name);
    }

    [Fact]
    public void A_store_that_a_statement_names_is_not_new()
    {
        var repository = Reference.Parse("registry.example.com/app");
        Assert.Equal("ca:registry.example.com-app", NewStore("ca:others", "ca:more"));
        Assert.Equal("ca:registry.example.com-app-2", NewStore("ca:others", "ca:registry.example.com-app"));
        Assert.Equal("ca:registry.example.com-app-3", NewStore("ca:registry.example.com-app", "ca:registry.example.com-app-2"));
        Assert.Equal(
            "ca:registry.example.com-app-4",
            NewStore("ca:registry.example.com-app", "ca:registry.example.com-app-2", "ca:registry.example.com-app-3")
        );

        string NewStore(params string[] stores) => CertificateSource.NewStore(Nobody with { Policy = PolicyWith(stores) }, repository).ToString();
    }

    [Fact]
    public void A_store_that_has_certificates_is_not_new_unless_it_has_the_expected_one_alone()
    {
        using var folder = new TemporaryFolder();
        var result = Verify(Sign(Announcing(Address)));
        var repository = Reference.Parse("registry.example.com/acme");
        var home = Nobody with { Home = new TrustHome(folder.Path) };
        Assert.Equal("ca:acme", StoreFor(signers.Root));
        Assert.Equal("ca:registry.example.com-acme", CertificateSource.NewStore(home, repository).ToString());

        Directory.CreateDirectory(folder["truststore/x509/ca/acme"]);
        Directory.CreateDirectory(folder["truststore/x509/ca/registry.example.com-acme"]);
        Assert.Equal("ca:acme", StoreFor(signers.Root));
        Assert.Equal("ca:registry.example.com-acme", CertificateSource.NewStore(home, repository).ToString());

        Store("acme", "root.crt", signers.Root.Certificate.ExportCertificatePem());
        Store("registry.example.com-acme", "root.crt", signers.Root.Certificate.ExportCertificatePem());
        Assert.Equal("ca:acme", StoreFor(signers.Root));
        Assert.Null(StoreFor(signers.Stranger));
        Assert.Equal("ca:registry.example.com-acme-2", CertificateSource.NewStore(home, repository).ToString());

        Store("acme", "stranger.crt", signers.Stranger.Certificate.ExportCertificatePem());
        Assert.Null(StoreFor(signers.Root));

        File.Delete(folder["truststore/x509/ca/acme/stranger.crt"]);
        Assert.Equal("ca:acme", StoreFor(signers.Root));
        Store("acme", "damaged.crt", "damaged");
        Assert.Null(StoreFor(signers.Root));

        void Store(string store, string file, string content) => folder.Write($"truststore/x509/ca/{store}/{file}", content);

        string? StoreFor(Issued expected)
        {
            var key = Configured with { Sha256Thumbprint = CertificateDescription.Of(expected.Certificate).Sha256Thumbprint };
            return Assert.Single(CertificateSource.Of(home with { Keys = [key] }, [result])).Store?.ToString();
        }
    }

    [Fact]
    public void A_configured_store_that_a_statement_names_is_not_suggested_and_without_one_the_choice_is_the_user_s()
    {
        var result = Verify(Sign(Announcing(Address)));
        Assert.Equal("ca:acme", StoreFor(Configured, "ca:others"));
        Assert.Null(StoreFor(Configured, "ca:others", "ca:acme"));
        Assert.Null(StoreFor(Configured with { Store = null }, "ca:others"));

        string? StoreFor(KeySource key, params string[] stores) =>
            Assert.Single(CertificateSource.Of(Nobody with { Keys = [key], Policy = PolicyWith(stores) }, [result])).Store?.ToString();
    }

    private static TrustPolicy PolicyWith(params string[] stores)
    {
        var document = Policies.Document;
        document["trustPolicies"] = new JsonArray([
            .. stores.Select((store, number) => Policies.Statement($"s{number}", store, $"registry.example.com/r{number}")),
        ]);
        return Policies.Parse(document);
    }

    private static VerificationResult Verify(byte[] signature) => Signatures.Verify(signature, TrustedCertificates.None);

    private Issued Announcing(params string[] addresses) =>
        openSsl.Issue(
            new CertificatePlan("/CN=leaf", signers.Root)
            {
                Extensions =
                [
                    "basicConstraints=critical,CA:FALSE",
                    "keyUsage=critical,digitalSignature",
                    $"authorityInfoAccess={string.Join(',', addresses.Select(address => $"caIssuers;URI:{address}"))}",
                ],
            }
        );

    private byte[] Sign(Issued signer) => Signatures.Sign("jws", Signatures.Claims with { References = [] }, signer, signers.Root);
}
