using Nv2.Plugin.Tests.Trust;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>
/// A certificate of an authority that is given with <c>-c</c> is a root for the formats jwt and json, as in the original, and for nothing else.
/// Whatever a root must not accept is not accepted by it either.
/// </summary>
public sealed class AuthorityByCertTests : IDisposable
{
    private const string Authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign";
    private const string Host = "subjectAltName=DNS:registry.example.com";
    private const string Signer = $"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n{Host}";

    private readonly TrustUser user = new();

    private WorkingFolder Folder => user.Folder;

    [Theory]
    [InlineData("jwt", true)]
    [InlineData("json", true)]
    [InlineData("jws", false)]
    [InlineData("cose", false)]
    public void An_authority_is_a_root_for_the_formats_of_the_original_alone(string format, bool isRoot)
    {
        Sign(format, "acme", "acme-root");

        AssertVerifies(isRoot, "-c", "acme-root.crt");
        AssertVerifies(true, "--ca-cert", "acme-root.crt");
        AssertVerifies(true, "-c", "acme.crt");
    }

    [Theory]
    [InlineData("a stranger's root", "other", Authority, null, "other-root")]
    [InlineData("serverAuth, which a pin may have", "leaf", $"{Signer}\nextendedKeyUsage=serverAuth", "acme-root", "acme-root")]
    [InlineData("an authority that may issue none", "leaf", Signer, "no-issuer", "no-issuer")]
    public void What_a_root_does_not_accept_is_not_accepted(string what, string name, string extensions, string? issuer, string trusted)
    {
        user.Certify("other-root", "/C=US/ST=WA/O=acme/CN=acme root", Authority); // Of the same name as the real one, but for what is missing.
        user.Certify("no-issuer", "/CN=no issuer", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature");
        user.Certify(name, "/CN=signer", name == "other" ? Signer : extensions, issuer ?? "acme-root");
        Sign("jwt", name, issuer ?? "acme-root", mayBeRefused: true);

        AssertVerifies(false, "-c", $"{trusted}.crt");
        AssertVerifies(true, "-c", $"{name}.crt"); // The signature itself is in order.
        Assert.NotEmpty(what);
    }

    [Fact]
    public void A_certificate_that_is_no_authority_s_is_trusted_for_itself_alone()
    {
        user.Certify("self", "/CN=self", $"{Signer}");
        user.Certify("below", "/CN=below", Signer, "self");
        Sign("jwt", "below", "self", mayBeRefused: true);

        AssertVerifies(false, "-c", "self.crt");
        AssertVerifies(true, "-c", "below.crt");
    }

    [Fact]
    public void The_file_of_a_signer_with_its_authorities_trusts_that_signer_alone()
    {
        user.Certify("colleague", "/CN=colleague", Signer, "acme-root");
        Folder.Write("chain.crt", [.. Folder.Read("colleague.crt"), .. Folder.Read("acme-root.crt")]);
        Sign("jwt", "acme", "acme-root");
        AssertVerifies(false, "-c", "chain.crt");
        AssertVerifies(true, "-c", "chain.crt", "-c", "acme-root.crt");

        Sign("jwt", "colleague", "acme-root");
        AssertVerifies(true, "-c", "chain.crt");
    }

    [Fact]
    public void A_root_beside_the_certificate_of_another_signer_is_a_root()
    {
        Folder.Write("bundle.crt", [.. Folder.Read("wabbit.crt"), .. Folder.Read("acme-root.crt")]);
        Sign("jwt", "acme", "acme-root");

        AssertVerifies(true, "-c", "bundle.crt");
    }

    [Theory]
    [InlineData("CA:FALSE", "jwt")]
    [InlineData("CA:TRUE", "jwt")]
    [InlineData("CA:FALSE", "cose")]
    public void A_renewed_certificate_is_explained_and_not_taken_for_an_issuer(string constraint, string format)
    {
        var extensions =
            $"basicConstraints=critical,{constraint}\nkeyUsage=critical,digitalSignature{(constraint == "CA:TRUE" ? ",keyCertSign" : "")}\n{Host}";
        user.Certify("before", "/CN=renewed", extensions);
        user.Certify("after", "/CN=renewed", extensions);
        Sign(format, "after");
        var result = Folder.Run("verify", "-f", "signature", "-c", "before.crt", "app.json");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("; a trusted certificate has the same subject, but another key\n", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("as a root", result.Stderr, StringComparison.Ordinal);
        AssertVerifies(true, "-c", "before.crt", "-c", "after.crt");
    }

    public void Dispose() => user.Dispose();

    private void Sign(string format, string signer, string? issuer = null, bool mayBeRefused = false)
    {
        Folder.Write("signer-chain.crt", [.. Folder.Read($"{signer}.crt"), .. issuer is null ? [] : Folder.Read($"{issuer}.crt")]);
        var result = Folder.Run("sign", "-k", $"{signer}.key", "-c", "signer-chain.crt", "--format", format, "-o", "signature", "app.json");
        if (result.ExitCode != 0 && mayBeRefused)
            Folder.Run("sign", "-k", $"{signer}.key", "-c", $"{signer}.crt", "--format", format, "-o", "signature", "app.json");
        else
            result.RequireSuccess();
    }

    private void AssertVerifies(bool expected, params string[] trusted)
    {
        var result = Folder.Run(["verify", "-f", "signature", .. trusted, "app.json"]);
        Assert.True(result.ExitCode == (expected ? 0 : 1), $"{string.Join(' ', trusted)}: {result.ExitCode}: {result.Stderr}");
    }
}
