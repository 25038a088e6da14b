using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>SIGNATURE_VERIFIER.REVOCATION_CHECK by lists in a folder.</summary>
public sealed class RevocationTests(RevocationAuthority authority) : IClassFixture<RevocationAuthority>, IDisposable
{
    private const string Capability = "SIGNATURE_VERIFIER.REVOCATION_CHECK";
    private const string Holds = "no certificate below the root is revoked";
    private const string Delta = "2.5.29.27=critical,ASN1:INTEGER:1"; // deltaCRLIndicator: to the complete list of number 1.

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("leaf.crl", "root.crl")]
    [InlineData("leaf.pem", "root.PEM")]
    public void A_chain_that_no_fresh_list_names_holds(string ofLeaf, string ofIntermediate)
    {
        Write(ofLeaf, new("intermediate"));
        authority.Write(folder["x.pem"], new("root") { Revoked = [("impostor", null)] });
        File.Move(folder["x.pem"], folder[ofIntermediate]);

        Assert.Equal(Holds, Check());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("keyCompromise")]
    [InlineData("cessationOfOperation")]
    public void A_certificate_on_the_list_is_revoked(string? reason)
    {
        WriteFresh(new("intermediate") { Revoked = [("leaf", reason)] });

        Assert.Contains("the certificate CN=leaf,O=wabbit-networks,ST=WA,C=US is revoked: \"leaf.crl\"", Check(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_on_hold_is_refused()
    {
        WriteFresh(new("intermediate") { Revoked = [("leaf", "certificateHold")] });

        Assert.Contains("is on hold: \"leaf.crl\"", Check(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_revoked_issuer_is_found()
    {
        Write("leaf.crl", new("intermediate"));
        Write("root.crl", new("root") { Revoked = [("intermediate", null)] });

        Assert.Contains("the certificate CN=intermediate,O=wabbit-networks,ST=WA,C=US is revoked", Check(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_alone_needs_no_list() => Assert.Equal(Holds, Check("root"));

    [Theory]
    [InlineData("leaf.crl", "is unknown: there is no revocation list of its issuer, CN=intermediate")]
    [InlineData("root.crl", "is unknown: there is no revocation list of its issuer, CN=root")]
    public void Every_certificate_below_the_root_needs_a_list(string missing, string expected)
    {
        WriteFresh(new("intermediate"));
        File.Delete(folder[missing]);

        Assert.Contains(expected, Check(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Unusable =>
        new()
        {
            { "stale", "\"leaf.crl\": it is stale: the next one was due at 2026-02-01T00:00:00Z" },
            { "not yet valid", "\"leaf.crl\": it is not valid before 2055-01-01T00:00:00Z" },
            { "wrong signature", "\"leaf.crl\": its signature is not by the key of CN=intermediate" },
            { "weak signature", "\"leaf.crl\": it is signed with SHA-1 with ECDSA, which is refused" },
            { "wrong issuer", "there is no revocation list of its issuer" },
            { "delta alone", "\"leaf.crl\": it is a delta list, and the complete one is missing" },
            { "indirect", "\"leaf.crl\": it is an indirect list, which is not supported" },
            { "critical extension", "\"leaf.crl\": it has the critical extension 1.2.3.4, which is not supported" },
            { "authorities only", "\"leaf.crl\": it is for certificates of authorities only" },
            { "attributes only", "\"leaf.crl\": it is for attribute certificates only" },
            { "another distribution point", "\"leaf.crl\": it is for a different distribution point" },
            { "some reasons", "\"leaf.crl\": it is for some reasons of revocation only" },
            { "removeFromCRL", "\"leaf.crl\": it has removeFromCRL for the certificate, which only a delta list may have" },
        };

    [Theory]
    [MemberData(nameof(Unusable))]
    public void What_a_list_cannot_tell_is_a_failure(string name, string expected)
    {
        WriteFresh(Plan(name));

        var reason = Check();
        Assert.Contains(
            "the revocation status of the certificate CN=leaf,O=wabbit-networks,ST=WA,C=US is unknown: ",
            reason,
            StringComparison.Ordinal
        );
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stale")]
    [InlineData("not yet valid")]
    [InlineData("delta alone")]
    [InlineData("some reasons")]
    public void What_is_revoked_for_good_is_so_by_any_list_of_the_issuer(string name)
    {
        Write("complete.crl", new("intermediate"));
        WriteFresh(Plan(name) with { Revoked = [("leaf", "keyCompromise")] });

        Assert.Contains("is revoked: \"leaf.crl\"", Check(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong signature")]
    [InlineData("wrong issuer")]
    [InlineData("stale")]
    [InlineData("indirect")]
    public void A_list_that_counts_for_nothing_does_not_stand_in_the_way_of_one_that_counts(string name)
    {
        Write("complete.crl", new("intermediate"));
        WriteFresh(Plan(name) with { Revoked = [("leaf", "certificateHold")] });

        Assert.Equal(Holds, Check());
    }

    [Fact]
    public void A_list_for_the_distribution_point_of_the_certificate_counts()
    {
        WriteFresh(
            new("intermediate")
            {
                Extensions =
                [
                    "issuingDistributionPoint=critical,@point",
                    "[point]",
                    $"fullname=URI:{RevocationAuthority.DistributionPoint}",
                    "onlyuser=TRUE",
                ],
            }
        );

        Assert.Equal(Holds, Check());
    }

    [Theory]
    [InlineData("certificateHold", "removeFromCRL", 2, null)]
    [InlineData("certificateHold", "removeFromCRL", 1, "is on hold: \"leaf.crl\"")]
    [InlineData(null, "certificateHold", 2, "is on hold: \"delta.crl\"")]
    [InlineData(null, "keyCompromise", 2, "is revoked: \"delta.crl\"")]
    [InlineData("keyCompromise", "removeFromCRL", 2, "is revoked: \"leaf.crl\"")]
    public void A_delta_list_changes_what_the_complete_list_says(string? complete, string delta, int completeNumber, string? expected)
    {
        var isDeltaToAnother = completeNumber == 1;
        WriteFresh(new("intermediate") { Number = completeNumber, Revoked = complete is null ? [] : [("leaf", complete)] });
        Write(
            "delta.crl",
            new("intermediate")
            {
                Number = 5,
                ThisUpdate = "20260601000000Z",
                Revoked = [("leaf", delta)],
                Extensions = [isDeltaToAnother ? "2.5.29.27=critical,ASN1:INTEGER:4" : Delta],
            }
        );

        if (expected is null)
            Assert.Equal(Holds, Check());
        else
            Assert.Contains(expected, Check(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("current", true)]
    [InlineData("stale", false)]
    [InlineData("to a later list", false)]
    [InlineData("by another key", false)]
    public void A_complete_list_that_has_delta_lists_needs_a_current_one(string delta, bool holds)
    {
        WriteFresh(new("intermediate") { Extensions = ["freshestCRL=URI:http://crl.example.com/delta.crl"] });
        var plan = new ListPlan(delta == "by another key" ? "impostor" : "intermediate")
        {
            Number = 5,
            ThisUpdate = "20260601000000Z",
            Extensions = [Delta],
        };
        if (delta == "stale")
            plan = plan with { NextUpdate = "20260602000000Z" };
        if (delta == "to a later list")
            plan = plan with { Extensions = ["2.5.29.27=critical,ASN1:INTEGER:4"] };
        if (delta != "none")
            Write("delta.crl", plan);

        if (holds)
            Assert.Equal(Holds, Check());
        else
            Assert.Contains(
                "is unknown: \"leaf.crl\": it has delta lists (freshestCRL), and no current one is available",
                Check(),
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Without_a_folder_nothing_can_be_told()
    {
        Assert.Equal(
            "the revocation status of the certificates is unknown: pluginConfig has no crlFolder, the folder with revocation lists",
            Check(new JsonObject(), [])
        );
        Assert.Contains("is unknown: there is no revocation list of its issuer", Check(), StringComparison.Ordinal); // An empty one.
    }

    [Fact]
    public void The_newer_of_two_complete_lists_says_what_is_on_hold()
    {
        Write("old.crl", new("intermediate") { Revoked = [("leaf", "certificateHold")] });
        WriteFresh(new("intermediate") { ThisUpdate = "20260301000000Z", Number = 2 });

        Assert.Equal(Holds, Check());
    }

    [Fact]
    public void An_issuer_whose_certificate_is_not_for_lists_cannot_tell()
    {
        Write("silent.crl", new("silent"));
        Write("root.crl", new("root"));

        Assert.Contains("does not include cRLSign", Check("silent-leaf", "silent", "root"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("damaged.crl", "not a list", "it contains no revocation list")]
    [InlineData("empty.crl", "", "it contains no revocation list")]
    [InlineData("cut.pem", "-----BEGIN X509 CRL-----\nMIIB\n", "is damaged")]
    public void A_damaged_file_makes_the_folder_useless(string name, string content, string expected)
    {
        WriteFresh(new("intermediate"));
        folder.Write(name, Encoding.ASCII.GetBytes(content));

        var reason = Check();
        Assert.Contains($"is unknown: \"{name}\"", reason, StringComparison.Ordinal);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_cut_off_or_changed_anywhere_is_no_list_and_nothing_worse()
    {
        WriteFresh(new("intermediate") { Revoked = [("leaf", null)] });
        var list = File.ReadAllBytes(folder["leaf.crl"]);
        for (var index = 0; index < list.Length; index += 7)
        {
            var changed = (byte[])list.Clone();
            changed[index] ^= 0xff;
            File.WriteAllBytes(folder["leaf.crl"], index % 2 == 0 ? changed : list[..index]);

            Assert.NotEqual(Holds, Check());
        }
    }

    [Fact]
    public void Other_files_and_folders_are_passed_over()
    {
        WriteFresh(new("intermediate"));
        folder.Write("README.txt", "not a list");
        Directory.CreateDirectory(folder["below.crl"]);

        Assert.Equal(Holds, Check());
    }

    [Fact]
    public void A_chain_that_is_not_whole_or_not_in_order_cannot_be_told()
    {
        WriteFresh(new("intermediate"));

        Assert.Contains("is the last, but is not self-signed", Check("leaf", "intermediate"), StringComparison.Ordinal);
        Assert.Contains("is not issued by", Check("leaf", "root", "intermediate"), StringComparison.Ordinal);
        Assert.Contains("is not signed by its key", Check("leaf", "impostor", "root"), StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static ListPlan Plan(string name)
    {
        var plan = new ListPlan("intermediate");
        return name switch
        {
            "stale" => plan with { NextUpdate = "20260201000000Z" },
            "not yet valid" => plan with { ThisUpdate = "20550101000000Z" },
            "wrong signature" => new ListPlan("impostor"),
            "weak signature" => plan with { Digest = "sha1" },
            "wrong issuer" => new ListPlan("silent"),
            "delta alone" => plan with { Number = 5, Extensions = [Delta] },
            "indirect" => Point(plan, "indirectCRL=TRUE"),
            "critical extension" => plan with { Extensions = ["1.2.3.4=critical,ASN1:NULL"] },
            "authorities only" => Point(plan, "onlyCA=TRUE"),
            "attributes only" => Point(plan, "onlyAA=TRUE"),
            "another distribution point" => Point(plan, "fullname=URI:http://crl.example.com/other.crl"),
            "some reasons" => Point(plan, "onlysomereasons=keyCompromise,CACompromise"),
            _ => plan with { Revoked = [("leaf", "removeFromCRL")] },
        };
    }

    private static ListPlan Point(ListPlan plan, string setting) =>
        plan with
        {
            Extensions = ["issuingDistributionPoint=critical,@point", "[point]", setting],
        };

    private void Write(string name, ListPlan plan) => authority.Write(folder[name], plan);

    private void WriteFresh(ListPlan ofLeaf)
    {
        Write("leaf.crl", ofLeaf);
        Write("root.crl", new("root"));
    }

    // The reason of the answer; success and the reason for it go together.
    private string Check(params string[] chain) => Check(new JsonObject { ["crlFolder"] = folder.Path }, chain);

    private string Check(JsonObject config, string[] chain)
    {
        var request = RecordedHost.Request("verify/02-verify-signature").With("pluginConfig", config);
        request["signature"]!["certificateChain"] = authority.Chain(chain.Length > 0 ? chain : ["leaf", "intermediate", "root"]);
        request["trustPolicy"]!["signatureVerification"] = new JsonArray(Capability);
        var response = JsonNode.Parse(Nv2Binary.Request("verify-signature", request.ToJsonString()).RequireSuccess().Stdout)!;
        var result = Assert.Single(response["verificationResults"]!.AsObject());
        Assert.Equal(Capability, result.Key);
        var reason = result.Value!["reason"]!.GetValue<string>();
        Assert.Equal(reason == Holds, result.Value["success"]!.GetValue<bool>());
        return reason;
    }
}
