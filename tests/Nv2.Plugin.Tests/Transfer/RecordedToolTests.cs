using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using static Nv2.Plugin.Tests.Transfer.RecordedTool;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>Every adapter against what the real tools were recorded to print: what it reads out of that, and that it gives them these arguments and
/// no others.</summary>
public sealed class RecordedToolTests : IDisposable
{
    private static readonly MediaType Jwt = MediaType.Parse("application/vnd.cncf.notary.config.v2+jwt");
    private static readonly byte[] SubjectContent = Output("crane-tagschema-manifest");
    private static readonly byte[] SignatureManifest = Output("oras-tagschema-manifest-fetch-signature");
    private static readonly byte[] SignatureContent = Output("oras-tagschema-blob-fetch");
    private static readonly Descriptor SubjectDescriptor = new(MediaType.OciManifest, Digest.Parse(Subject), SubjectContent.Length);
    private static readonly Blob SignatureBlob = Blob.Of(Jwt, SignatureContent);
    private static readonly SignatureArtifact Artifact = new(
        Blob.Of(MediaType.OciManifest, SignatureManifest),
        Jwt,
        SubjectDescriptor,
        [SignatureBlob]
    );

    private readonly ToolFolder folder = new();

    public static TheoryData<string, string> Tools =>
        new()
        {
            { "oras", WithApi },
            { "oras", WithTags },
            { "skopeo", WithTags },
            { "crane", WithTags },
        };

    [Theory]
    [MemberData(nameof(Tools))]
    [InlineData("skopeo", WithApi)]
    [InlineData("crane", WithApi)]
    [InlineData("docker", WithTags)]
    public void A_tag_is_resolved_to_the_descriptor_of_what_it_stands_for(string tool, string repository)
    {
        var store = Open(tool, $"{repository}:v1");

        Assert.Equal(tool, store.ToolName);
        Assert.Equal(SubjectDescriptor, store.Resolve());
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void A_signature_is_found_and_read(string tool, string repository)
    {
        var store = Open(tool, $"{repository}:v1");

        var found = Assert.Single(store.ListReferrers(SubjectDescriptor));

        Assert.Equal(Artifact.Manifest.Descriptor, found);
        Assert.Equal(SignatureManifest, store.ReadManifest(found));
        Assert.Equal(SignatureContent, store.ReadBlob(SignatureBlob.Descriptor, found));
    }

    [Theory]
    [InlineData(WithApi)]
    [InlineData(WithTags)]
    public void Oras_says_so_when_nothing_refers_to_an_artifact(string repository) =>
        Assert.Empty(Open("oras", $"{repository}@{SignatureDigest}").ListReferrers(Artifact.Manifest.Descriptor));

    [Theory]
    [InlineData("skopeo", "skopeo-tagschema-missing")]
    [InlineData("crane", "crane-tagschema-missing")]
    public void A_list_of_referrers_that_is_not_there_is_an_empty_one(string tool, string vector)
    {
        var tag = SignatureDigest.Replace(':', '-');
        var inspect = tool == "crane" ? "manifest --insecure " : "inspect --raw --tls-verify=false docker://";
        new RecordedTool(tool).Answer($"{inspect}{WithTags}:{tag}", vector, exitCode: 1).WriteTo(folder, tool);

        Assert.Empty(folder.Open(tool, $"{WithTags}@{SignatureDigest}").ListReferrers(Artifact.Manifest.Descriptor));
    }

    [Theory]
    [InlineData(
        "oras",
        "cp --from-oci-layout *@" + SignatureDigest + " --to-plain-http " + WithTags + "@" + SignatureDigest,
        "oras-push-signature-only"
    )]
    [InlineData("crane", "push --insecure * " + WithTags + "@" + SignatureDigest, "crane-tagschema-digest")]
    public void A_signature_is_pushed_from_a_layout_of_its_own_which_is_gone_afterwards(string tool, string command, string vector)
    {
        using var kept = new TemporaryFolder();
        var script = $"layout=\"${{3%@*}}\"; echo \"$layout\" > '{kept["path"]}'; cp -r \"$layout\" '{kept["layout"]}'";
        var standIn = new RecordedTool(tool, known: false).Answer(command, vector, before: script);
        if (tool == "crane")
            standIn.Answer($"manifest --insecure {WithTags}:{SubjectTag}", "skopeo-tagschema-referrers-tag");
        standIn.WriteTo(folder, tool);

        folder.Open(tool, $"{WithTags}:v1").Add(Artifact);

        Assert.False(Directory.Exists(File.ReadAllText(kept["path"]).TrimEnd()));
        Assert.Equal("""{"imageLayoutVersion":"1.0.0"}""", File.ReadAllText(kept["layout/oci-layout"]));
        Assert.Equal(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":["""
                + $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{SignatureDigest}}","size":{{SignatureManifest.Length}}}]}""",
            File.ReadAllText(kept["layout/index.json"])
        );
        Assert.Equal(SignatureManifest, File.ReadAllBytes(kept[$"layout/blobs/sha256/{SignatureDigest[7..]}"]));
        Assert.Equal(SignatureContent, File.ReadAllBytes(kept[$"layout/blobs/sha256/{SignatureBlob.Descriptor.Digest.Hex}"]));
    }

    [Fact]
    public void Crane_that_does_not_list_what_it_pushed_is_a_failure_that_says_what_to_use()
    {
        new RecordedTool("crane")
            .Answer($"push --insecure * {WithApi}@{SignatureDigest}", "crane-referrers-digest")
            .Answer($"manifest --insecure {WithApi}:{SubjectTag}", "crane-referrers-missing", exitCode: 1)
            .WriteTo(folder, "crane");

        var exception = Assert.Throws<InvalidInputException>(() => folder.Open("crane", $"{WithApi}:v1").Add(Artifact));

        Assert.Contains("does not list it", exception.Message, StringComparison.Ordinal);
        Assert.Contains("use oras", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oras", WithApi + ":none", "not found")]
    [InlineData("oras", WithTags + ":none", "not found")]
    [InlineData("oras", "127.0.0.1:5060/nothing/here:v1", "not found")]
    [InlineData("oras", "127.0.0.1:1/net-monitor:v1", "connection refused")]
    [InlineData("skopeo", WithTags + ":none", "manifest unknown")]
    [InlineData("skopeo", "127.0.0.1:5062/net-monitor:v1", "unauthorized: authentication required")]
    [InlineData("docker", WithTags + ":none", "no such manifest")]
    [InlineData("docker", "127.0.0.1:1/net-monitor:v1", "connection refused")]
    public void A_failure_is_told_with_the_command_and_in_the_words_of_the_tool(string tool, string reference, string words)
    {
        var exception = Assert.Throws<InvalidInputException>(() => Open(tool, reference).Resolve());

        Assert.StartsWith($"{tool} ", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{reference} failed with exit code 1: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Docker_says_what_it_cannot_do_and_which_tools_can()
    {
        var store = Open("docker", $"{WithTags}@{Subject}");
        Assert.Equal(SubjectContent, store.ReadManifest(store.Resolve()));

        foreach (
            var attempt in new Action[]
            {
                () => store.ListReferrers(SubjectDescriptor),
                () => store.Add(Artifact),
                () => store.ReadManifest(Artifact.Manifest.Descriptor),
                () => store.ReadBlob(SignatureBlob.Descriptor, Artifact.Manifest.Descriptor),
                () => Open("docker", $"{WithTags}:multi").Resolve(),
            }
        )
        {
            var exception = Assert.Throws<InvalidInputException>(attempt);
            Assert.StartsWith("docker cannot ", exception.Message, StringComparison.Ordinal);
            foreach (var name in new[] { "oras", "skopeo", "crane" })
                Assert.Contains(name, exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("oras", "manifest fetch --plain-http " + WithTags + "@" + SignatureDigest)]
    [InlineData("skopeo", "inspect --raw --tls-verify=false docker://" + WithTags + "@" + SignatureDigest)]
    [InlineData("crane", "manifest --insecure " + WithTags + "@" + SignatureDigest)]
    public void Content_of_another_digest_than_was_asked_for_is_refused(string tool, string command)
    {
        new RecordedTool(tool, known: false).Answer(command, "crane-tagschema-manifest").WriteTo(folder, tool);
        var store = folder.Open(tool, $"{WithTags}@{SignatureDigest}");

        Assert.Throws<InvalidInputException>(() => store.ReadManifest(Artifact.Manifest.Descriptor));
        if (tool != "oras")
            Assert.Contains("digest mismatch", Assert.Throws<InvalidInputException>(store.Resolve).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_descriptor_of_another_digest_than_was_asked_for_is_refused()
    {
        new RecordedTool("oras", known: false)
            .Answer($"manifest fetch --plain-http --descriptor {WithTags}@{SignatureDigest}", "oras-tagschema-manifest-fetch-descriptor")
            .WriteTo(folder, "oras");

        Assert.Contains(
            Subject,
            Assert.Throws<InvalidInputException>(folder.Open("oras", $"{WithTags}@{SignatureDigest}").Resolve).Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => folder.Dispose();

    // Beside what was recorded: the same answers for the digest that is meant by the tag, and for what the tag schema needs of a tool that was not
    // asked for it.
    private IRegistryStore Open(string tool, string reference)
    {
        var recorded = new RecordedTool(tool);
        foreach (var (repository, vector) in new[] { (WithApi, "referrers"), (WithTags, "tagschema") })
        {
            _ = tool switch
            {
                "oras" => recorded.Answer($"discover --plain-http --format json {repository}@{Subject}", $"oras-{vector}-discover-json"),
                "crane" => recorded
                    .Answer($"manifest --insecure {repository}:{SubjectTag}", "skopeo-tagschema-referrers-tag")
                    .Answer($"manifest --insecure {repository}@{SignatureDigest}", "oras-tagschema-manifest-fetch-signature"),
                "skopeo" => recorded.Answer(
                    $"inspect --raw --tls-verify=false docker://{repository}@{SignatureDigest}",
                    "oras-tagschema-manifest-fetch-signature"
                ),
                _ => recorded,
            };
        }

        recorded.WriteTo(folder, tool);
        return folder.Open(tool, reference);
    }
}
