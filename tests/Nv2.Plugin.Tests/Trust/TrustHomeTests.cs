namespace Nv2.Plugin.Tests.Trust;

/// <summary>Where the trust home is, and which of its files count.</summary>
public sealed class TrustHomeTests : IDisposable
{
    private readonly TrustUser user = new();
    private readonly string signature;

    public TrustHomeTests()
    {
        user.Trusts("wabbit");
        signature = user.SignFile("jws", "wabbit");
    }

    [Theory]
    [InlineData("NV2_HOME=good", true)]
    [InlineData("NV2_HOME=", false)]
    [InlineData("NV2_HOME=good XDG_CONFIG_HOME=bad HOME=bad", true)]
    [InlineData("NV2_HOME=bad/nv2 XDG_CONFIG_HOME=good HOME=good", false)]
    [InlineData("XDG_CONFIG_HOME=xdg HOME=bad", true)]
    [InlineData("NV2_HOME= XDG_CONFIG_HOME=xdg HOME=bad", true)]
    [InlineData("XDG_CONFIG_HOME=bad HOME=home", false)]
    [InlineData("HOME=home", true)]
    [InlineData("XDG_CONFIG_HOME= HOME=home", true)]
    [InlineData("HOME=bad", false)]
    [InlineData("", false)]
    [InlineData("NV2_HOME=bad --trust-home good", true)]
    [InlineData("NV2_HOME=good --trust-home bad", false)]
    public void The_first_that_says_where_counts(string said, bool verifies)
    {
        Copy("good");
        Copy("xdg/nv2");
        Copy("home/.config/nv2");
        Directory.CreateDirectory(user.Folder["bad/.config/nv2"]);
        Directory.CreateDirectory(user.Folder["bad/nv2"]);
        var words = said.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var options = words.SkipWhile(word => !word.StartsWith('-')).ToArray();

        var result = Tool.Run(
            "env",
            [
                "-i",
                .. words.TakeWhile(word => !word.StartsWith('-')),
                Nv2Binary.Path,
                "verify",
                "-f",
                signature,
                "-r",
                TrustUser.Name,
                .. options,
                "app.json",
            ],
            workingDirectory: user.Folder.Path
        );

        Assert.True(result.ExitCode == (verifies ? 0 : 1), result.Stderr);
        Assert.True(verifies || result.Stderr.Contains("\n  authenticity: ", StringComparison.Ordinal), result.Stderr);
    }

    [Fact]
    public void Where_nothing_says_where_it_is_nobody_is_trusted_and_nothing_is_written()
    {
        foreach (
            var arguments in new string[][]
            {
                ["trust", "list"],
                ["trust", "add", "wabbit", "wabbit.crt"],
                ["trust", "required", "off"],
                ["trust", "check", TrustUser.Name],
            }
        )
        {
            var before = user.Folder.Fingerprint();
            var result = Tool.Run("env", ["-i", Nv2Binary.Path, .. arguments], workingDirectory: user.Folder.Path);

            Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
            Assert.Equal(
                "nv2: the trust home is unknown: expected --trust-home, or one of the environment variables NV2_HOME, XDG_CONFIG_HOME and HOME\n",
                result.Stderr
            );
            Assert.Equal(before, user.Folder.Fingerprint());
        }
    }

    [Fact]
    public void The_policy_for_artifacts_counts_before_the_one_for_all()
    {
        user.Folder.Write(
            $"{TrustUser.Home}/trustpolicy.oci.json",
            File.ReadAllText(user.Folder[TrustUser.Policy]).Replace("\"app\"", "\"of artifacts\"", StringComparison.Ordinal)
        );
        Assert.Contains("\nstatement    \"of artifacts\", ", user.Trust("check", TrustUser.Name).RequireSuccess().Stdout, StringComparison.Ordinal);
        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();

        user.Folder.Write($"{TrustUser.Home}/trustpolicy.oci.json", "{}");
        AssertFails("trustpolicy.oci.json");
    }

    [Theory]
    [InlineData("trustpolicy.json", "")]
    [InlineData("trustpolicy.oci.json", "")]
    [InlineData("trustpolicy.oci.json", "nowhere")]
    [InlineData("nv2.json", "")]
    [InlineData("nv2.json", "nowhere")]
    public void A_symbolic_link_in_its_place_is_refused(string name, string leadsTo)
    {
        var link = user.Folder[$"{TrustUser.Home}/{name}"];
        user.Folder.Write("real", name == "nv2.json" ? """{"version":"1.0"}""" : File.ReadAllText(user.Folder[TrustUser.Policy]));
        File.Delete(link);
        File.CreateSymbolicLink(link, user.Folder[leadsTo.Length == 0 ? "real" : leadsTo]);

        AssertFails($"{name}\": it is a symbolic link, which is not allowed");
    }

    [Fact]
    public void A_store_behind_a_symbolic_link_is_refused()
    {
        var store = user.Folder[$"{TrustUser.Home}/truststore/x509/ca/wabbit"];
        Directory.Move(store, user.Folder["elsewhere"]);
        Directory.CreateSymbolicLink(store, user.Folder["elsewhere"]);
        AssertFails("is a symbolic link, which is not allowed");

        var before = user.Folder.Fingerprint();
        Assert.Equal(1, user.Trust("add", "wabbit", "acme-root.crt").ExitCode);
        Assert.Equal(before, user.Folder.Fingerprint());
    }

    [Theory]
    [InlineData("trustpolicy.json", "{")]
    [InlineData("trustpolicy.json", "")]
    [InlineData("trustpolicy.json", """{"version":"1.0","version":"1.0","trustPolicies":[]}""")]
    [InlineData("nv2.json", """{"version":"2.0"}""")]
    [InlineData("nv2.json", """{"version":"1.0","trustRequired":"no"}""")]
    [InlineData("nv2.json", """{"version":"1.0","trustRequired":true,"trustRequired":false}""")]
    [InlineData("nv2.json", """{"version":"1.0","keys":[{"scope":"*","url":"https://example.com/'; rm -rf /; '","sha256Thumbprint":""}]}""")]
    [InlineData("nv2.json", "")]
    public void A_file_that_is_not_what_it_must_be_makes_every_verification_fail(string name, string content)
    {
        user.Folder.Write($"{TrustUser.Home}/{name}", content);
        AssertFails(name);
    }

    [Fact]
    public void What_cannot_be_read_makes_every_verification_fail()
    {
        foreach (var name in new[] { "trustpolicy.json", "nv2.json", "crls", "truststore/x509/ca/wabbit" })
        {
            var path = user.Folder[$"{TrustUser.Home}/{name}"];
            var kept = Path.Exists(path);
            if (kept)
                Directory.Move(path, user.Folder["kept"]);
            if (Path.HasExtension(name))
                Directory.CreateDirectory(path); // A folder in the place of a file.
            else
                File.WriteAllText(path, "a file in the place of a folder");

            var result = user.VerifyFile(signature, "-r", TrustUser.Name);
            Assert.True((result.ExitCode, result.Stdout) == (1, ""), $"{name}: {result.Stdout}{result.Stderr}");

            if (Path.HasExtension(name))
                Directory.Delete(path);
            else
                File.Delete(path);
            if (kept)
                Directory.Move(user.Folder["kept"], path);
        }

        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();
    }

    public void Dispose() => user.Dispose();

    private void AssertFails(string says)
    {
        var result = user.VerifyFile(signature, "-r", TrustUser.Name);
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        BadInput.AssertOneLine(says, result.Stderr);
        Assert.Contains(says, result.Stderr, StringComparison.Ordinal);
    }

    private void Copy(string home) => Tool.Run("cp", ["-r", "--parents", ".", user.Folder[home]], workingDirectory: Make(home)).RequireSuccess();

    private string Make(string home)
    {
        Directory.CreateDirectory(user.Folder[home]);
        return user.Folder[TrustUser.Home];
    }
}
