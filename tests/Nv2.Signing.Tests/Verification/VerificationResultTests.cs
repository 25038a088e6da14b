using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>A result is verified only if every check was made and passed, but for revocation, which only some policies require.</summary>
public class VerificationResultTests
{
    private static readonly CheckName[] Required = [.. Enum.GetValues<CheckName>().Where(name => name != CheckName.Revocation)];

    [Fact]
    public void Every_required_check_must_be_there_and_pass()
    {
        Assert.True(VerificationResult.AreAllPassed([.. Required.Select(Passed)]));
        foreach (var missing in Required)
        {
            Assert.False(VerificationResult.AreAllPassed([.. Required.Where(name => name != missing).Select(Passed)]));
            Assert.False(VerificationResult.AreAllPassed([.. Required.Select(name => name == missing ? new Check(name, "a reason") : Passed(name))]));
        }

        Assert.False(VerificationResult.AreAllPassed([]));
    }

    [Fact]
    public void Revocation_need_not_be_there_and_must_pass_if_it_is()
    {
        Assert.True(VerificationResult.AreAllPassed([.. Required.Select(Passed), Passed(CheckName.Revocation)]));
        Assert.False(VerificationResult.AreAllPassed([.. Required.Select(Passed), new Check(CheckName.Revocation, "revoked")]));
    }

    [Fact]
    public void Of_a_malformed_signature_no_required_check_is_passed()
    {
        var checks = VerificationResult.Malformed("it is no signature");

        Assert.Equal(Required, checks.Select(check => check.Name));
        Assert.DoesNotContain(checks, check => check.Passed);
    }

    private static Check Passed(CheckName name) => new(name, null);
}
