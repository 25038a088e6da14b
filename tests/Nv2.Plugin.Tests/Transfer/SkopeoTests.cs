using System.Text;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>The whole round through the real skopeo, with a real registry that keeps referrers by the tag schema.</summary>
public sealed class SkopeoTests : IDisposable
{
    private const string Repository = "net-monitor";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";

    private static readonly string? RealSkopeo = ProgramSearch.Find("skopeo", Environment.GetEnvironmentVariable("PATH"));

    private readonly DockerRegistry registry = new();

    [Fact]
    public void An_artifact_is_found_by_its_tag_and_by_its_digest()
    {
        var content = registry.PutImage(Repository, "v1");
        var expected = Blob.Of(MediaType.OciManifest, content).Descriptor;

        foreach (var suffix in new[] { ":v1", $"@{expected.Digest}", $":v1@{expected.Digest}", $":gone@{expected.Digest}" })
            Assert.Equal(expected, Open(suffix).Resolve());
        Assert.Equal(content, Open().ReadManifest(expected));
    }

    [Fact]
    public void A_tag_is_looked_up_once()
    {
        registry.PutImage(Repository, "v1");
        var store = Open();
        var first = store.Resolve();

        registry.PutImage(Repository, "v1", "another layer");

        Assert.Equal(first, store.Resolve());
        Assert.NotEqual(first, Open().Resolve());
    }

    [Fact]
    public void An_index_is_found_as_an_index()
    {
        var image = Blob.Of(MediaType.OciManifest, registry.PutImage(Repository, "v1")).Descriptor;
        var content = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[{{Json(image)}}]}""");
        registry.PutManifest(Repository, "all", IndexType, content);

        Assert.Equal(Blob.Of(MediaType.OciIndex, content).Descriptor, Open(":all").Resolve());
    }

    [Fact]
    public void Signatures_are_pushed_listed_and_read_back()
    {
        registry.PutImage(Repository, "v1");
        var store = Open();
        var subject = store.Resolve();
        Assert.Empty(store.ListReferrers(subject));

        SignatureArtifact[] signatures = [Sign(subject, "first"), Sign(subject, "second"), Sign(subject, "third")];
        for (var count = 0; count < signatures.Length; count++)
        {
            store.Add(signatures[count]);
            Assert.Equal(signatures[..(count + 1)].Select(signature => signature.Manifest.Descriptor), Open().ListReferrers(subject));
        }

        foreach (var signature in signatures)
        {
            Assert.Equal(signature.Manifest.Content, store.ReadManifest(signature.Manifest.Descriptor));
            Assert.Equal(signature.Blobs[0].Content, store.ReadBlob(signature.Blobs[0].Descriptor, signature.Manifest.Descriptor));
        }

        Assert.Empty(store.ListReferrers(signatures[0].Manifest.Descriptor));
    }

    [Fact]
    public void A_signature_that_is_there_already_is_not_listed_twice()
    {
        registry.PutImage(Repository, "v1");
        var store = Open();
        var signature = Sign(store.Resolve(), "same");

        store.Add(signature);
        store.Add(signature);

        Assert.Single(store.ListReferrers(signature.Subject));
    }

    [Fact]
    public void A_signature_that_is_a_layer_is_read_too()
    {
        registry.PutImage(Repository, "v1");
        var store = Open();
        var layer = Blob.Of(MediaType.Parse("application/jose+json"), "{}\n"u8.ToArray());
        var config = Blob.Of(MediaType.Parse("application/vnd.oci.empty.v1+json"), "{}"u8.ToArray());
        const string Kind = "application/vnd.cncf.notary.signature";
        var manifest = Encoding.UTF8.GetBytes(
            $$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","artifactType":"{{Kind}}",
             "config":{{Json(config.Descriptor)}},"layers":[{{Json(layer.Descriptor)}}],"subject":{{Json(store.Resolve())}}}
            """
        );
        var signature = new SignatureArtifact(Blob.Of(MediaType.OciManifest, manifest), MediaType.Parse(Kind), store.Resolve(), [config, layer]);

        store.Add(signature);

        Assert.Equal(layer.Content, store.ReadBlob(layer.Descriptor, signature.Manifest.Descriptor));
    }

    [Fact]
    public void What_a_manifest_names_is_not_fetched_when_it_is_large()
    {
        registry.PutImage(Repository, "v1");
        var store = Open();
        var layer = Blob.Of(MediaType.Parse("application/jose+json"), "{}\n"u8.ToArray());
        registry.PutBlob(Repository, layer.Content.ToArray());
        var config = registry.PutBlob(Repository, "config"u8.ToArray());
        var manifest = Encoding.UTF8.GetBytes(
            $$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}",
             "config":{"mediaType":"a/b","digest":"{{config}}","size":9999999999},"layers":[{{Json(layer.Descriptor)}}]}
            """
        );
        registry.PutManifest(Repository, null, MediaType.OciManifest.ToString(), manifest);

        var message = Refused(() => store.ReadBlob(layer.Descriptor, Blob.Of(MediaType.OciManifest, manifest).Descriptor));

        Assert.Contains("is larger than 4194304 bytes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_others_attached_stays_as_they_listed_it()
    {
        var image = registry.PutImage(Repository, "v1");
        var store = Open();
        var subject = store.Resolve();
        var foreign =
            $$"""{"annotations":{"z":"1","a":"2"},"mediaType":"{{MediaType.OciManifest}}","size":{{image.Length}},"digest":"{{subject.Digest}}"}""";
        registry.PutManifest(
            Repository,
            ReferrersTag.Of(subject.Digest),
            IndexType,
            Encoding.UTF8.GetBytes(
                $$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","annotations":{"made":"elsewhere"},"manifests":[{{foreign}}]}"""
            )
        );
        var signature = Sign(subject, "mine");

        store.Add(signature);

        var list = StrictJson.Parse(registry.GetManifest(Repository, ReferrersTag.Of(subject.Digest)), "the list");
        Assert.Equal("elsewhere", list.Required("annotations").Required("made").Text());
        var entries = list.Required("manifests").Array(2);
        Assert.Equal(foreign, Encoding.UTF8.GetString(entries[0].RawBytes()));
        Assert.Equal(signature.Manifest.Descriptor, Descriptor.Read(entries[1]));
    }

    [Fact]
    public void A_list_that_this_skopeo_cannot_write_in_full_is_left_as_it_is()
    {
        var image = registry.PutImage(Repository, "v1");
        var store = Open();
        var subject = store.Resolve();
        var before = Encoding.UTF8.GetBytes(
            $$"""
            {"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[
             {"mediaType":"{{MediaType.OciManifest}}","digest":"{{subject.Digest}}","size":{{image.Length}},
              "artifactType":"application/vnd.example.sbom"}]}
            """
        );
        registry.PutManifest(Repository, ReferrersTag.Of(subject.Digest), IndexType, before);
        var signature = Sign(subject, "mine");

        var refusal = Record.Exception(() => store.Add(signature));

        var after = registry.GetManifest(Repository, ReferrersTag.Of(subject.Digest));
        if (refusal is null)
        {
            // skopeo 1.16 or later.
            var entries = StrictJson.Parse(after, "the list").Required("manifests").Array(2);
            Assert.Equal(
                ["application/vnd.example.sbom", signature.ArtifactType.ToString()],
                entries.Select(entry => entry.Required("artifactType").Text())
            );
            return;
        }

        Assert.Contains("use skopeo 1.16 or later, or oras", Assert.IsType<InvalidInputException>(refusal).Message, StringComparison.Ordinal);
        Assert.Equal(before, after);
    }

    [Fact]
    public void Of_signatures_that_are_pushed_at_once_none_is_lost()
    {
        registry.PutImage(Repository, "v1");
        var subject = Open().Resolve();
        var signatures = new[] { "one", "two" }.Select(text => Sign(subject, text)).ToArray();

        Parallel.ForEach(signatures, signature => Open().Add(signature));

        Assert.Equal(
            signatures.Select(signature => signature.Manifest.Descriptor.Digest.ToString()).Order(StringComparer.Ordinal),
            Open().ListReferrers(subject).Select(entry => entry.Digest.ToString()).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(Repository + ":none")]
    [InlineData("nothing/here:v1")]
    [InlineData(Repository + "@sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_not_there_is_said_not_to_be_there_in_the_words_of_skopeo(string name)
    {
        registry.PutImage(Repository, "v1");

        var message = Refused(() => OpenAt($"{registry.Address}/{name}").Resolve());

        Assert.StartsWith(
            $"skopeo inspect --raw --tls-verify=false docker://{registry.Address}/{name} failed with exit code 1: ",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("manifest unknown", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_that_does_not_answer_is_a_failure_and_not_an_empty_list()
    {
        registry.PutImage(Repository, "v1");
        var store = Open();
        var subject = store.Resolve();
        registry.Dispose();

        Assert.Contains("connection refused", Refused(() => store.ListReferrers(subject)), StringComparison.Ordinal);
        Assert.Contains("connection refused", Refused(() => store.Add(Sign(subject, "any"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("right")]
    public void Credentials_are_those_of_skopeo(string? password)
    {
        using var closed = new DockerRegistry("alice", "right");
        closed.PutImage(Repository, "v1");
        using var tools = new ToolFolder();
        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"alice:{password}"));
        var login = password is null ? "{}" : $$"""{"auths":{"{{closed.Address}}":{"auth":"{{secret}}"} } }""";
        File.WriteAllText(Path.Combine(tools.Path, "auth.json"), login);
        tools.Write("skopeo", $"REGISTRY_AUTH_FILE='{tools.Path}/auth.json' exec '{RealSkopeo}' \"$@\"");
        var store = tools.Open("skopeo", $"{closed.Address}/{Repository}:v1");

        if (password == "right")
        {
            store.Add(Sign(store.Resolve(), "signature"));
            Assert.Single(store.ListReferrers(store.Resolve()));
            return;
        }

        Assert.Contains("authentication required", Refused(() => store.Resolve()), StringComparison.Ordinal);
        var subject = Blob.Of(MediaType.OciManifest, closed.GetManifest(Repository, "v1")).Descriptor;
        Assert.Contains("authentication required", Refused(() => store.ListReferrers(subject)), StringComparison.Ordinal);
        Assert.Contains("authentication required", Refused(() => store.Add(Sign(subject, "signature"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_in_the_folder_for_temporary_files()
    {
        registry.PutImage(Repository, "v1");
        using var temporary = new TemporaryFolder();
        using var tools = new ToolFolder();
        tools.Write(
            "skopeo",
            $$"""
            for argument in "$@"; do case $argument in oci:*) echo "${argument#oci:}" >> '{{temporary["layouts"]}}' ;; esac; done
            exec '{{RealSkopeo}}' "$@"
            """
        );
        var store = tools.Open("skopeo", $"{registry.Address}/{Repository}:v1");

        store.Add(Sign(store.Resolve(), "signature"));

        var layouts = File.ReadAllLines(temporary["layouts"]);
        Assert.InRange(layouts.Length, 2, 3);
        Assert.All(layouts, layout => Assert.False(Directory.Exists(layout)));
    }

    public void Dispose() => registry.Dispose();

    private static string Refused(Action action) => Assert.Throws<InvalidInputException>(action).Message;

    private static string Json(Descriptor descriptor) =>
        $$"""{"mediaType":"{{descriptor.MediaType}}","digest":"{{descriptor.Digest}}","size":{{descriptor.Size}}}""";

    private static SignatureArtifact Sign(Descriptor subject, string signature) =>
        SignatureArtifact.Create(SignatureFormats.Default, Encoding.UTF8.GetBytes(signature), subject);

    private static IRegistryStore OpenAt(string reference) => TransferTools.Open("skopeo", Reference.Parse(reference), ToolFolder.Settings());

    private IRegistryStore Open(string suffix = ":v1") => OpenAt($"{registry.Address}/{Repository}{suffix}");
}
