using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Certificates.Revocation;
using GeneralName = Org.BouncyCastle.Asn1.X509.GeneralName;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>What a revocation list must be for its word to count. Whatever is wrong with it, the answer is that nothing is known, never that all is
/// well.</summary>
public sealed class RevocationTests : IDisposable
{
    private const string Unknown = "the revocation status of the certificate CN=leaf is unknown: ";

    private readonly RevocationAuthority authority = new();

    [Fact]
    public void A_certificate_that_current_lists_do_not_name_is_not_revoked()
    {
        Assert.Null(Check(authority.OfIssuer("issuer.crl")));
        Assert.Null(CheckPath(authority.OfIssuer("issuer.crl")));
    }

    [Fact]
    public void A_certificate_that_a_list_names_is_revoked()
    {
        Assert.Equal("the certificate CN=leaf is revoked: \"issuer.crl\"", Check(authority.OfIssuer("issuer.crl", revoked: true)));
        Assert.Equal(
            "the certificate CN=leaf is revoked: \"issuer.crl\"",
            CheckPath(authority.OfIssuer("issuer.crl", revoked: true, X509RevocationReason.KeyCompromise))
        );
        Assert.Equal(
            "the certificate CN=leaf is on hold: \"issuer.crl\"",
            Check(authority.OfIssuer("issuer.crl", revoked: true, X509RevocationReason.CertificateHold))
        );
    }

    [Theory]
    [InlineData("3003160161")] // A string in place of a distribution point,
    [InlineData("30043002A500")] // a field that there is not,
    [InlineData("30083006A004A5020500")] // a kind of name that there is not,
    [InlineData("30083006A004A0028F00")] // and a kind of general name that there is not.
    public void Of_a_certificate_with_damaged_distribution_points_a_list_for_one_of_them_says_nothing(string extension)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.31", Convert.FromHexString(extension), critical: false));
        using var certificate = request.CreateSelfSigned(Signatures.Now, Signatures.Now.AddDays(1));
        var scope = RevocationListScope.All with { Names = [new GeneralName(GeneralName.UniformResourceIdentifier, "http://crl.example.com/")] };

        Assert.Equal("the distribution points of the certificate CN=leaf are damaged", scope.Check(certificate));
    }

    [Fact]
    public void A_list_with_a_reason_that_is_none_is_damaged()
    {
        var list = authority.DerOfIssuer(revoked: true, X509RevocationReason.KeyCompromise);
        var reason = list.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01]);
        Assert.NotEqual(-1, reason);
        list[reason + 7] = 0x02; // An INTEGER in place of the ENUMERATED.

        Refusal.Of(() => RevocationList.Parse(list, "issuer.crl")[0].Read(), "it is not a revocation list in DER, or it is damaged");
    }

    [Fact]
    public void A_list_that_its_issuer_did_not_sign_says_nothing()
    {
        var forged = authority.OfIssuer("forged.crl", byAnotherKey: true);
        Assert.Equal($"{Unknown}\"forged.crl\": its signature is not by the key of CN=issuer", Check(forged));
        Assert.Equal($"{Unknown}\"forged.crl\": its signature is not by the key of CN=issuer", CheckPath(forged));

        // Nor does it revoke: anybody could have written it.
        Assert.Null(Check(authority.OfIssuer("forged.crl", revoked: true, byAnotherKey: true), authority.OfIssuer("issuer.crl")));
    }

    [Theory]
    [InlineData(-1, "")]
    [InlineData(0, "")]
    [InlineData(1, "\"issuer.crl\": it is not valid before 2030-01-01T00:00:01Z")]
    public void A_list_of_the_future_says_nothing_yet(int seconds, string failure)
    {
        var list = authority.OfIssuer("issuer.crl", thisUpdate: Signatures.Now.AddSeconds(seconds));
        Assert.Equal(failure.Length == 0 ? null : Unknown + failure, Check(list));
        Assert.Equal(failure.Length == 0 ? null : Unknown + failure, CheckPath(list));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(0, "")]
    [InlineData(-1, "\"issuer.crl\": it is stale: the next one was due at 2029-12-31T23:59:59Z")]
    public void A_list_whose_successor_is_due_does_not_clear_a_certificate(int seconds, string failure)
    {
        var list = authority.OfIssuer("issuer.crl", nextUpdate: Signatures.Now.AddSeconds(seconds));
        Assert.Equal(failure.Length == 0 ? null : Unknown + failure, Check(list));
        Assert.Equal(failure.Length == 0 ? null : Unknown + failure, CheckPath(list));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_list_that_is_out_of_date_revokes_for_good_and_lifts_no_hold(bool isStale)
    {
        var (thisUpdate, nextUpdate) = isStale
            ? (Signatures.Now.AddDays(-2), Signatures.Now.AddDays(-1))
            : (Signatures.Now.AddDays(1), Signatures.Now.AddDays(2));
        var revoking = authority.OfIssuer("old.crl", revoked: true, X509RevocationReason.KeyCompromise, thisUpdate, nextUpdate);
        Assert.Equal("the certificate CN=leaf is revoked: \"old.crl\"", Check(revoking));
        Assert.Equal("the certificate CN=leaf is revoked: \"old.crl\"", Check(authority.OfIssuer("issuer.crl"), revoking));

        var holding = authority.OfIssuer("old.crl", revoked: true, X509RevocationReason.CertificateHold, thisUpdate, nextUpdate);
        Assert.StartsWith($"{Unknown}\"old.crl\": it is ", Check(holding), StringComparison.Ordinal);
        Assert.Null(Check(authority.OfIssuer("issuer.crl"), holding));
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.KeyCertSign, true)]
    [InlineData(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true)]
    [InlineData(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, false)]
    [InlineData(null, false)]
    public void A_list_counts_only_if_its_issuer_s_key_may_sign_lists(X509KeyUsageFlags? usages, bool isRefused)
    {
        using var of = new RevocationAuthority(usages);
        var expected = isRefused ? $"{Unknown}\"issuer.crl\": the key usage of its issuer, CN=issuer, does not include cRLSign" : null;
        Assert.Equal(expected, Check(of, of.OfIssuer("issuer.crl")));
        Assert.Equal(
            isRefused ? expected : "the certificate CN=leaf is revoked: \"issuer.crl\"",
            Check(of, of.OfIssuer("issuer.crl", revoked: true))
        );
    }

    [Fact]
    public void Of_several_lists_one_that_holds_is_enough_and_all_that_is_wrong_with_the_others_is_told()
    {
        RevocationList[] bad =
        [
            authority.OfIssuer("forged.crl", byAnotherKey: true),
            authority.OfIssuer("early.crl", thisUpdate: Signatures.Now.AddDays(1)),
            authority.OfIssuer("stale.crl", nextUpdate: Signatures.Now.AddHours(-1)),
        ];
        Assert.Equal(
            $"{Unknown}\"forged.crl\": its signature is not by the key of CN=issuer; \"early.crl\": it is not valid before 2030-01-02T00:00:00Z; "
                + "\"stale.crl\": it is stale: the next one was due at 2029-12-31T23:00:00Z",
            Check(bad)
        );
        Assert.Null(Check([.. bad, authority.OfIssuer("issuer.crl")]));
    }

    [Fact]
    public void Of_two_current_lists_the_later_one_says_whether_a_certificate_is_on_hold()
    {
        var earlier = Signatures.Now.AddDays(-3);
        Assert.Null(
            Check(authority.OfIssuer("held.crl", revoked: true, X509RevocationReason.CertificateHold, earlier), authority.OfIssuer("lifted.crl"))
        );
        Assert.Equal(
            "the certificate CN=leaf is on hold: \"held.crl\"",
            Check(
                authority.OfIssuer("held.crl", revoked: true, X509RevocationReason.CertificateHold),
                authority.OfIssuer("lifted.crl", thisUpdate: earlier)
            )
        );
    }

    [Fact]
    public void Without_a_list_a_certificate_is_cleared_only_where_it_announces_none_and_nobody_insists()
    {
        using var quiet = new RevocationAuthority(announces: false);
        Assert.Null(new RevocationCheck([], new FakeTimeProvider(Signatures.Now)).CheckPath(quiet.Chain));
        Assert.Equal($"{Unknown}there is no revocation list of its issuer, CN=issuer; available lists: \"root.crl\" (of CN=root)", Check(quiet));
        Assert.Equal($"{Unknown}there is no revocation list of its issuer, CN=issuer; available lists: \"root.crl\" (of CN=root)", CheckPath());
        Assert.Equal(
            "the revocation status of the certificate CN=issuer is unknown: there is no revocation list of its issuer, CN=root; available lists: "
                + "\"issuer.crl\" (of CN=issuer)",
            new RevocationCheck([quiet.OfIssuer("issuer.crl")], new FakeTimeProvider(Signatures.Now)).Check(quiet.Chain)
        );
    }

    [Fact]
    public void A_list_that_has_the_name_of_no_known_issuer_is_reported()
    {
        var check = new RevocationCheck([authority.OfRoot(), authority.OfIssuer("issuer.crl")], new FakeTimeProvider(Signatures.Now));
        Assert.Null(check.DescribeUnmatched(authority.Chain));

        var shorter = authority.Chain.Take(2).ToList();
        Assert.EndsWith("has the name of its issuer: \"root.crl\" (of CN=root)", check.DescribeUnmatched(shorter), StringComparison.Ordinal);
        var whole = new RevocationCheck([authority.OfRoot()], new FakeTimeProvider(Signatures.Now)) { OtherIssuers = () => authority.Chain };
        Assert.Null(whole.DescribeUnmatched(shorter));
    }

    [Fact]
    public void Of_a_list_of_others_no_more_is_read_than_whose_it_is()
    {
        using var others = new RevocationAuthority();
        using var folder = new Testing.TemporaryFolder();
        var damaged = Damaged(others.DerOfRoot());
        File.WriteAllBytes(folder["others.crl"], damaged);
        File.WriteAllBytes(folder["issuer.crl"], authority.DerOfIssuer(revoked: false));
        File.WriteAllBytes(folder["root.crl"], authority.DerOfRoot());

        // They have the same names, so the damage is found where the list is asked; under another name it is not.
        Assert.Contains("\"others.crl\": it is not a revocation list", CheckFolder(), StringComparison.Ordinal);
        File.WriteAllBytes(folder["others.crl"], Renamed(damaged, "root", "rope"));
        Assert.Null(CheckFolder());

        // A truncated list is detected by its length, whatever its issuer.
        File.WriteAllBytes(folder["others.crl"], Renamed(damaged, "root", "rope")[..^1]);
        Assert.Contains("\"others.crl\"", CheckFolder(), StringComparison.Ordinal);
        File.WriteAllBytes(folder["others.crl"], [.. Renamed(damaged, "root", "rope"), 0]);
        Assert.Contains("\"others.crl\"", CheckFolder(), StringComparison.Ordinal);

        string? CheckFolder()
        {
            var lists = RevocationFolder.Read(folder.Path);
            return lists.Failure ?? new RevocationCheck(lists.Lists, new FakeTimeProvider(Signatures.Now)).Check(authority.Chain);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(3000)]
    public void An_entry_is_found_wherever_it_is(int entries)
    {
        foreach (var position in new[] { -1, 0, entries / 2, entries - 1 })
        {
            var list = Assert.Single(RevocationList.Parse(authority.DerOfIssuer(entries, position), "issuer.crl"));
            Assert.Equal(position < 0 ? null : "the certificate CN=leaf is revoked: \"issuer.crl\"", Check(list));
        }
    }

    [Fact]
    public void A_list_that_is_damaged_in_any_place_clears_nobody()
    {
        var der = authority.DerOfIssuer(3, position: 1);
        for (var index = 0; index < der.Length; index++)
        {
            var other = der.ToArray();
            other[index] ^= 0x41;
            Assert.NotNull(Outcome(other));
            Assert.NotNull(Outcome(der[..index]));
        }

        string? Outcome(byte[] content)
        {
            try
            {
                return Check([.. RevocationList.Parse(content, "issuer.crl")]);
            }
            catch (InvalidInputException exception)
            {
                return exception.Message;
            }
        }
    }

    public void Dispose() => authority.Dispose();

    // Where its entries or its extensions are.
    private static byte[] Damaged(byte[] der)
    {
        var damaged = der.ToArray();
        damaged[^80] ^= 0xff;
        damaged[^90] ^= 0xff;
        damaged[^100] ^= 0xff;
        return damaged;
    }

    private static byte[] Renamed(byte[] der, string from, string to) =>
        System.Text.Encoding.Latin1.GetBytes(System.Text.Encoding.Latin1.GetString(der).Replace(from, to, StringComparison.Ordinal));

    private static string? Check(RevocationAuthority of, params RevocationList[] lists) =>
        new RevocationCheck([of.OfRoot(), .. lists], new FakeTimeProvider(Signatures.Now)).Check(of.Chain);

    private string? Check(params RevocationList[] lists) => Check(authority, lists);

    private string? CheckPath(params RevocationList[] lists) =>
        new RevocationCheck([authority.OfRoot(), .. lists], new FakeTimeProvider(Signatures.Now)).CheckPath(authority.Chain);
}
