using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>A list of artifacts: signed, verified and reported in its order, and gone on with after an end before its time.</summary>
public sealed class BatchTests : IDisposable
{
    private const string List = "list.txt";
    private const string Report = "report.jsonl";

    // No assertion on time: only a way out of a hang.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(60);

    private readonly WorkingFolder folder = new();
    private readonly string[] artifacts = [WorkingFolder.Manifest, "--oci-layout one:v1", "--oci-layout two.tar", "file:second.json"];

    public BatchTests()
    {
        var (one, two) = (new LayoutContent(), new LayoutContent());
        one.List(one.AddImage("one"), "v1").WriteTo(folder["one"]);
        folder.Write("two.tar", two.List(two.AddImage("two"), "v2").ToTar().End());
        folder.Write("second.json", """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[]}""");
        folder.Write(List, $"# what we ship\n\n  {string.Join("\n\t", artifacts)}\n# the end");
    }

    private JsonNode[] Entries =>
        [.. System.Text.Encoding.UTF8.GetString(folder.Read(Report)).TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!)];

    [Fact]
    public void Every_artifact_is_signed_and_verified_in_the_order_of_the_list()
    {
        var signed = Sign("--batch", List, "--report", Report).RequireSuccess();
        Assert.Equal(artifacts, signed.Stdout.TrimEnd().Split('\n').Select(line => line.Split(' ', 2)[1]));
        Assert.EndsWith("nv2: 4 of 4 signed\n", signed.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', signed.Stderr);
        Assert.Equal(artifacts, Entries.Select(entry => (string?)entry["artifact"]));
        Assert.Equal([3, 4, 5, 6], Entries.Select(entry => (int)entry["line"]!));
        Assert.All(Entries, entry => Assert.Equal("signed", (string?)entry["outcome"]));
        AssertValid();

        var verified = folder.RunWithInput(folder.Read(List), "verify", "-c", WorkingFolder.P256Certificate, "--batch", "-").RequireSuccess();
        Assert.Equal(signed.Stdout, verified.Stdout);
        Assert.Equal("nv2: 4 of 4 verified\n", verified.Stderr);
    }

    [Fact]
    public void One_that_fails_fails_the_whole_and_the_others_are_verified()
    {
        Sign("--batch", List).RequireSuccess();
        var signature = Directory
            .EnumerateFiles(folder.Path, "*.nv2")
            .First(file => !file.EndsWith(WorkingFolder.Signature, StringComparison.Ordinal));
        File.Delete(folder["one/blobs/sha256/" + Layer("one")]);
        File.WriteAllText(signature, "a.b.c");

        var verified = Verify("--batch", List, "--report", Report);

        Assert.Equal(1, verified.ExitCode);
        Assert.Equal(2, verified.Stdout.Split('\n').Length - 1);
        Assert.Contains("failed: --oci-layout one:v1: cannot verify sha256:", verified.Stderr, StringComparison.Ordinal);
        Assert.Contains("\n    format: ", verified.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("nv2: 2 of 4 verified, 2 failed\n", verified.Stderr, StringComparison.Ordinal);
        Assert.Equal(4, Entries.Length);
        Assert.Equal(2, Entries.Count(entry => (string?)entry["outcome"] == "verified"));
        AssertValid();
    }

    [Fact]
    public void In_JSON_standard_output_is_as_the_report()
    {
        var signed = Sign("--batch", List, "--report", Report, "--json").RequireSuccess();
        Assert.Equal(System.Text.Encoding.UTF8.GetString(folder.Read(Report)), signed.Stdout);
    }

    [Fact]
    public void What_was_signed_before_the_end_is_not_signed_again()
    {
        Sign("--batch", List, "--report", Report).RequireSuccess();
        var whole = folder.Read(Report);
        var lines = System.Text.Encoding.UTF8.GetString(whole).Split('\n');

        // As a run that was ended leaves it, but that the third line is cut: nv2 writes each in one piece.
        folder.Write(Report, $"{lines[0]}\n{lines[1]}\n{lines[2][..20]}");
        var resumed = Sign("--batch", List, "--report", Report, "--resume").RequireSuccess();

        Assert.EndsWith("nv2: 4 of 4 signed, 2 taken from the report\n", resumed.Stderr, StringComparison.Ordinal);
        Assert.Equal(artifacts, resumed.Stdout.TrimEnd().Split('\n').Select(line => line.Split(' ', 2)[1]));
        Assert.StartsWith($"{lines[0]}\n{lines[1]}\n", System.Text.Encoding.UTF8.GetString(folder.Read(Report)), StringComparison.Ordinal);
        Assert.Equal(4, Entries.Length);
        Assert.Equal(1, Signatures("one"));
        Assert.Equal(2, Signatures("two.tar"));
    }

    [Fact]
    public void A_signature_that_is_gone_another_artifact_and_other_options_are_signed_again()
    {
        Sign("--batch", List, "--report", Report).RequireSuccess();
        File.Delete(folder[(string)Entries[3]["signatures"]![0]!["file"]!]);
        var other = new LayoutContent();
        folder.Write("two.tar", other.List(other.AddImage("other"), "v2").ToTar().End());
        Assert.EndsWith(
            "nv2: 4 of 4 signed, 2 taken from the report\n",
            Sign("--batch", List, "--report", Report, "--resume").RequireSuccess().Stderr,
            StringComparison.Ordinal
        );
        Assert.Equal(LayoutContent.DigestIn(other.Entries[0]!), (string?)Entries[2]["subject"]!["digest"]);

        Assert.EndsWith(
            "nv2: 4 of 4 signed\n",
            Sign("--batch", List, "--report", Report, "--resume", "-e", "1h").RequireSuccess().Stderr,
            StringComparison.Ordinal
        );
        Assert.Equal(2, Signatures("one"));
        Assert.EndsWith(
            "nv2: 4 of 4 signed\n",
            folder
                .Run(
                    "sign",
                    "-k",
                    WorkingFolder.RsaKey,
                    "-c",
                    WorkingFolder.RsaCertificate,
                    "-e",
                    "1h",
                    "--batch",
                    List,
                    "--report",
                    Report,
                    "--resume"
                )
                .RequireSuccess()
                .Stderr,
            StringComparison.Ordinal
        );
        Assert.Equal(4, Entries.Length);
    }

    [Fact]
    public void What_was_verified_is_taken_over_until_a_file_or_the_trust_changes()
    {
        if (!OperatingSystem.IsLinux())
            return; // Elsewhere the system does not tell when a file changed, and all is verified again.
        Sign("--batch", List).RequireSuccess();
        var deadline = DateTime.UtcNow + GiveUpAfter;
        do
        {
            // Files that changed a moment ago could change again without a trace.
            File.Delete(folder[Report]);
            Verify("--batch", List, "--report", Report).RequireSuccess();
            Assert.True(DateTime.UtcNow < deadline, "nothing is taken over");
        } while (Resume().Stderr != "nv2: 4 of 4 verified, 2 taken from the report\n");

        var before = folder.Read(Report);
        var other = folder.Run(
            "verify",
            "-c",
            WorkingFolder.P256Certificate,
            "-c",
            WorkingFolder.RsaCertificate,
            "--batch",
            List,
            "--report",
            Report,
            "--resume"
        );
        Assert.Equal("nv2: 4 of 4 verified\n", other.RequireSuccess().Stderr);

        folder.Write(Report, before);
        File.WriteAllBytes(folder["one/blobs/sha256/" + Layer("one")], [1]);
        var damaged = Resume();
        Assert.Equal(1, damaged.ExitCode);
        Assert.EndsWith("nv2: 3 of 4 verified, 1 failed, 1 taken from the report\n", damaged.Stderr, StringComparison.Ordinal);

        folder.Write(Report, System.Text.Encoding.UTF8.GetString(before).Replace("\"time\":\"20", "\"time\":\"19", StringComparison.Ordinal));
        Assert.EndsWith("nv2: 3 of 4 verified, 1 failed\n", Resume().Stderr, StringComparison.Ordinal);

        ProcessResult Resume() => Verify("--batch", List, "--report", Report, "--resume");
    }

    [Fact]
    public void A_list_that_became_shorter_leaves_no_lines_behind()
    {
        Sign("--batch", List, "--report", Report).RequireSuccess();
        folder.Write(List, $"{artifacts[0]}\n{artifacts[3]}\n");
        Sign("--batch", List, "--report", Report, "--resume").RequireSuccess();
        Assert.Equal([artifacts[0], artifacts[3]], Entries.Select(entry => (string?)entry["artifact"]));
        Assert.Equal([1, 2], Entries.Select(entry => (int)entry["line"]!));
    }

    [Fact]
    public void Many_lines_of_one_layout_lose_no_signature()
    {
        var content = new LayoutContent();
        var image = content.AddImage("app");
        const int Count = 24;
        for (var number = 0; number < Count; number++)
            content.List(image, $"v{number}");
        folder.Write("many.tar", content.ToTar().End());
        content.WriteTo(folder["many"]);
        folder.Write(
            List,
            string.Concat(Enumerable.Range(0, Count).Select(number => $"--oci-layout many:v{number}\n--oci-layout many.tar:v{number}\n"))
        );

        Sign("--batch", List).RequireSuccess();

        Assert.Equal(Count, Signatures("many"));
        Assert.Equal(Count, Signatures("many.tar"));
    }

    [Fact]
    public void A_wrong_command_line_or_list_is_refused_before_anything_is_done()
    {
        folder.Write("empty.txt", "# nothing\n");
        folder.Write("folder.txt", "one\n");
        folder.Write("option.txt", $"{WorkingFolder.Manifest}\n--recursive\n");
        folder.Write("input.txt", "--oci-layout -\n");
        folder.Write("text.txt", [0xff, 0xfe, 0xfd]);
        folder.Write("there.jsonl", "{}\n");
        folder.Write("blob.txt", "--blob data\n");
        string[] verify = ["verify", "-c", WorkingFolder.P256Certificate];
        string[] sign = ["sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate];
        BadInput.AssertRefused(
            "bad-batches",
            folder,
            [
                new("a report without a list", 2, [.. verify, "--report", Report, WorkingFolder.Manifest]),
                new("--resume without a list", 2, [.. verify, "--resume", "--oci-layout", "one"]),
                new("--resume without a report", 2, [.. verify, "--resume", "--batch", List]),
                new("a list and an artifact", 2, [.. verify, "--batch", List, "--oci-layout", "one"]),
                new("a list and a reference", 2, [.. verify, "--batch", List, "registry.example.com/app:v1"]),
                new("a list and a name", 2, [.. verify, "--batch", List, "-r", "registry.example.com/app:v1"]),
                new("a list and a signature", 2, [.. verify, "--batch", List, "-f", WorkingFolder.Signature]),
                new("a list and all images", 2, [.. verify, "--batch", List, "--all-images"]),
                new("an option that one line cannot have", 2, [.. verify, "--batch", List, "--require", "2"]),
                new("sign: a list and an output", 2, [.. sign, "--batch", List, "-o", "x"]),
                new("sign: a blob in a format that has none", 2, [.. sign, "--batch", "blob.txt"]),
                new("a folder that is no layout by name", 2, [.. verify, "--batch", "folder.txt"]),
                new("a line that is an option", 2, [.. verify, "--batch", "option.txt"]),
                new("standard input as an artifact", 2, [.. verify, "--batch", "input.txt"]),
                new("an empty list", 1, [.. verify, "--batch", "empty.txt"]),
                new("a list that is no text", 1, [.. verify, "--batch", "text.txt"]),
                new("a list that is not there", 1, [.. verify, "--batch", "nowhere.txt"]),
                new("--resume of what is no report", 1, [.. verify, "--batch", List, "--report", "there.jsonl", "--resume"]),
                new("a report in a folder that is not there", 1, [.. verify, "--batch", List, "--report", "nowhere/report.jsonl"]),
            ]
        );

        var there = Verify("--batch", List, "--report", "there.jsonl");
        Assert.Equal(
            (1, "nv2: the report \"there.jsonl\" already exists and is not overwritten\nhint: continue it with --resume, or move it away\n"),
            (there.ExitCode, there.Stderr)
        );
    }

    [Fact]
    public void A_report_that_others_may_write_to_is_not_believed()
    {
        if (OperatingSystem.IsWindows())
            return;
        Sign("--batch", List, "--report", Report).RequireSuccess();
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(folder[Report]) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        File.SetUnixFileMode(folder[Report], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

        var refused = Sign("--batch", List, "--report", Report, "--resume");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains("other users can write to it", refused.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private ProcessResult Sign(params string[] arguments) =>
        folder.Run(["sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, .. arguments]);

    private ProcessResult Verify(params string[] arguments) => folder.Run(["verify", "-c", WorkingFolder.P256Certificate, .. arguments]);

    private int Signatures(string layout) =>
        folder
            .Run("list", "--oci-layout", layout == "many" || layout == "many.tar" ? $"{layout}:v0" : layout)
            .RequireSuccess()
            .Stdout.Split("── signature ")
            .Length - 1;

    private string Layer(string layout)
    {
        var index = JsonNode.Parse(folder.Read($"{layout}/index.json"))!;
        var manifest = JsonNode.Parse(folder.Read($"{layout}/{LayoutContent.BlobName(LayoutContent.DigestIn(index["manifests"]![0]!))}"))!;
        return LayoutContent.DigestIn(manifest["layers"]![0]!)["sha256:".Length..];
    }

    private void AssertValid() =>
        Assert.All(JsonSchemas.Validate([.. Entries.Select(entry => ("cli/batch", entry))]), outcome => Assert.Equal("valid", outcome));
}
