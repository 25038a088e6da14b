using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Certificates.Revocation;
using static Nv2.Signing.Tests.Certificates.MadeEntry;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>What several lists of one issuer say together: a complete list, delta lists to it, and lists of some reasons (RFC 5280 section
/// 5.2.4).</summary>
public sealed class DeltaListTests : IDisposable
{
    private const string OnlySomeReasons = "83020640"; // [3] ReasonFlags: keyCompromise.
    private const string Unknown = "the revocation status of the certificate CN=leaf is unknown: ";

    private readonly RevocationAuthority authority = new();

    private MadeEntry Held => new(authority.Leaf, Hold);

    private MadeEntry Removed => new(authority.Leaf, RemoveFromCrl);

    private MadeEntry Revoked => new(authority.Leaf, KeyCompromise);

    [Theory]
    [InlineData(9, 0, true)]
    [InlineData(10, 0, true)] // The complete list has the number 10.
    [InlineData(11, 0, false)]
    [InlineData(10, 60, true)]
    [InlineData(10, -1, false)]
    public void A_hold_is_lifted_by_a_delta_list_to_that_complete_list(int baseNumber, int secondsLater, bool isLifted)
    {
        var complete = new MadeRevocationList("complete.crl", Held);
        var delta = new MadeRevocationList("delta.crl", Removed)
        {
            BaseNumber = baseNumber,
            Number = 12,
            ThisUpdate = complete.ThisUpdate.AddSeconds(secondsLater),
        };
        var expected = isLifted ? null : "the certificate CN=leaf is on hold: \"complete.crl\"";

        Assert.Equal(expected, Check(complete, delta));
        Assert.Equal(expected, Check(delta, complete));
    }

    [Fact]
    public void Where_the_complete_list_has_no_number_or_the_other_is_complete_too_a_hold_stays()
    {
        var complete = new MadeRevocationList("complete.crl", Held) { Number = null };
        Assert.Contains("on hold", Check(complete, new("delta.crl", Removed) { BaseNumber = 1 }), StringComparison.Ordinal);

        var later = new MadeRevocationList("later.crl", Removed) { ThisUpdate = complete.ThisUpdate.AddHours(1) };
        Assert.Equal(
            $"{Unknown}\"later.crl\": it has removeFromCRL for the certificate, which only a delta list may have",
            Check(new MadeRevocationList("complete.crl", Held), later)
        );
    }

    [Fact]
    public void A_delta_list_adds_to_the_complete_one()
    {
        Assert.Equal(
            "the certificate CN=leaf is on hold: \"delta.crl\"",
            Check(new MadeRevocationList("complete.crl"), new("delta.crl", Held) { BaseNumber = 10 })
        );
        Assert.Equal(
            "the certificate CN=leaf is revoked: \"delta.crl\"",
            Check(new MadeRevocationList("complete.crl"), new("delta.crl", Revoked) { BaseNumber = 10 })
        );

        // What it lifts counts only with its base, what it adds counts in any case.
        Assert.Equal(
            "the certificate CN=leaf is on hold: \"delta.crl\"",
            Check(new MadeRevocationList("complete.crl"), new("delta.crl", Held) { BaseNumber = 11 })
        );
    }

    [Fact]
    public void Of_several_delta_lists_the_latest_one_that_names_the_certificate_counts()
    {
        var complete = new MadeRevocationList("complete.crl");
        var earlier = new MadeRevocationList("earlier.crl", Held) { BaseNumber = 10, ThisUpdate = complete.ThisUpdate.AddHours(1) };
        var later = new MadeRevocationList("later.crl", Removed) { BaseNumber = 10, ThisUpdate = complete.ThisUpdate.AddHours(2) };
        Assert.Null(Check(complete, earlier, later));
        Assert.Null(Check(later, earlier, complete));

        (earlier, later) = (earlier with { Entries = [Removed] }, later with { Entries = [Held] });
        Assert.Equal("the certificate CN=leaf is on hold: \"later.crl\"", Check(complete, earlier, later));
        Assert.Equal("the certificate CN=leaf is on hold: \"later.crl\"", Check(later, earlier, complete));

        Assert.Equal(
            "the certificate CN=leaf is on hold: \"earlier.crl\"",
            Check(complete, earlier with { Entries = [Held] }, later with { Entries = [] })
        );
    }

    [Fact]
    public void The_latest_complete_list_counts()
    {
        var old = new MadeRevocationList("old.crl", Held) { ThisUpdate = Signatures.Now.AddDays(-2) };
        Assert.Null(Check(old, new("new.crl")));
        Assert.Null(Check(new("new.crl"), old));
        Assert.Equal("the certificate CN=leaf is on hold: \"new.crl\"", Check(old with { Entries = [] }, new("new.crl", Held)));
    }

    [Fact]
    public void A_delta_list_that_there_is_and_that_is_not_here_leaves_the_answer_open()
    {
        var complete = new MadeRevocationList("complete.crl") { HasDeltas = true };
        var delta = new MadeRevocationList("delta.crl") { BaseNumber = 10 };
        var unknown = $"{Unknown}\"complete.crl\": it has delta lists (freshestCRL), and no current one is available";

        Assert.Equal(unknown, Check(complete));
        Assert.Equal(unknown, Check(complete, delta with { BaseNumber = 11 }));
        Assert.Equal(unknown, Check(complete, delta with { NextUpdate = Signatures.Now.AddSeconds(-1) }));
        Assert.Null(Check(complete, delta));
        Assert.Null(Check(complete, delta, delta with { Name = "other.crl", BaseNumber = 11 }));
        Assert.Equal("the certificate CN=leaf is on hold: \"complete.crl\"", Check(complete with { Entries = [Held] }));
    }

    [Fact]
    public void A_list_that_is_not_complete_clears_nothing()
    {
        var some = new MadeRevocationList("some.crl") { Scope = OnlySomeReasons };
        Assert.Equal(
            $"{Unknown}\"delta.crl\": it is a delta list, and the complete one is missing",
            Check(new MadeRevocationList("delta.crl") { BaseNumber = 10 })
        );
        Assert.Equal($"{Unknown}\"some.crl\": it is for some reasons of revocation only", Check(some));
        Assert.Equal(
            $"{Unknown}\"some.crl\": it is for some reasons of revocation only",
            Check(some with { BaseNumber = null }, new("damaged.crl") { NextUpdate = null })
                ?.Replace("\"damaged.crl\": it does not state when the next one is due; ", "", StringComparison.Ordinal)
        );

        // But it revokes, and with a complete one it holds.
        Assert.Equal("the certificate CN=leaf is revoked: \"some.crl\"", Check(some with { Entries = [Revoked] }));
        Assert.Equal("the certificate CN=leaf is on hold: \"some.crl\"", Check(new("complete.crl"), some with { Entries = [Held] }));
        Assert.Equal("the certificate CN=leaf is on hold: \"complete.crl\"", Check(new("complete.crl", Held), some with { Entries = [Removed] }));
    }

    [Theory]
    [InlineData(Hold, KeyCompromise, "revoked")]
    [InlineData(RemoveFromCrl, Hold, "on hold")]
    [InlineData(RemoveFromCrl, KeyCompromise, "revoked")]
    public void Of_two_entries_for_one_certificate_the_worse_counts(int better, int worse, string expected)
    {
        MadeEntry[] entries = [new(authority.Leaf, better), new(authority.Leaf, worse)];
        Assert.Contains($"is {expected}:", Check(new MadeRevocationList("issuer.crl", entries)), StringComparison.Ordinal);
        Assert.Contains($"is {expected}:", Check(new MadeRevocationList("issuer.crl", [.. entries.Reverse()])), StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_without_a_reason_revokes() =>
        Assert.Equal(
            "the certificate CN=leaf is revoked: \"issuer.crl\"",
            Check(new MadeRevocationList("issuer.crl", new MadeEntry(authority.Leaf)))
        );

    [Fact]
    public void A_critical_extension_that_is_not_known_is_named_and_the_list_is_not_used()
    {
        var list = new MadeRevocationList("issuer.crl", Held) { Critical = ["1.2.3.4"] };
        var unsupported = $"{Unknown}\"issuer.crl\": it has the critical extension 1.2.3.4, which is not supported";
        Assert.Equal(unsupported, Check(list));
        Assert.Equal(unsupported, Check(list with { Entries = [] }));
        Assert.Equal(unsupported, Check(list with { Entries = [Held with { Critical = ["1.2.3.5"] }] }));
        Assert.Equal(unsupported, Check(new MadeRevocationList("issuer.crl", Held with { Critical = ["1.2.3.4"] }, new(authority.Leaf))));

        // certificateIssuer is for indirect lists alone (section 5.3.3).
        Assert.Contains("2.5.29.29", Check(new MadeRevocationList("issuer.crl", Held with { Critical = ["2.5.29.29"] })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Times_are_read_in_both_forms(bool isListGeneralized, bool isEntryGeneralized)
    {
        var list = new MadeRevocationList("issuer.crl") { IsTimeGeneralized = isListGeneralized };
        Assert.Null(Check(list));
        Assert.Contains(
            "revoked",
            Check(list with { Entries = [Revoked with { IsTimeGeneralized = isEntryGeneralized }] }),
            StringComparison.Ordinal
        );
        Assert.Contains("stale", Check(list with { NextUpdate = Signatures.Now.AddSeconds(-1) }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_without_the_fields_that_may_be_missing_is_read()
    {
        Assert.Null(Check(new MadeRevocationList("issuer.crl") { Number = null }));
        Assert.Contains(
            "revoked",
            Check(new MadeRevocationList("issuer.crl", Revoked) { Number = null, NextUpdate = null }),
            StringComparison.Ordinal
        );
        Assert.Equal(
            $"{Unknown}\"issuer.crl\": it does not state when the next one is due",
            Check(new MadeRevocationList("issuer.crl") { NextUpdate = null })
        );
    }

    [Theory]
    [InlineData("0500")]
    [InlineData("3000")]
    [InlineData("170D3330303130313030303030305A")]
    public void What_follows_the_last_field_is_damage(string trailing) =>
        Refusal.Of(
            () => authority.OfIssuer(new MadeRevocationList("issuer.crl", Revoked) { Trailing = trailing }).Read(),
            "it is not a revocation list in DER, or it is damaged"
        );

    [Theory]
    [InlineData("8101FF", "it is for another kind", false)] // onlyContainsUserCerts
    [InlineData("8201FF", "it is for certificates of authorities only", true)] // onlyContainsCACerts
    [InlineData("8501FF", "it is for attribute certificates only", true)]
    [InlineData("8401FF", "it is an indirect list, which is not supported", true)]
    public void A_list_for_other_certificates_says_nothing_of_a_signer_s(string scope, string failure, bool isRefused)
    {
        var list = new MadeRevocationList("issuer.crl") { Scope = scope };
        Assert.Equal(isRefused ? $"{Unknown}\"issuer.crl\": {failure}" : null, Check(list));
        Assert.Equal(
            isRefused ? $"{Unknown}\"issuer.crl\": {failure}" : "the certificate CN=leaf is revoked: \"issuer.crl\"",
            Check(list with { Entries = [Revoked] })
        );
    }

    [Theory]
    [InlineData("8101FF", "it is not for certificates of authorities")]
    [InlineData("8201FF", null)]
    public void A_list_of_the_root_is_about_authorities(string scope, string? failure) =>
        Assert.Equal(
            failure is null ? null : $"the revocation status of the certificate CN=issuer is unknown: \"root.crl\": {failure}",
            Check(authority.OfIssuer(new MadeRevocationList("issuer.crl")), authority.OfRoot(new MadeRevocationList("root.crl") { Scope = scope }))
        );

    public void Dispose() => authority.Dispose();

    private string? Check(params MadeRevocationList[] lists) => Check([.. lists.Select(authority.OfIssuer), authority.OfRoot()]);

    private string? Check(params RevocationList[] lists) =>
        new RevocationCheck(lists, new FakeTimeProvider(Signatures.Now)).CheckPath(authority.Chain);
}
