using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Nv2.Testing;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/package.sh: the archives of a release.</summary>
public sealed class PackageTests : IDisposable
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly string[] Programs = ["nv2", "notation-nv2", "docker-nv2"];

    private static readonly string Script = Path.Combine(Repository.Root, "scripts", "package.sh");

    private static readonly string Version = Nv2Binary.Run("--version").RequireSuccess().Stdout.Trim();

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Each_archive_holds_the_binary_under_its_name_and_the_license()
    {
        Package("out");

        Assert.Equal(Programs, Archives("out").Select(archive => archive.Program));
        foreach (var (program, path) in Archives("out"))
        {
            var entries = Read(path);
            Assert.Equal([("LICENSE", Readable), (program, Executable)], entries.Select(entry => (entry.Name, entry.Mode)));
            Assert.All(
                entries,
                entry =>
                    Assert.Equal(
                        (TarEntryType.RegularFile, 0, 0, DateTimeOffset.UnixEpoch),
                        (entry.EntryType, entry.Uid, entry.Gid, entry.ModificationTime)
                    )
            );
            Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.Root, "LICENSE")), Content(entries[0]));
            Assert.Equal(File.ReadAllBytes(Nv2Binary.Path), Content(entries[1]));
        }
    }

    [Fact]
    public void The_checksums_are_those_of_the_archives()
    {
        Package("out");
        var result = Tool.Run("sha256sum", ["--strict", "-c", $"nv2_{Version}_checksums.txt"], workingDirectory: folder["out"]).RequireSuccess();

        Assert.Equal(string.Concat(Archives("out").Select(archive => $"{Path.GetFileName(archive.Path)}: OK\n")), result.Stdout);
        Assert.Equal(Programs.Length + 1, Directory.GetFiles(folder["out"]).Length);
    }

    [Fact]
    public void The_same_binary_makes_the_same_bytes_whoever_packs_it_where_and_when()
    {
        Package("one");

        // Copied by cp: a file that this process has open for writing cannot be run while another test starts a process.
        Tool.Run("cp", [Nv2Binary.Path, folder["copy"]]).RequireSuccess();
        Tool.Run("touch", ["-d", "2001-02-03 04:05:06", folder["copy"]]).RequireSuccess();
        Tool.Run("chmod", ["0700", folder["copy"]]).RequireSuccess();
        var settings = new Dictionary<string, string?>
        {
            ["NV2_BINARY"] = folder["copy"],
            ["TZ"] = "Asia/Kathmandu",
            ["LC_ALL"] = "C.UTF-8",
            ["TAR_OPTIONS"] = "--mode=0777",
            ["GZIP"] = "-1",
        };
        Tool.Run("bash", ["-c", $"umask 0077 && '{Script}' other"], workingDirectory: folder.Path, environment: settings).RequireSuccess();

        Assert.Equal(Programs.Length + 1, Directory.GetFiles(folder["other"]).Length);
        Assert.All(
            Directory.GetFiles(folder["one"]),
            file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folder["other"], Path.GetFileName(file))))
        );
    }

    [Fact]
    public void What_is_unpacked_is_a_plug_in_of_the_name_and_version_of_its_archive()
    {
        Package("out");
        foreach (var (program, path) in Archives("out"))
        {
            Directory.CreateDirectory(folder[program]);
            Tool.Run("tar", ["-xzf", path, "-C", folder[program]]).RequireSuccess();
            Assert.Equal($"{Version}\n", Tool.Run(folder[$"{program}/{program}"], ["version"]).RequireSuccess().Stdout);
        }

        var metadata = JsonNode.Parse(
            Tool.Run(folder["notation-nv2/notation-nv2"], ["get-plugin-metadata"], "{}"u8.ToArray()).RequireSuccess().Stdout
        )!;
        Assert.Equal(("nv2", Version), ((string)metadata["name"]!, (string)metadata["version"]!));
        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", Version);

        // notation takes whatever is executable for a plug-in, and refuses an archive that has two.
        Assert.Equal(
            ["notation-nv2"],
            Read(Archives("out")[1].Path).Where(entry => entry.Mode.HasFlag(UnixFileMode.UserExecute)).Select(entry => entry.Name)
        );
    }

    [Fact]
    public void The_version_is_the_same_everywhere()
    {
        var properties = System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));

        Assert.Equal(Version, properties.Descendants("Version").Single().Value);
        Assert.Equal(Version, (string)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "plugin-manifest.json")))!["version"]!);
    }

    [Fact]
    public void A_program_that_is_not_this_version_is_not_packed()
    {
        var result = Run("out", "/bin/echo");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"expected {Version}, as in Directory.Build.props", result.Stderr, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    public void Dispose() => folder.Dispose();

    private void Package(string output) => Run(output, Nv2Binary.Path).RequireSuccess();

    private ProcessResult Run(string output, string binary) =>
        Tool.Run(Script, [output], workingDirectory: folder.Path, environment: new Dictionary<string, string?> { ["NV2_BINARY"] = binary });

    private List<(string Program, string Path)> Archives(string output)
    {
        var architecture =
            System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
        return [.. Programs.Select(program => (program, folder[$"{output}/{program}_{Version}_linux_{architecture}.tar.gz"]))];
    }

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
