using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>Several artifacts in one call: what is refused, and the JSON of what is not.</summary>
public sealed class SeveralTests
{
    private const string One = "registry.wabbit-networks.io/one:v1";

    [Fact]
    public void Options_for_several_artifacts_that_have_no_meaning_are_refused()
    {
        using var folder = new WorkingFolder();
        string[] verify = ["verify", "-c", WorkingFolder.P256Certificate];
        string[] sign = ["sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate];
        var layout = new LayoutContent();
        layout.List(layout.AddImage("one"), imageName: One).List(layout.AddImage("two"), imageName: One).WriteTo(folder["twice"]);
        new LayoutContent().WriteTo(folder["empty"]);
        BadInput.AssertRefused(
            "bad-several",
            folder,
            [
                new("--recursive without a word", 2, [.. verify, "--oci-layout", "twice", "--recursive"]),
                new("--recursive with another word", 2, [.. verify, "--oci-layout", "twice", "--recursive", "eahc"]),
                new("--recursive of a file", 2, [.. verify, "--recursive", "each", "-f", WorkingFolder.Signature, WorkingFolder.Manifest]),
                new("--allow-missing alone", 2, [.. verify, "--allow-missing", "--oci-layout", "twice"]),
                new("--all-images of a registry", 2, [.. verify, "--all-images", "registry.example.com/app:v1"]),
                new("--all-images of a tag", 2, [.. verify, "--all-images", "--oci-layout", "twice:v1"]),
                new("--all-images under one name", 2, [.. verify, "--all-images", "-r", One, "--oci-layout", "twice"]),
                new("sign: --all-images for one name", 2, [.. sign, "--all-images", "-r", One, "--oci-layout", "twice"]),
                new("sign: --all-images of a file", 2, [.. sign, "--all-images", WorkingFolder.Manifest]),
                new("no image", 1, [.. verify, "--all-images", "--oci-layout", "empty"]),
            ]
        );
        foreach (var command in new[] { verify, sign })
        {
            var before = folder.Fingerprint();
            var twice = folder.Run([.. command, "--all-images", "--oci-layout", "twice"]);
            Assert.Equal((1, "", before), (twice.ExitCode, twice.Stdout, folder.Fingerprint()));
            Assert.Contains($"gives the name \"{One}\" to sha256:", twice.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_printed_as_JSON_is_as_its_schema_says()
    {
        using var folder = new WorkingFolder();
        var layout = new LayoutContent();
        var (one, two, three) = (layout.AddImage("one"), layout.AddImage("two"), layout.AddImage("three"));
        layout
            .List(layout.AddIndex(one, two), imageName: One)
            .List(three, imageName: "registry.wabbit-networks.io/three:v1")
            .WriteTo(folder["layout"]);
        var cases = new List<(string Schema, JsonNode Instance)>();
        folder
            .Run("sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "--all-images", "--oci-layout", "layout")
            .RequireSuccess();

        Assert.Equal(["verified", "verified"], Take(0, "--all-images", "--oci-layout", "layout"));
        Assert.Equal(["verified", "covered", "covered", "verified"], Take(0, "--all-images", "--recursive", "index", "--oci-layout", "layout"));
        Assert.Equal(["verified", "refused", "refused", "verified"], Take(1, "--all-images", "--recursive", "each", "--oci-layout", "layout"));
        File.Delete(folder[$"layout/{LayoutContent.BlobName(LayoutContent.DigestIn(two))}"]);
        Assert.Equal(["verified", "missing", "covered", "verified"], Take(1, "--all-images", "--recursive", "index", "--oci-layout", "layout"));
        Assert.Equal(
            ["verified", "absent", "covered", "verified"],
            Take(0, "--all-images", "--recursive", "index", "--allow-missing", "--oci-layout", "layout")
        );
        File.Delete(
            folder[$"layout/{LayoutContent.BlobName(LayoutContent.DigestIn(JsonNode.Parse(layout[LayoutContent.DigestIn(three)])!["config"]!))}"]
        );
        Assert.Equal(["verified", "failed"], Take(1, "--all-images", "--oci-layout", "layout"));

        Assert.All(JsonSchemas.Validate(cases).Zip(cases), outcome => Assert.True(outcome.First == "valid", $"{outcome.First}\n{outcome.Second}"));

        IEnumerable<string> Take(int exitCode, params string[] arguments)
        {
            var result = folder.Run(["verify", "--json", "-c", WorkingFolder.P256Certificate, .. arguments]);
            Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: {result.ExitCode}: {result.Stderr}");
            var json = JsonNode.Parse(result.Stdout)!;
            Assert.Equal(exitCode == 0, (bool)json["accepted"]!);
            cases.Add(("cli/verify-several", json));
            return json["artifacts"]!.AsArray().Select(artifact => (string)artifact!["outcome"]!);
        }
    }
}
