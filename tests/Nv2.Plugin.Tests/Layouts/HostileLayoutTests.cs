using System.Text;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>Layouts that are broken or made to do harm are refused in one line, and nothing is written on their account.</summary>
public sealed class HostileLayoutTests
{
    private const string Tar = "layout.tar";
    private const string Folder = "layout";
    private const string Output = "signed.tar";

    // All of them at once: one that is let through must not hide the next.
    private readonly List<string> complaints = [];

    [Fact]
    public void A_hostile_tar_is_refused_in_one_line() => RefuseAll("hostile-tars", HostileTars.All);

    [Fact]
    public void A_tar_in_which_others_would_find_another_layout_is_refused_in_one_line() => RefuseAll("ambiguous-tars", HostileTars.Ambiguous);

    [Fact]
    public void A_spoilt_layout_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        var messages = new StringBuilder();
        foreach (var layout in SpoiltLayout.All)
        {
            var tar = new TarArchive();
            foreach (var (name, content) in layout.Layout.Files)
                tar.File(name, layout.Index is { } index && name == LayoutContent.IndexFile ? index : content);
            folder.Write(Tar, tar.End());
            Directory.CreateDirectory(folder[Folder]);
            layout.Layout.WriteTo(folder[Folder]);
            if (layout.Index is not null)
                folder.Write($"{Folder}/{LayoutContent.IndexFile}", layout.Index);

            var inTar = Refuse(folder, layout.Name, [], Verify(Tar + layout.Location));
            var inFolder = Refuse(folder, layout.Name, [], Verify(Folder + layout.Location));
            var toTar = layout.SigningFails ? Refuse(folder, layout.Name, [], Sign(Tar + layout.Location, "-o", Output)) : null;
            var toFolder = layout.SigningFails ? Refuse(folder, layout.Name, [], Sign(Folder + layout.Location)) : null;
            Append(
                messages,
                layout.Name,
                inTar,
                inFolder.Replace($"\"{Folder}\"", $"\"{Tar}\"", StringComparison.Ordinal),
                toTar,
                toFolder?.Replace($"\"{Folder}\"", $"\"{Tar}\"", StringComparison.Ordinal)
            );
            Directory.Delete(folder[Folder], recursive: true);
        }

        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
        Snapshot.Match("spoilt-layouts", messages.ToString());
    }

    [Fact]
    public void What_the_hostile_ones_were_made_of_verifies()
    {
        using var folder = new WorkingFolder();
        var signed = new SignedImage();
        folder.Write(Tar, signed.Layout.ToTar().End());
        folder.Write("compressed.tar", TarArchive.Gzip(signed.Layout.ToTar().End()));
        Directory.CreateDirectory(folder[Folder]);
        signed.Layout.WriteTo(folder[Folder]);

        foreach (var name in new[] { Tar, "compressed.tar", Folder })
            Assert.Equal($"{LayoutContent.DigestIn(signed.Image)}\n", folder.Run(Verify(name)).RequireSuccess().Stdout);
    }

    [Fact]
    public void A_layout_that_is_not_there_or_may_not_be_read_is_refused_in_one_line()
    {
        using var folder = new WorkingFolder();
        folder.Write(Tar, new SignedImage().Layout.ToTar().End());
        Directory.CreateDirectory(folder["plain"]);
        var messages = new StringBuilder();
        foreach (
            var (name, location) in new[]
            {
                ("nothing of that name", "missing"),
                ("nothing of that name, with a tag", "missing:v1"),
                ("no tag behind the colon", Tar + ":"),
                ("no digest behind the at sign", Tar + "@sha256:00"),
                ("no name at all", ""),
                ("a folder that is no layout", "plain"),
                ("a key", WorkingFolder.RsaKey),
            }
        )
        {
            Append(messages, name, Refuse(folder, name, [], Verify(location)), Refuse(folder, name, [], Sign(location)));
        }

        const string Closed = "closed standard input";
        var closed = Tool.Run("sh", ["-c", "exec \"$0\" \"$@\" <&-", Nv2Binary.Path, .. Verify("-")], workingDirectory: folder.Path);
        Append(messages, Closed, Require(closed, Closed));
        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
        Snapshot.Match("missing-layouts", messages.ToString());
    }

    [Theory]
    [InlineData(LayoutContent.Marker)]
    [InlineData(LayoutContent.IndexFile)]
    [InlineData("layer")]
    [InlineData("image")]
    public void A_pipe_in_place_of_a_file_is_refused_and_not_waited_for(string name)
    {
        using var folder = new WorkingFolder();
        var signed = new SignedImage();
        Directory.CreateDirectory(folder[Folder]);
        signed.Layout.WriteTo(folder[Folder]);
        var path = PathIn(folder, signed, name);
        File.Delete(path);
        Tool.Run("mkfifo", [path]).RequireSuccess();

        Assert.StartsWith("1 nv2: ", Require(folder.Run(Verify(Folder)), name), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Theory]
    [MemberData(nameof(Closed))]
    public void A_layout_that_this_user_may_not_read_is_refused_in_one_line(string closed) =>
        Assert.StartsWith("1 nv2: ", RunUnprivileged(closed), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Closed))]
    public void Of_a_layout_that_this_user_may_not_read_that_is_what_is_said(string closed) =>
        Assert.Matches("^1 nv2: [^\n]*\"layout[^\n]*permission denied", RunUnprivileged(closed));

    public static TheoryData<string> Closed() => new("", LayoutContent.Marker, LayoutContent.IndexFile, "layer", "image");

    private static string PathIn(WorkingFolder folder, SignedImage signed, string name) =>
        Path.Combine(
            folder[Folder],
            name switch
            {
                "layer" => LayoutContent.BlobName(LayoutContent.DigestIn(signed.Layer)),
                "image" => LayoutContent.BlobName(LayoutContent.DigestIn(signed.Image)),
                _ => name,
            }
        );

    private string RunUnprivileged(string closed)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("file modes are needed");

        using var folder = new WorkingFolder();
        var signed = new SignedImage();
        Directory.CreateDirectory(folder[Folder]);
        signed.Layout.WriteTo(folder[Folder]);
        var path = PathIn(folder, signed, closed);
        var mode = File.GetUnixFileMode(path);
        File.SetUnixFileMode(path, UnixFileMode.None);
        using var unprivileged = new UnprivilegedRun(folder);

        var message = Require(unprivileged.Run([], Verify(Folder)), closed);
        File.SetUnixFileMode(path, mode); // So that it can be deleted.
        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
        return message;
    }

    private void RefuseAll(string snapshot, IEnumerable<(string Name, byte[] Content)> tars)
    {
        using var folder = new WorkingFolder();
        var messages = new StringBuilder();
        foreach (var (name, content) in tars)
        {
            folder.Write(Tar, content);
            var verified = Refuse(folder, name, [], Verify(Tar));
            var signed = Refuse(folder, name, [], Sign(Tar, "-o", Output));
            _ = Refuse(folder, name, content, Sign("-", "-o", Output));
            Append(messages, name, verified, signed);
        }

        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
        Snapshot.Match(snapshot, messages.ToString());
    }

    private static string[] Verify(string location) => ["verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", location];

    private static string[] Sign(string location, params string[] more) => ["sign", "-k", WorkingFolder.RsaKey, "--oci-layout", location, .. more];

    private string Refuse(WorkingFolder folder, string name, byte[] stdin, string[] arguments)
    {
        var before = folder.Fingerprint();
        var result = folder.RunWithInput(stdin, arguments);
        if (before != folder.Fingerprint())
            complaints.Add($"{name}: {arguments[0]} wrote something");
        return Require(result, name);
    }

    private string Require(ProcessResult result, string name)
    {
        if (result.ExitCode is not (1 or 2) || result.StdoutBytes.Length > 0 || !result.Stderr.StartsWith("nv2: ", StringComparison.Ordinal))
            complaints.Add($"{name}: {result.Command}: exit code {result.ExitCode}: {result.Stdout}{result.Stderr}");
        else
            BadInput.AssertOneLine(name, result.Stderr);
        return $"{result.ExitCode} {result.Stderr}";
    }

    // What verifying says, and what signing says where that is something else.
    private static void Append(StringBuilder messages, string name, params IEnumerable<string?> lines)
    {
        messages.Append(name).Append('\n');
        foreach (var line in lines.OfType<string>().Distinct())
            messages.Append("  ").Append(line);
    }
}
