using Nv2.Signing.Policy;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Scopes of a trust policy of version 1.1, and when two are the same.</summary>
public class PolicyScopeTests
{
    [Theory]
    [InlineData("blob:*", true, true)]
    [InlineData("blob:release_1-x", false, true)]
    [InlineData("oci:*", true, false)]
    [InlineData("oci:registry.example.com/app", false, false)]
    public void A_scope_is_for_artifacts_or_for_blobs_for_one_name_or_for_all(string text, bool isGlobal, bool isForBlobs)
    {
        var scope = PolicyScope.ParsePrefixed(text);

        Assert.Equal((text, isGlobal, isForBlobs), (scope.Text, scope.IsGlobal, scope.IsForBlobs));
    }

    [Theory]
    [InlineData("registry.example.com/app", "is not a scope: expected oci: and a repository, or blob: and a name")]
    [InlineData("*", "is not a scope: expected oci: and a repository, or blob: and a name")]
    [InlineData("OCI:registry.example.com/app", "is not a scope: expected oci: and a repository, or blob: and a name")]
    [InlineData("", "is not a scope: expected oci: and a repository, or blob: and a name")]
    [InlineData("oci:", "is not a scope: expected a repository with its registry")]
    [InlineData("oci:app", "is not a scope: expected a repository with its registry")]
    [InlineData("oci:/app", "is not a scope: expected a repository with its registry")]
    [InlineData("oci:registry.example.com/*", "is not a scope: * alone means everything")]
    [InlineData("blob:", "is not the name of a scope for blobs")]
    [InlineData("blob:a b", "is not the name of a scope for blobs")]
    [InlineData("blob:a*", "is not the name of a scope for blobs")]
    public void What_is_no_scope_is_refused(string text, string says) => Refusal.Of(() => PolicyScope.ParsePrefixed(text), says);

    [Theory]
    [InlineData("oci:registry.example.com/app", "oci:REGISTRY.example.com/app", true)]
    [InlineData("oci:registry.example.com/app", "oci:registry.example.com/other", false)]
    [InlineData("blob:release", "blob:release", true)]
    [InlineData("blob:release", "blob:nightly", false)]
    [InlineData("oci:*", "blob:*", false)]
    public void Two_scopes_are_the_same_if_they_are_for_the_same(string one, string other, bool areSame) =>
        Assert.Equal(areSame, PolicyScope.ParsePrefixed(one).IsSame(PolicyScope.ParsePrefixed(other)));
}
