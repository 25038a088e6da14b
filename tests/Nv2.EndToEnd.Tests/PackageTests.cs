using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Nv2.Testing;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/package.sh: the archives of a release.</summary>
public sealed class PackageTests(ReleaseArchives archives) : IClassFixture<ReleaseArchives>, IDisposable
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // The archive, the binary in it, and the license.
    private static readonly (string Archive, string Binary, string License)[] Contents =
    [
        ("nv2", "nv2", "LICENSE"),
        ("notation-nv2", "notation-nv2", "LICENSE"),
        ("docker-nv2", "docker-nv2", "LICENSE"),
        ("containerd-nv2", "image-verifier/bin/nv2", "image-verifier/LICENSE"),
    ];

    private static readonly string Version = ReleaseArchives.Version;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Each_archive_holds_the_binary_under_its_name_and_the_license()
    {
        foreach (var (archive, binary, license) in Contents)
        {
            var entries = Read(archives[archive]);

            Assert.All(
                entries,
                entry =>
                    Assert.Equal(
                        (TarEntryType.RegularFile, 0, 0, DateTimeOffset.UnixEpoch, entry.Name == binary ? Executable : Readable),
                        (entry.EntryType, entry.Uid, entry.Gid, entry.ModificationTime, entry.Mode)
                    )
            );
            Assert.Equal(
                new[] { binary, license }.Order(),
                entries.Select(entry => entry.Name).Where(name => !name.StartsWith("share/", StringComparison.Ordinal)).Order()
            );
            Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.Root, "LICENSE")), Content(entries.Single(entry => entry.Name == license)));
            Assert.Equal(File.ReadAllBytes(Nv2Binary.Path), Content(entries.Single(entry => entry.Name == binary)));
        }
    }

    [Fact]
    public void The_archive_of_the_program_has_its_man_pages_and_its_completion()
    {
        Assert.Subset(
            Read(archives["nv2"]).Select(entry => entry.Name).ToHashSet(),
            new HashSet<string>
            {
                "share/man/man1/nv2.1",
                "share/man/man1/nv2-verify.1",
                "share/bash-completion/completions/nv2",
                "share/zsh/site-functions/_nv2",
                "share/fish/vendor_completions.d/nv2.fish",
            }
        );
        Assert.All(Contents[1..], content => Assert.Equal(2, Read(archives[content.Archive]).Count));
    }

    [Fact]
    public void The_checksums_are_those_of_the_archives()
    {
        var result = Tool.Run("sha256sum", ["--strict", "-c", $"nv2_{Version}_checksums.txt"], workingDirectory: archives.Folder).RequireSuccess();

        Assert.Equal(string.Concat(Contents.Select(content => $"{Path.GetFileName(archives[content.Archive])}: OK\n")), result.Stdout);
        Assert.Equal(Contents.Length + 1, Directory.GetFiles(archives.Folder).Length);
    }

    [Fact]
    public void The_same_binary_makes_the_same_bytes_whoever_packs_it_where_and_when()
    {
        // Copied by cp: a file that this process has open for writing cannot be run while another test starts a process.
        Tool.Run("cp", [Nv2Binary.Path, folder["copy"]]).RequireSuccess();
        Tool.Run("touch", ["-d", "2001-02-03 04:05:06", folder["copy"]]).RequireSuccess();
        Tool.Run("chmod", ["0700", folder["copy"]]).RequireSuccess();
        var settings = new Dictionary<string, string?>
        {
            ["NV2_BINARY"] = folder["copy"],
            ["NV2_MAN_PAGES"] = archives.ManPages,
            ["TZ"] = "Asia/Kathmandu",
            ["LC_ALL"] = "C.UTF-8",
            ["TAR_OPTIONS"] = "--mode=0777",
            ["GZIP"] = "-1",
        };
        Tool.Run("bash", ["-c", $"umask 0077 && '{ReleaseArchives.Script}' other"], workingDirectory: folder.Path, environment: settings)
            .RequireSuccess();

        Assert.Equal(Contents.Length + 1, Directory.GetFiles(folder["other"]).Length);
        Assert.All(
            Directory.GetFiles(archives.Folder),
            file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folder["other"], Path.GetFileName(file))))
        );
    }

    [Fact]
    public void What_is_unpacked_is_a_plug_in_of_the_name_and_version_of_its_archive()
    {
        foreach (var (archive, binary, _) in Contents)
        {
            Directory.CreateDirectory(folder[archive]);
            Tool.Run("tar", ["-xzf", archives[archive], "-C", folder[archive]]).RequireSuccess();
        }

        foreach (var (archive, binary, _) in Contents.Where(content => content.Archive != "containerd-nv2"))
            Assert.Equal($"{Version}\n", Tool.Run(folder[$"{archive}/{binary}"], ["version"]).RequireSuccess().Stdout);

        var metadata = JsonNode.Parse(
            Tool.Run(folder["notation-nv2/notation-nv2"], ["get-plugin-metadata"], "{}"u8.ToArray()).RequireSuccess().Stdout
        )!;
        Assert.Equal(("nv2", Version), ((string)metadata["name"]!, (string)metadata["version"]!));
        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", Version);

        // notation takes whatever is executable for a plug-in, and refuses an archive that has two.
        Assert.Equal(
            ["notation-nv2"],
            Read(archives["notation-nv2"]).Where(entry => entry.Mode.HasFlag(UnixFileMode.UserExecute)).Select(entry => entry.Name)
        );

        // containerd runs whatever is in its folder, and takes any answer but exit code 0 for a refusal.
        Assert.Equal(["nv2"], Directory.GetFileSystemEntries(folder["containerd-nv2/image-verifier/bin"]).Select(Path.GetFileName));
        var digest = $"sha256:{new string('0', 64)}";
        var asked = Tool.Run(folder["containerd-nv2/image-verifier/bin/nv2"], ["-name", "example.com/app:v1", "-digest", digest]);
        Assert.Equal(1, asked.ExitCode);
        Assert.Single(asked.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_version_is_the_same_everywhere()
    {
        var properties = System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));

        Assert.Equal(Version, properties.Descendants("Version").Single().Value);
        Assert.Equal(Version, (string)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "plugin-manifest.json")))!["version"]!);
    }

    [Fact]
    public void A_signed_archive_is_installed_signs_verifies_and_is_removed_again()
    {
        var checksums = Path.Combine(archives.Folder, $"nv2_{Version}_checksums.txt");
        Directory.CreateDirectory(folder["release"]);
        foreach (var file in new[] { archives["nv2"], checksums, Path.Combine(Repository.Root, "scripts", "install.sh") })
            File.Copy(file, folder[$"release/{Path.GetFileName(file)}"]);
        string[] key = ["-k", Vectors.PathOf("keys/p384.key"), "-c", Vectors.PathOf("keys/p384.crt")];
        Nv2Binary.Run(["sign", "--blob", folder[$"release/{Path.GetFileName(checksums)}"], "--format", "jws", .. key]).RequireSuccess();
        var home = new Dictionary<string, string?> { ["HOME"] = folder["home"] };
        string[] script = [folder["release/install.sh"], "--prefix", folder["home/.local"]];
        Directory.CreateDirectory(folder["home"]);

        Tool.Run("sh", [.. script, "cli", $"docker={folder["home/docker"]}", "--root", Vectors.PathOf("keys/p384.crt")], environment: home)
            .RequireSuccess();

        var nv2 = folder["home/.local/bin/nv2"];
        Tool.Run(nv2, ["sign", .. key, "-o", folder["signature"], KeyCase.ManifestPath]).RequireSuccess();
        Tool.Run(nv2, ["verify", "-c", key[3], "-f", folder["signature"], KeyCase.ManifestPath]).RequireSuccess();
        Assert.Equal(1, Tool.Run(nv2, ["verify", "-c", Vectors.PathOf("keys/p256.crt"), "-f", folder["signature"], KeyCase.ManifestPath]).ExitCode);
        Tool.Run(folder["home/docker/docker-nv2"], ["docker-cli-plugin-metadata"]).RequireSuccess();
        Tool.Run("man", ["-M", folder["home/.local/share/man"], "-w", "nv2-verify"]).RequireSuccess();
        Tool.Run("sh", [.. script, "--uninstall"], environment: home).RequireSuccess();
        Assert.Empty(Directory.GetFileSystemEntries(folder["home"]));
    }

    [Fact]
    public void A_program_that_is_not_this_version_is_not_packed()
    {
        var settings = new Dictionary<string, string?> { ["NV2_BINARY"] = "/bin/echo", ["NV2_MAN_PAGES"] = archives.ManPages };
        var result = Tool.Run(ReleaseArchives.Script, ["out"], workingDirectory: folder.Path, environment: settings);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"expected {Version}, as in Directory.Build.props", result.Stderr, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    public void Dispose() => folder.Dispose();

    private static List<TarEntry> Read(string path)
    {
        var entries = new List<TarEntry>();
        using var reader = new TarReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.GetNextEntry(copyData: true) is { } entry)
            entries.Add(entry);
        return entries;
    }

    private static byte[] Content(TarEntry entry)
    {
        var content = new MemoryStream();
        entry.DataStream!.CopyTo(content);
        return content.ToArray();
    }
}
