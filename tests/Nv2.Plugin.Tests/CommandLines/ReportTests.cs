using Nv2.Plugin.Tests.Trust;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>Reports of many signatures say what is equal once.</summary>
public sealed class ReportTests
{
    [Fact]
    public void Signatures_that_fail_alike_are_listed_together_and_advised_on_once()
    {
        using var user = new TrustUser();
        foreach (var format in new[] { "jwt", "json", "jws", "cose" })
        {
            user.Sign(format, "wabbit", format is "jwt" or "json" ? TrustUser.Name : null);
            user.Sign(format, "acme", format is "jwt" or "json" ? TrustUser.Name : null);
        }

        user.Certify("stranger", "/CN=stranger", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature");
        var result = user.Folder.Run("verify", "--all", "-c", "stranger.crt", "--oci-layout", TrustUser.Layout);
        var lines = result.Stderr.TrimEnd('\n').Split('\n');

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(8, lines.Count(line => line.StartsWith("not valid: ", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.StartsWith("  hint: ", StringComparison.Ordinal));
        Assert.StartsWith("  hint: ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(
            lines.Where(line => line.StartsWith("  authenticity: ", StringComparison.Ordinal)).Distinct(),
            lines.Where(line => line.StartsWith("  authenticity: ", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Each_advice_follows_the_last_signature_that_it_is_for()
    {
        using var user = new TrustUser();
        user.Sign("jwt", "wabbit", $"{TrustUser.Repository}:other");
        user.Sign("jwt", "acme");
        user.Sign("json", "wabbit", $"{TrustUser.Repository}:other");
        user.Sign("json", "wabbit");
        var lines = user
            .Folder.Run("verify", "--all", "-c", "wabbit.crt", "-r", TrustUser.Name, "--oci-layout", TrustUser.Layout)
            .Stderr.TrimEnd('\n')
            .Split('\n');

        Assert.Equal(
            ["not valid", "not valid", "  references", "  hint", "not valid", "  authenticity", "  hint", "valid"],
            lines[1..].Select(line => line.Split(':')[0])
        );
    }

    [Fact]
    public void A_certificate_without_subject_is_called_by_its_other_name()
    {
        using var user = new TrustUser();
        user.Certify(
            "unnamed",
            "/",
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=critical,DNS:registry.example.com"
        );
        user.Certify("nameless", "/", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature");
        user.Sign("jwt", "unnamed");
        user.Sign("jwt", "nameless", null);
        string[] where = ["--oci-layout", TrustUser.Layout];

        var verified = user.Folder.Run(["verify", "--allow-relocated", "-c", "wabbit.crt", .. where]).Stderr;
        Assert.Contains("(jwt, by subjectAltName=registry.example.com)\n", verified, StringComparison.Ordinal);
        Assert.Contains("(jwt, by (no subject))\n", verified, StringComparison.Ordinal);
        Assert.Contains("certificate (subjectAltName=registry.example.com) is not among", verified, StringComparison.Ordinal);
        foreach (var command in new[] { "list", "inspect" })
        {
            var shown = user.Folder.Run([command, .. where]).RequireSuccess().Stdout;
            Assert.Contains("subjectAltName=registry.example.com", shown, StringComparison.Ordinal);
            Assert.Contains("(no subject)", shown, StringComparison.Ordinal);
        }

        Assert.Contains(
            "subject    subjectAltName=registry.example.com\n",
            user.Trust("add", "unnamed", "unnamed.crt").RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("sign", "--recursive")]
    [InlineData("sign", "--shallow")]
    [InlineData("verify", "--all")]
    public void The_manifests_that_a_layout_lacks_are_named(string command, string option)
    {
        using var folder = new WorkingFolder();
        var layout = new LayoutContent();
        var (here, first, second) = (layout.AddImage("here"), layout.AddImage("first"), layout.AddImage("second"));
        var index = layout.AddIndex(here, first, second);
        layout.List(index, "v1").Remove(first).Remove(second);
        layout.AddSignature(index, Layouts.SignedImage.Sign(index));
        layout.WriteTo(folder["layout"]);
        string[] with = command == "sign" ? ["-k", WorkingFolder.RsaKey, "-c", WorkingFolder.RsaCertificate] : ["-c", WorkingFolder.RsaCertificate];
        var result = folder.Run([command, .. with, option, "--oci-layout", "layout:v1"]).RequireSuccess();

        Assert.Contains(
            $"nv2: note: 2 of the manifests of the index {LayoutContent.DigestIn(index)} are missing from the layout "
                + $"({LayoutContent.DigestIn(first)}, {LayoutContent.DigestIn(second)}), and ",
            result.Stderr,
            StringComparison.Ordinal
        );
    }
}
