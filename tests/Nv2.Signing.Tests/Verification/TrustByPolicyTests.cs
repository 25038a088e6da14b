using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Tests.Certificates;
using Nv2.Signing.Tests.Policy;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Verification;

/// <summary>The trust from a trust home: it contains everything in the applying statement and the settings; without a statement no signer is
/// trusted.</summary>
public sealed class TrustByPolicyTests : IDisposable
{
    private const string Repository = "registry.wabbit-networks.io/net-monitor";

    private static readonly Reference Named = Reference.Parse($"{Repository}:v1");
    private static readonly Reference Elsewhere = Reference.Parse("registry.example.com/app:v1");

    private readonly TemporaryFolder folder = new();
    private readonly RevocationAuthority authority = new();

    private static TimeProvider Clock { get; } = new FakeTimeProvider(Signatures.Now);

    private TrustHome Home => new(folder.Path);

    [Fact]
    public void Everything_in_the_statement_for_the_repository_counts()
    {
        var statement = Policies.Statement("wabbit", "ca:wabbit", Repository);
        statement["signatureVerification"] = new JsonObject
        {
            ["level"] = "permissive",
            ["verifyTimestamp"] = "afterCertExpiry",
            ["override"] = new JsonObject { ["expiry"] = "enforce" },
        };
        statement["trustStores"] = new JsonArray("ca:wabbit", "signingAuthority:signers", "tsa:clock");
        WritePolicy(statement, Policies.Statement("others", "ca:others", "*"));
        Store("ca/wabbit", authority.Chain[2]);
        Store("signingAuthority/signers", authority.Chain[1]);
        Store("tsa/clock", authority.Chain[2]);

        var trust = ByPolicy(Named);

        Assert.Equal(VerificationLevel.Permissive with { Expiry = ValidationAction.Enforce }, trust.Level);
        Assert.Equal([Policies.Identity], trust.Identities!.Texts);
        Assert.True(trust.TimestampsOnlyAfterExpiry);
        Assert.Equal([authority.Chain[2]], trust.Certificates.Pinned);
        Assert.Equal([authority.Chain[2]], trust.Certificates.Roots);
        Assert.Equal([authority.Chain[1]], trust.Certificates.SigningAuthorities);
        Assert.Equal([authority.Chain[2]], trust.Certificates.TimestampAuthorities);
        Assert.Equal("wabbit", trust.Statement!.Name);
        Assert.Null(trust.Refusal);
        Assert.True(trust.IsByPolicy);
        Assert.True(trust.IsRequired);
        Assert.False(trust.AllowsRelocation);
        Assert.False(trust.IsNameMissing);
        Assert.Empty(trust.Keys);
    }

    [Theory]
    [InlineData("enforce", true)]
    [InlineData("log", true)]
    [InlineData("skip", false)]
    public void Revocation_is_looked_at_unless_the_statement_skips_it(string action, bool isLookedAt)
    {
        var statement = Policies.Statement("wabbit", "ca:wabbit", Repository);
        statement["signatureVerification"]!["override"] = new JsonObject { ["revocation"] = action };
        WritePolicy(statement);
        Store("ca/wabbit", authority.Chain[2]);

        Assert.Equal(isLookedAt, ByPolicy(Named).Revocation is not null);
    }

    [Fact]
    public void Revocation_lists_of_the_home_are_those_that_are_asked_at_the_time_of_the_clock()
    {
        WritePolicy(Policies.Statement("wabbit", "ca:wabbit", Repository));
        Store("ca/wabbit", authority.Chain[2]);
        Assert.Contains(
            "there is no revocation list of its issuer",
            ByPolicy(Named).Revocation!.CheckPath(authority.Chain),
            StringComparison.Ordinal
        );

        folder.Write("crls/issuer.crl", authority.DerOfIssuer(revoked: false));
        Assert.Null(ByPolicy(Named).Revocation!.CheckPath(authority.Chain));
        Assert.Contains(
            "it is stale",
            Trust.ByPolicy(Home, Named, new FakeTimeProvider(Signatures.Now.AddYears(1))).Revocation!.CheckPath(authority.Chain),
            StringComparison.Ordinal
        );

        folder.Write("crls/issuer.crl", authority.DerOfIssuer(revoked: true));
        Assert.Equal("the certificate CN=leaf is revoked: \"issuer.crl\"", ByPolicy(Named).Revocation!.CheckPath(authority.Chain));

        folder.Write("crls/issuer.crl", "damaged"u8.ToArray());
        Refusal.Of(() => ByPolicy(Named), "cannot read the revocation lists", "issuer.crl");
    }

    [Fact]
    public void The_settings_say_which_statements_require_a_timestamp()
    {
        var statement = Policies.Statement("wabbit", "ca:wabbit", Repository);
        statement["trustStores"] = new JsonArray("ca:wabbit", "tsa:clock");
        WritePolicy(statement, Policies.Statement("others", "ca:wabbit", "*"));
        Store("ca/wabbit", authority.Chain[2]);
        Store("tsa/clock", authority.Chain[2]);
        Assert.False(ByPolicy(Named).RequiresTimestamp);

        Require("wabbit", "true");
        Assert.True(ByPolicy(Named).RequiresTimestamp);
        Assert.False(ByPolicy(Elsewhere).RequiresTimestamp);
        Require("wabbit", "false");
        Assert.False(ByPolicy(Named).RequiresTimestamp);

        Require("wabit", "true");
        Refusal.Of(() => ByPolicy(Named), "nv2.json", "\"wabit\" has requireTimestamp, but the trust policy has no statement with that name");
        Require("others", "true");
        Refusal.Of(
            () => ByPolicy(Named),
            "\"others\" has requireTimestamp, but that statement of the trust policy has no trust store of timestamp authorities: "
                + "expected an additional trust store tsa:NAME"
        );
        Require("wabbit", "1");
        Refusal.Of(() => ByPolicy(Named), "$.statements.wabbit.requireTimestamp is a number: expected true or false");

        void Require(string name, string value) =>
            folder.Write("nv2.json", $"{{\"version\":\"1.0\",\"statements\":{{\"{name}\":{{\"requireTimestamp\":{value}}}}}}}");
    }

    [Fact]
    public void The_settings_say_whether_trust_is_required_and_which_statements_allow_relocation()
    {
        WritePolicy(Policies.Statement("wabbit", "ca:wabbit", Repository), Policies.Statement("others", "ca:wabbit", "*"));
        Store("ca/wabbit", authority.Chain[2]);
        folder.Write("nv2.json", """{"version":"1.0","trustRequired":false,"statements":{"wabbit":{"allowRelocated":true}}}""");

        Assert.Equal((false, true), (ByPolicy(Named).IsRequired, ByPolicy(Named).AllowsRelocation));
        Assert.Equal((false, false), (ByPolicy(Elsewhere).IsRequired, ByPolicy(Elsewhere).AllowsRelocation));
        Assert.True(ByPolicy(Named).Requiring().IsRequired);
    }

    [Fact]
    public void Where_there_is_no_policy_nobody_is_trusted_and_that_is_said()
    {
        AssertNobody(ByPolicy(Named), $"there is no trust policy: expected the file \"{folder["trustpolicy.json"]}\"", isRequired: true);
        AssertNobody(
            Trust.ByPolicyForBlob(Home, null, Clock),
            $"there is no trust policy: expected the file \"{folder["trustpolicy.json"]}\"",
            isRequired: true
        );

        folder.Write("nv2.json", """{"version":"1.0","trustRequired":false}""");
        AssertNobody(ByPolicy(Named), "there is no trust policy", isRequired: false);
        Assert.False(ByPolicy(Named).IsNameMissing);
        Assert.False(ByPolicy(null).IsNameMissing);
    }

    [Fact]
    public void Revocation_lists_of_issuers_in_any_trust_store_are_where_they_belong()
    {
        WritePolicy(Policies.Statement("wabbit", "ca:wabbit", Repository));
        Store("ca/wabbit", authority.Chain[2]);
        folder.Write("crls/issuer.crl", authority.DerOfIssuer(revoked: false));
        Assert.Contains("\"issuer.crl\" (of CN=issuer)", DescribeUnmatched(), StringComparison.Ordinal);

        Store("ca/unnamed", authority.Chain[1]);
        Assert.Null(DescribeUnmatched());

        string? DescribeUnmatched() => ByPolicy(Named).Revocation!.DescribeUnmatched([authority.Chain[2]]);
    }

    [Fact]
    public void Where_no_statement_is_for_the_repository_nobody_is_trusted_and_where_to_get_certificates_is_known_all_the_same()
    {
        WritePolicy(Policies.Statement("wabbit", "ca:wabbit", Repository));
        var thumbprint = new string('0', 64);
        folder.Write(
            "nv2.json",
            $$"""
            {"version":"1.0","keys":[{"scope":"*","url":"https://example.com/all","sha256Thumbprint":"{{thumbprint}}"},
             {"scope":"{{Repository}}","url":"https://example.com/own","sha256Thumbprint":"{{thumbprint}}"}]}
            """
        );

        AssertNobody(
            ByPolicy(Elsewhere),
            "no statement of the trust policy applies to \"registry.example.com/app\", and none applies to all others",
            isRequired: true
        );
        Assert.Equal(["https://example.com/all"], ByPolicy(Elsewhere).Keys.Select(key => key.Url.OriginalString));
        Assert.False(ByPolicy(Elsewhere).IsNameMissing);

        Store("ca/wabbit", authority.Chain[2]);
        Assert.Equal(["https://example.com/own"], ByPolicy(Named).Keys.Select(key => key.Url.OriginalString));
    }

    [Fact]
    public void Without_a_name_only_a_policy_that_is_the_same_for_all_names_decides()
    {
        Store("ca/others", authority.Chain[2]);
        WritePolicy(Policies.Statement("others", "ca:others", "*"));
        Assert.Equal("others", ByPolicy(null).Statement!.Name);

        WritePolicy(Policies.Statement("wabbit", "ca:others", Repository), Policies.Statement("others", "ca:others", "*"));
        AssertNobody(ByPolicy(null), "the trust policy has statements for repositories, but the name of the artifact is unknown", isRequired: true);
        Assert.True(ByPolicy(null).IsNameMissing);
        Assert.Equal("others", ByPolicy(Elsewhere).Statement!.Name);

        WritePolicy("1.1", Policies.Statement("blobs", "ca:others", "blob:*"));
        AssertNobody(ByPolicy(null), "no statement of the trust policy applies to artifacts, and none applies to all others", isRequired: true);
        Assert.False(ByPolicy(null).IsNameMissing);
    }

    [Fact]
    public void Without_a_name_no_certificate_is_known_to_be_for_the_artifact()
    {
        Store("ca/others", authority.Chain[2]);
        WritePolicy(Policies.Statement("others", "ca:others", "*"));
        folder.Write(
            "nv2.json",
            $$"""
            {"version":"1.0","keys":[{"scope":"*","url":"https://example.com/all","sha256Thumbprint":"{{new string('0', 64)}}"}]}
            """
        );

        Assert.Single(ByPolicy(Named).Keys);
        Assert.Empty(ByPolicy(null).Keys);
    }

    [Fact]
    public void Blobs_have_statements_of_their_own()
    {
        Store("ca/wabbit", authority.Chain[2]);
        WritePolicy("1.1", Policies.Statement("release", "ca:wabbit", "blob:release"), Policies.Statement("images", "ca:wabbit", "oci:*"));

        var release = Trust.ByPolicyForBlob(Home, "release", Clock);
        Assert.Equal("release", release.Statement!.Name);
        Assert.Equal([Policies.Identity], release.Identities!.Texts);
        AssertNobody(
            Trust.ByPolicyForBlob(Home, null, Clock),
            "no statement of the trust policy applies to blobs: expected one with the scope blob:*, in a policy of version 1.1",
            isRequired: true
        );
        Assert.False(Trust.ByPolicyForBlob(Home, null, Clock).IsNameMissing);
        AssertNobody(
            Trust.ByPolicyForBlob(Home, "nightly", Clock),
            "no statement of the trust policy applies to blob:nightly: "
                + "expected one with the scope blob:nightly or blob:*, in a policy of version 1.1",
            isRequired: true
        );
    }

    [Fact]
    public void A_store_that_the_statement_names_and_that_is_not_there_is_an_error_and_not_an_empty_one()
    {
        WritePolicy(Policies.Statement("wabbit", "ca:wabbit", Repository));

        var refusal = Refusal.Of(() => ByPolicy(Named));

        Assert.Equal($"the trust store ca:wabbit does not exist: expected the folder \"{folder["truststore/x509/ca/wabbit"]}\"", refusal.Message);
    }

    [Fact]
    public void A_statement_that_skips_trusts_nobody_and_asks_for_no_store_nor_list()
    {
        var statement = Policies.Statement("unsigned", "ca:none", Repository);
        statement["signatureVerification"]!["level"] = "skip";
        statement.Remove("trustStores");
        statement.Remove("trustedIdentities");
        WritePolicy(statement);
        folder.Write("crls/issuer.crl", "damaged"u8.ToArray());

        var trust = ByPolicy(Named);

        Assert.True(trust.Level.SkipsAll);
        Assert.Null(trust.Revocation);
        Assert.Null(trust.Identities);
        Assert.Empty(trust.Certificates.Pinned);
    }

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    private static void AssertNobody(Trust trust, string refusal, bool isRequired)
    {
        Assert.StartsWith(refusal, trust.Refusal, StringComparison.Ordinal);
        Assert.Same(TrustedCertificates.None, trust.Certificates);
        Assert.Equal(VerificationLevel.Strict, trust.Level);
        Assert.Null(trust.Statement);
        Assert.True(trust.IsByPolicy);
        Assert.Equal(isRequired, trust.IsRequired);
    }

    private Trust ByPolicy(Reference? reference) => Trust.ByPolicy(Home, reference, Clock);

    private void WritePolicy(params JsonObject[] statements) => WritePolicy("1.0", statements);

    private void WritePolicy(string version, params JsonObject[] statements)
    {
        foreach (var statement in statements.Where(_ => version == "1.1"))
        {
            statement["scopes"] = statement["registryScopes"]!.DeepClone();
            statement.Remove("registryScopes");
        }

        folder.Write("trustpolicy.json", new JsonObject { ["version"] = version, ["trustPolicies"] = new JsonArray([.. statements]) }.ToJsonString());
    }

    private void Store(string name, X509Certificate2 certificate) =>
        folder.Write($"truststore/x509/{name}/one.crt", PemEncoding.WriteString("CERTIFICATE", certificate.RawData));
}
