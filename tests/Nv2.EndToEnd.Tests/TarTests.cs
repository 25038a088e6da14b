using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Layouts in tars as GNU tar and git write them: what changes no content is read, and the rest is refused by its name.</summary>
public sealed class TarTests : IDisposable
{
    private static readonly KeyCase Key = EnvelopeFile.Key("p256");

    private readonly TemporaryFolder folder = new();
    private readonly ImageLayout layout;
    private readonly string smallestBlob;

    public TarTests()
    {
        layout = ImageLayout.Create(folder);
        smallestBlob = Directory.GetFiles(Path.Combine(layout.Folder, "blobs", "sha256")).OrderBy(file => new FileInfo(file).Length).First();
        Nv2Binary.Run("sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "--oci-layout", layout.Folder).RequireSuccess();
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--format=v7")]
    [InlineData("--format=oldgnu")]
    [InlineData("--format=ustar", "--owner=a:2097151")]
    [InlineData("--format=gnu", "--owner=a:2097152", "--group=a:3000000000")]
    [InlineData("--format=gnu", "--owner=a:4294967294", "--group=a:4294967294")]
    [InlineData("--format=pax", "--owner=a:4294967294", "--group=a:3000000000")]
    [InlineData("--format=gnu", "--mtime=1960-01-01")]
    [InlineData("--format=gnu", "--mtime=2300-01-01")]
    [InlineData("--format=pax", "--mtime=1960-01-01 00:00:00.5")]
    [InlineData("--format=pax", "--pax-option=globexthdr.name=global,comment=built by ci")]
    [InlineData("--format=pax", "--pax-option=mtime={2020-01-01},uid=5")]
    [InlineData("--format=pax", "--pax-option=exthdr.name=%d/x/%f,delete=atime", "--xattrs")]
    [InlineData("--format=gnu", "--label=release 1")]
    [InlineData("--format=pax", "--label=release 1")]
    [InlineData("--format=gnu", "--incremental")]
    [InlineData("--format=gnu", "--blocking-factor=2048")]
    public void What_changes_no_content_is_read_and_kept(params string[] options)
    {
        Tar([.. options]);

        Verify();
        var signed = Nv2Binary
            .Run("sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "--oci-layout", folder["app.tar"], "-o", folder["signed.tar"])
            .RequireSuccess();
        Assert.StartsWith("sha256:", signed.Stdout, StringComparison.Ordinal);
        Tool.Run("tar", ["-xf", folder["signed.tar"], "--no-same-owner", "-C", Directory.CreateDirectory(folder["unpacked"]).FullName])
            .RequireSuccess();
        Nv2Binary.Run("verify", "-c", Key.CertificatePath, "--all", "--oci-layout", folder["unpacked"]).RequireSuccess();
    }

    [Fact]
    public void A_tar_by_git_archive_is_read()
    {
        string[] git = ["-C", layout.Folder, "-c", "user.name=a", "-c", "user.email=a@example.com"];
        Tool.Run("git", [.. git, "init", "-q"]).RequireSuccess();
        Tool.Run("git", [.. git, "add", "-A"]).RequireSuccess();
        Tool.Run("git", [.. git, "commit", "-q", "-m", "layout"]).RequireSuccess();
        Tool.Run("git", [.. git, "archive", "-o", folder["app.tar"], "HEAD"]).RequireSuccess();

        Verify();
    }

    [Theory]
    [InlineData("v7")]
    [InlineData("ustar")]
    [InlineData("gnu")]
    [InlineData("pax")]
    public void A_file_of_several_names_is_read_under_each(string format)
    {
        // tar writes the first name as the file, and the others as links to it: the blob itself becomes one.
        HardLink(smallestBlob, Path.Combine(layout.Folder, "a-name"));
        HardLink(smallestBlob, Path.Combine(layout.Folder, "z-name"));
        if (format is "gnu" or "pax")
        {
            var sha512 = Directory.CreateDirectory(Path.Combine(layout.Folder, "blobs", "sha512")).FullName;
            HardLink(
                smallestBlob,
                Path.Combine(sha512, Convert.ToHexStringLower(System.Security.Cryptography.SHA512.HashData(File.ReadAllBytes(smallestBlob))))
            );
        }

        Tar($"--format={format}", "--sort=name");
        Assert.Contains(" link to ", Tool.Run("tar", ["-tvf", folder["app.tar"]]).RequireSuccess().Stdout, StringComparison.Ordinal);

        Verify();
    }

    [Fact]
    public void A_link_to_other_content_does_not_verify()
    {
        var layers = Directory.GetFiles(Path.Combine(layout.Folder, "blobs", "sha256")).OrderByDescending(file => new FileInfo(file).Length).ToList();
        File.Copy(layers[1], Path.Combine(layout.Folder, "a-name"));
        File.Delete(layers[0]);
        HardLink(Path.Combine(layout.Folder, "a-name"), layers[0]);
        Tar("--format=gnu", "--sort=name");

        Refused("another digest|has \\d+ bytes: expected");
    }

    [Theory]
    [InlineData("index.json", "its index.json is a hard link: expected a file")]
    [InlineData("oci-layout", "its oci-layout is a hard link: expected a file")]
    public void A_file_of_the_layout_is_no_link(string name, string failure)
    {
        HardLink(Path.Combine(layout.Folder, name), Path.Combine(layout.Folder, "a-name"));
        Tar("--format=gnu", "--sort=name");

        Refused(failure);
    }

    [Fact]
    public void A_link_whose_target_is_not_in_the_tar_is_refused_by_its_name()
    {
        HardLink(smallestBlob, Path.Combine(layout.Folder, "z-name"));
        Tool.Run("tar", ["-C", layout.Folder, "-cf", folder["app.tar"], "--sort=name", "."]).RequireSuccess();
        Tool.Run("tar", ["--delete", "-f", folder["app.tar"], $"./blobs/sha256/{Path.GetFileName(smallestBlob)}"]).RequireSuccess();

        Refused("\"./z-name\" is a hard link to .*: expected exactly one such file before it in the tar");
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=oldgnu")]
    [InlineData("--format=pax", "--sparse-version=0.0")]
    [InlineData("--format=pax", "--sparse-version=0.1")]
    [InlineData("--format=pax", "--sparse-version=1.0")]
    public void A_sparse_file_is_refused_by_its_name(params string[] options)
    {
        using (var file = File.Create(Path.Combine(layout.Folder, "holes")))
            file.SetLength(1024 * 1024);
        Tar(["--sparse", .. options]);

        Refused("its entry \"./holes\" is a sparse file.*without --sparse");
    }

    [Theory]
    [InlineData("--pax-option=path=evil", "a global header of the tar changes the name")]
    [InlineData("--pax-option=linkpath=evil", "a global header of the tar changes the name")]
    [InlineData("--pax-option=size=1", "a global header of the tar changes the name")]
    [InlineData("--pax-option=globexthdr.name=index.json,comment=x", "\"index.json\" is a file of the layout to some programs")]
    public void A_global_header_that_changes_entries_is_refused(string option, string failure)
    {
        Tar("--format=pax", option);

        Refused(failure);
    }

    [Fact]
    public void A_symbolic_link_and_a_pipe_are_refused_by_their_names()
    {
        File.CreateSymbolicLink(Path.Combine(layout.Folder, "aside"), "blobs");
        Tar("--format=gnu");
        Refused("its entry \"./aside\" is a symbolic link to \"blobs\"");

        File.Delete(Path.Combine(layout.Folder, "aside"));
        Tool.Run("mkfifo", [Path.Combine(layout.Folder, "aside")]).RequireSuccess();
        Tar("--format=gnu");
        Refused("its entry \"./aside\" is a pipe");
    }

    // Each is one image to GNU tar and another one to containers/image, by which podman and skopeo load archives. It takes the first entry of a name.
    [Theory]
    [InlineData("prefix")]
    [InlineData("list")]
    [InlineData("label")]
    [InlineData("mode")]
    public void An_archive_that_skopeo_reads_in_another_way_is_refused(string way)
    {
        var (tar, image) = DockerArchive.OfGraphDriver();
        folder.Write("saved.tar", tar);
        Nv2Binary
            .Run("sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "--oci-layout", $"{folder["saved.tar"]}:app:v1", "-o", folder["signed.tar"])
            .RequireSuccess();
        var signed = File.ReadAllBytes(folder["signed.tar"]);
        var digest = LayoutContent.DigestIn(JsonNode.Parse(FileIn(signed, LayoutContent.BlobName(LayoutContent.DigestIn(image))))!["config"]!);
        var blob = LayoutContent.BlobName(digest);
        var config = FileIn(signed, blob);
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(config).Replace("amd64", "arm64", StringComparison.Ordinal));
        var more = new TarArchive();
        switch (way)
        {
            case "prefix":
                // Go's archive/tar takes the place of two dates for the prefix of a name.
                var header = TarArchive.Header(TarArchive.RegularFile, Path.GetFileName(blob), other.Length);
                "ustar  \0"u8.CopyTo(header.AsSpan(257));
                "blobs/sha256"u8.CopyTo(header.AsSpan(345));
                more.Raw(TarArchive.WithChecksum(header)).Content(other);
                break;
            case "list":
                more.Entry('D', blob, other);
                break;
            case "label":
                var list = Encoding.UTF8.GetString(FileIn(signed, "manifest.json")).Replace(blob, "other", StringComparison.Ordinal);
                more.File("other", other).Entry('V', "x/../manifest.json", Encoding.UTF8.GetBytes(list));
                break;
            default:
                // The same file, with the mode and the target of a link.
                var position = signed.AsSpan().IndexOf(Encoding.ASCII.GetBytes(blob));
                var entry = signed.AsSpan(position, TarArchive.BlockBytes).ToArray();
                "0120644\0"u8.CopyTo(entry.AsSpan(100));
                "../../other"u8.CopyTo(entry.AsSpan(157));
                TarArchive.WithChecksum(entry).CopyTo(signed, position);
                more.File("other", other);
                break;
        }

        folder.Write("app.tar", [.. more.Open(), .. signed]);

        Assert.Equal("amd64", Architecture("saved.tar"));
        Assert.Equal("arm64", Architecture("app.tar"));
        Nv2Binary.Run("verify", "-c", Key.CertificatePath, "--oci-layout", $"{folder["signed.tar"]}:app:v1").RequireSuccess();
        var result = Nv2Binary.Run("verify", "-c", Key.CertificatePath, "--oci-layout", $"{folder["app.tar"]}:app:v1");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches("prefix of a name|folder in the place of a blob|label with content|mode of another kind", result.Stderr);

        string Architecture(string file) =>
            JsonNode.Parse(Tool.Run("skopeo", ["inspect", "--config", $"docker-archive:{folder[file]}"]).RequireSuccess().Stdout)![
                "architecture"
            ]!.GetValue<string>();
    }

    [Fact]
    public void A_blob_that_a_later_entry_writes_into_is_refused()
    {
        var blob = $"blobs/sha256/{Path.GetFileName(smallestBlob)}";
        Tool.Run(
                "tar",
                [
                    "-C",
                    layout.Folder,
                    "-cf",
                    folder["good.tar"],
                    .. Directory.GetFileSystemEntries(layout.Folder).Select(entry => Path.GetFileName(entry)),
                ]
            )
            .RequireSuccess();
        var end = File.ReadAllBytes(folder["good.tar"]).AsSpan().TrimEnd((byte)0).Length;
        var files = File.ReadAllBytes(folder["good.tar"])
            .AsSpan(0, (end + TarArchive.BlockBytes - 1) / TarArchive.BlockBytes * TarArchive.BlockBytes);
        var more = new TarArchive().Entry('1', "aside", link: blob).File("aside", "other"u8.ToArray()).End();
        folder.Write("app.tar", [.. files, .. more]);

        var unpacked = Directory.CreateDirectory(folder["unpacked"]).FullName;
        Tool.Run("tar", ["-xf", folder["app.tar"], "--overwrite", "-C", unpacked]).RequireSuccess();
        Assert.Equal("other", File.ReadAllText(Path.Combine(unpacked, blob)));
        Refused("\"aside\" twice");
    }

    private static byte[] FileIn(byte[] tar, string name)
    {
        using var reader = new TarReader(new MemoryStream(tar));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name != name)
                continue;
            using var content = new MemoryStream();
            entry.DataStream!.CopyTo(content); // Never null: it is a file.
            return content.ToArray();
        }

        throw new InvalidOperationException($"there is no file {name}");
    }

    private static void HardLink(string file, string name) => Tool.Run("ln", [file, name]).RequireSuccess();

    private void Tar(params string[] options) => Tool.Run("tar", [.. options, "-C", layout.Folder, "-cf", folder["app.tar"], "."]).RequireSuccess();

    private void Verify() =>
        Nv2Binary.Run("verify", "-c", Key.CertificatePath, "--oci-layout", $"{folder["app.tar"]}:{ImageLayout.Tag}").RequireSuccess();

    private void Refused(string pattern)
    {
        var result = Nv2Binary.Run("verify", "-c", Key.CertificatePath, "--oci-layout", $"{folder["app.tar"]}:{ImageLayout.Tag}");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(pattern, result.Stderr);
        Assert.DoesNotContain("not a tar", result.Stderr, StringComparison.Ordinal);
    }
}
