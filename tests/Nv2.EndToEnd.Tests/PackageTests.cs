using System.Formats.Tar;
using System.IO.Compression;
using Nv2.Testing;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/package.sh: the archives of a release.</summary>
public sealed class PackageTests : IDisposable
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly string Version = Nv2Binary.Run("--version").RequireSuccess().Stdout.Trim();

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Each_archive_holds_the_binary_under_its_name_and_the_license()
    {
        Package("out");

        Assert.Equal(["nv2", "notation-nv2"], Archives("out").Select(archive => archive.Program));
        foreach (var (program, path) in Archives("out"))
        {
            var entries = Read(path);
            Assert.Equal([("LICENSE", Readable), (program, Executable)], entries.Select(entry => (entry.Name, entry.Mode)));
            Assert.All(entries, entry => Assert.Equal((TarEntryType.RegularFile, 0, 0, DateTimeOffset.UnixEpoch), (entry.EntryType, entry.Uid, entry.Gid, entry.ModificationTime)));
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
        Assert.Equal(3, Directory.GetFiles(folder["out"]).Length);
    }

    [Fact]
    public void The_same_binary_makes_the_same_bytes()
    {
        Package("one");
        Package("other");

        Assert.All(Directory.GetFiles(folder["one"]), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folder["other"], Path.GetFileName(file)))));
    }

    [Fact]
    public void What_is_unpacked_answers_as_a_plug_in()
    {
        Package("out");
        Tool.Run("tar", ["-xzf", Archives("out")[1].Path], workingDirectory: folder.Path).RequireSuccess();

        Assert.Contains("\"name\":\"nv2\"", Tool.Run(folder["notation-nv2"], ["get-plugin-metadata"], "{}"u8.ToArray()).RequireSuccess().Stdout, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private void Package(string output) => Tool.Run(
        Path.Combine(Repository.Root, "scripts", "package.sh"), [output], workingDirectory: folder.Path, environment: new Dictionary<string, string?> { ["NV2_BINARY"] = Nv2Binary.Path }).RequireSuccess();

    private List<(string Program, string Path)> Archives(string output)
    {
        var architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
        return [.. new[] { "nv2", "notation-nv2" }.Select(program => (program, folder[$"{output}/{program}_{Version}_linux_{architecture}.tar.gz"]))];
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
