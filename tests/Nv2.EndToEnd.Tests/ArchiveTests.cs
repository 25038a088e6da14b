using System.Text.Json;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Layouts and archives by the programs that move images: signed, verified, and read again by those programs.</summary>
public sealed class ArchiveTests : IDisposable
{
    private const string PodmanName = "localhost/net-monitor:v1";

    private readonly TemporaryFolder _folder = new();
    private readonly KeyCase _key = KeyCase.Named("p256");
    private readonly Podman _podman;

    public ArchiveTests() => _podman = new Podman(_folder);

    [Fact]
    public void What_podman_saves_is_signed_and_verified_in_a_pipe()
    {
        ImportImage();
        var digest = Shell(
            "podman save --quiet --format oci-archive NAME | nv2 sign KEY --oci-layout - -o - | tee signed.tar | nv2 verify CERT --oci-layout -"
        ).Stdout;

        Assert.Matches("^sha256:[0-9a-f]{64}\n$", digest);
        Assert.Equal(digest, Shell("nv2 verify CERT --allow-relocated --oci-layout signed.tar:NAME").Stdout);
        Assert.Contains(
            "no signature",
            ShellFails("podman save --quiet --format oci-archive NAME | nv2 verify CERT --oci-layout -").Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_podman_saved_and_was_signed_is_pulled_by_podman()
    {
        ImportImage();
        Shell("podman save --quiet --format oci-archive --output image.tar NAME && nv2 sign KEY --oci-layout image.tar");
        var id = _podman.Run("pull", "--quiet", $"oci-archive:{_folder["image.tar"]}:{PodmanName}").RequireSuccess().Stdout.Trim();

        Assert.Equal(_podman.Id(PodmanName), id);
    }

    [Fact]
    public void An_archive_by_skopeo_is_signed_in_its_place_and_read_by_skopeo()
    {
        var layout = ImageLayout.Create(_folder);
        Shell("skopeo copy oci:layout:v1 oci-archive:image.tar:v1 && nv2 sign KEY --oci-layout image.tar");

        Assert.Equal(DigestOf(layout), Shell("nv2 verify CERT --oci-layout image.tar").Stdout.Trim());
        Shell("skopeo copy oci-archive:image.tar:v1 dir:copied");
        Assert.Equal(layout.Manifest, File.ReadAllBytes(_folder["copied/manifest.json"]));
    }

    [Fact]
    public void A_signed_layout_is_read_and_tidied_by_umoci_and_keeps_its_signature()
    {
        var layout = ImageLayout.Create(_folder);
        var digest = DigestOf(layout);
        Shell("nv2 sign KEY --oci-layout layout:v1");

        Assert.Equal("v1\n", Shell("umoci ls --layout layout").Stdout);
        Assert.Contains("LAYER", Shell("umoci stat --image layout:v1").Stdout, StringComparison.Ordinal);
        Shell("umoci unpack --rootless --image layout:v1 unpacked");
        Assert.True(File.Exists(_folder["unpacked/rootfs/bin/net-monitor"]));

        // What nothing in the index leads to is removed; the signature is in the index. A new tag makes umoci write the index anew.
        Shell("umoci gc --layout layout && umoci tag --image layout:v1 again");
        Assert.Equal(digest, Shell("nv2 verify CERT --oci-layout layout:v1").Stdout.Trim());
        Assert.Equal(digest, Shell("nv2 verify CERT --oci-layout layout:again").Stdout.Trim());
        Shell("skopeo copy oci:layout:v1 dir:copied");
    }

    [Fact]
    public void What_docker_saves_from_containerd_s_store_is_verified_with_the_platform_that_is_there()
    {
        var (tar, index, platform) = DockerArchive.OfContainerd();
        _folder.Write("image.tar", tar);
        Shell("nv2 sign KEY --oci-layout image.tar:app:v1 -o signed.tar");

        var verified = Shell("nv2 verify CERT --oci-layout - <signed.tar");
        Assert.Equal($"{LayoutContent.DigestIn(index)}\n", verified.Stdout);
        Assert.Contains("2 of the manifests of the index", verified.Stderr, StringComparison.Ordinal);
        Assert.Contains(
            "no signature",
            ShellFails($"nv2 verify CERT --oci-layout signed.tar@{LayoutContent.DigestIn(platform)}").Stderr,
            StringComparison.Ordinal
        );

        Shell("nv2 sign KEY --recursive --oci-layout image.tar");
        Assert.Equal(
            $"{LayoutContent.DigestIn(platform)}\n",
            Shell($"nv2 verify CERT --oci-layout image.tar@{LayoutContent.DigestIn(platform)}").Stdout
        );
    }

    [Fact]
    public void What_docker_saves_from_its_older_store_is_signed_and_still_loaded_by_its_manifest()
    {
        var (tar, image) = DockerArchive.OfGraphDriver();
        _folder.Write("image.tar", tar);
        var before = Shell("skopeo inspect --raw docker-archive:image.tar:app:v1").Stdout;

        Shell("nv2 sign KEY --oci-layout - -o signed.tar <image.tar");

        Assert.Equal($"{LayoutContent.DigestIn(image)}\n", Shell("nv2 verify CERT --oci-layout signed.tar:app:v1").Stdout);
        Assert.Equal($"{LayoutContent.DigestIn(image)}\n", Shell("gzip --stdout signed.tar | nv2 verify CERT --oci-layout -").Stdout);
        Assert.Equal(before, Shell("skopeo inspect --raw docker-archive:signed.tar:app:v1").Stdout);
        var loaded = Shell("podman load --quiet --input signed.tar").Stdout;
        Assert.Equal(JsonNode.Parse(before)!["config"]!["digest"]!.GetValue<string>(), $"sha256:{_podman.Id(loaded.Trim().Split(' ')[^1])}");
    }

    [Fact]
    public void An_archive_from_which_docker_would_load_another_image_than_is_signed_is_refused()
    {
        _folder.Write(
            "image.tar",
            DockerArchive.OfTwoMinds(
                (layout, image) =>
                {
                    var signed = layout.WriteTo(_folder["layout"]);
                    Nv2Binary.Run(["sign", "-k", _key.KeyPath, "-c", _key.CertificatePath, "--oci-layout", signed]).RequireSuccess();
                    var entry = JsonNode.Parse(File.ReadAllBytes(Path.Combine(signed, LayoutContent.IndexFile)))!["manifests"]![1]!.AsObject();
                    foreach (var blob in Directory.EnumerateFiles(Path.Combine(signed, "blobs", "sha256")))
                        layout.AddBlob(LayoutContent.LayerType, File.ReadAllBytes(blob));
                    return layout.List(entry);
                }
            )
        );

        Assert.Contains("manifest.json", ShellFails("nv2 verify CERT --oci-layout image.tar").Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_an_index_every_platform_is_signed_and_verified_alone()
    {
        var content = new LayoutContent();
        var platforms = new[] { "amd64", "arm64", "riscv64" }.Select(name => content.AddImage(name)).ToList();
        var index = content.AddIndex(platforms);
        content.List(index, "v1").WriteTo(_folder["layout"]);

        var signed = Shell("nv2 sign KEY --recursive --oci-layout layout:v1").Stdout;

        Assert.Equal([LayoutContent.DigestIn(index), .. platforms.Select(LayoutContent.DigestIn)], signed.TrimEnd().Split('\n'));
        foreach (var digest in signed.TrimEnd().Split('\n'))
            Assert.Equal(digest, Shell($"nv2 verify CERT --all --oci-layout layout@{digest}").Stdout.Trim());
        Shell("skopeo copy --all oci:layout:v1 dir:copied");

        var listed = JsonElement.Parse(Shell("nv2 list --json --oci-layout layout:v1").Stdout);
        Assert.Equal(1, listed.GetProperty("signatures").GetArrayLength());
        Assert.All(
            listed.GetProperty("manifests").EnumerateArray(),
            platform => Assert.Equal(1, platform.GetProperty("signatures").GetArrayLength())
        );
        Assert.Equal(3, listed.GetProperty("manifests").GetArrayLength());
    }

    [Fact]
    public void A_name_with_a_digest_is_the_index_s_alone()
    {
        var content = new LayoutContent();
        var platform = content.AddImage("amd64");
        var index = content.AddIndex(platform);
        content.List(index).WriteTo(_folder["layout"]);
        var name = $"{KeyCase.Registry}/app@{LayoutContent.DigestIn(index)}";

        Shell($"nv2 sign KEY --recursive -r {KeyCase.Registry}/app:v1 -r {name} --oci-layout layout");

        Shell($"nv2 verify CERT -r {name} --oci-layout layout");
        Shell($"nv2 verify CERT -r {KeyCase.Registry}/app:v1 --oci-layout layout@{LayoutContent.DigestIn(platform)}");
        ShellFails($"nv2 verify CERT -r {name} --oci-layout layout@{LayoutContent.DigestIn(platform)}");
    }

    public void Dispose() => _folder.Dispose();

    // umoci writes one.
    private static string DigestOf(ImageLayout layout) => JsonElement.Parse(layout.Descriptor).GetProperty("digest").GetString()!;

    private void ImportImage() => _podman.Import(ImageLayout.Create(_folder).Folder, ImageLayout.Tag, PodmanName);

    private ProcessResult Shell(string line) => Run(line).RequireSuccess();

    private ProcessResult ShellFails(string line)
    {
        var result = Run(line);
        Assert.True(result.ExitCode == 1 && result.StdoutBytes.Length == 0, $"{line}: {result.ExitCode}: {result.Stdout}{result.Stderr}");
        return result;
    }

    // Pipes as in a shell, in which the words in capitals and the programs are defined.
    private ProcessResult Run(string line) =>
        Tool.Run(
            "bash",
            [
                "-c",
                $$"""
                set -o pipefail
                nv2() { "$NV2" "$@"; }
                podman() { command {{string.Join(' ', _podman.Command)}} "$@"; }
                skopeo() { if [ "$1" = copy ]; then command skopeo --insecure-policy "$@"; else command skopeo "$@"; fi; }
                {{line.Replace("KEY", "-k \"$KEY_FILE\" -c \"$CERT_FILE\"", StringComparison.Ordinal).Replace(
                    " CERT ",
                    " -c \"$CERT_FILE\" ",
                    StringComparison.Ordinal
                ).Replace("NAME", PodmanName, StringComparison.Ordinal)}}
                """,
            ],
            workingDirectory: _folder.Path,
            environment: new Dictionary<string, string?>
            {
                ["NV2"] = Nv2Binary.Path,
                ["KEY_FILE"] = _key.KeyPath,
                ["CERT_FILE"] = _key.CertificatePath,
            }
        );
}
