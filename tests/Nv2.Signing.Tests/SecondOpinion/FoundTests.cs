namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>What a second opinion found to be wrong in nv2, one test a kind.</summary>
public class FoundTests
{
    [Theory]
    [InlineData(Oids.SubjectAltName, true)]
    [InlineData(Oids.ExtendedKeyUsage, true)]
    [InlineData(Oids.CertificatePolicies, true)]
    [InlineData(Oids.DistributionPoints, true)]
    [InlineData(Oids.NameConstraints, false)]
    [InlineData(Oids.PolicyConstraints, false)]
    [InlineData(Oids.PolicyMappings, false)]
    public void An_extension_that_must_hold_something_and_is_empty_is_refused(string oid, bool isForSigners)
    {
        AssertRefused("empty", (authority, _) => authority.Set(oid, false, Der.Sequence()));
        if (isForSigners)
            AssertRefused("empty", (_, leaf) => leaf.Set(oid, false, Der.Sequence()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Extensions_in_a_certificate_of_an_earlier_version_are_refused(int version)
    {
        AssertRefused("its version is not 3", (authority, _) => (authority.Version, authority.HasExtensionsInAnyVersion) = (version, true));
        AssertRefused("its version is not 3", (_, leaf) => (leaf.Version, leaf.HasExtensionsInAnyVersion) = (version, true));
    }

    [Fact]
    public void An_empty_subtree_of_mailboxes_or_URIs_permits_nothing_and_excludes_everything()
    {
        foreach (
            var (subtree, name) in new[]
            {
                (Der.Email(""), Der.Email("a@example.com")),
                (Der.Uri(""), Der.Uri("https://example.com/")),
                (Der.Uri(""), Der.Uri("urn:no:host")),
            }
        )
        {
            AssertRefused("is not among those permitted", Constrain([subtree], [], name));
            AssertRefused("is excluded", Constrain([], [subtree], name));
        }

        // Of host names it is said: any number of labels before it, which is every name.
        Assert.True(Judge(Constrain([Der.Dns("")], [], Der.Dns("registry.example.com"))).Accepts);
        AssertRefused("is excluded", Constrain([], [Der.Dns("")], Der.Dns("registry.example.com")));
    }

    private static Action<MadeCertificate, MadeCertificate> Constrain(byte[][] permitted, byte[][] excluded, byte[] name) =>
        (authority, leaf) =>
        {
            authority.Set(Oids.NameConstraints, true, Extension.NameConstraints(permitted, excluded));
            leaf.Set(Oids.SubjectAltName, false, Der.Sequence(name));
        };

    private static void AssertRefused(string reason, Action<MadeCertificate, MadeCertificate> change)
    {
        var opinion = Judge(change);
        Assert.False(opinion.Accepts);
        Assert.Contains(reason, opinion.Reason, StringComparison.Ordinal);
        Assert.True(Judge((_, _) => { }).Accepts);
    }

    private static Opinion Judge(Action<MadeCertificate, MadeCertificate> change)
    {
        var root = MadeCertificate.Authority("Root", KeyPool.Usual[0], null);
        var authority = MadeCertificate.Authority("Authority", KeyPool.Usual[1], root);
        var leaf = MadeCertificate.Leaf("Signer", KeyPool.Usual[2], authority);
        change(authority, leaf);
        return Nv2Opinion.Of(
            new MadeWorld
            {
                Roots = [root],
                Chain = [root, authority],
                Others = [authority],
                Leaves = [leaf],
            },
            leaf
        );
    }
}
