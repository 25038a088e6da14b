using Nv2.Plugin.Cli.Commands;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;

namespace Nv2.Plugin.Tests;

/// <summary>What tells whether an earlier result can be taken over, and how far work is.</summary>
public sealed class BatchStateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_state_of_files_changes_with_each_of_them_and_cannot_be_set_back()
    {
        if (!OperatingSystem.IsLinux())
            return; // Other systems have no such state.
        folder.Write("layout/blobs/a", "a");
        folder.Write("layout/index.json", "{}");
        var (before, deadline) = (State(), DateTimeOffset.UtcNow.AddSeconds(60)); // No assertion on time: only a way out of a hang.
        Assert.NotNull(before);
        Assert.Equal(before, State());

        var written = File.GetLastWriteTimeUtc(folder["layout/blobs/a"]);
        string? changed;
        do
        {
            // The clock of a file system goes in steps, which is why a late change does not count (below).
            File.WriteAllText(folder["layout/blobs/a"], "b");
            File.SetLastWriteTimeUtc(folder["layout/blobs/a"], written);
            changed = State();
        } while (changed == before && DateTimeOffset.UtcNow < deadline);
        Assert.NotEqual(before, changed);

        folder.Write("layout/blobs/b", "b");
        Assert.NotEqual(changed, State());
        Assert.Null(InputsDigest.OfFiles([folder["nowhere"]], Later));
    }

    [Fact]
    public void Files_that_changed_a_moment_ago_have_no_state_to_rely_on()
    {
        var file = folder.Write("file", "a");
        Assert.Null(InputsDigest.OfFiles([file], DateTimeOffset.UtcNow));
    }

    [Fact]
    public void Every_value_and_every_file_of_the_inputs_counts()
    {
        folder.Write("trust/store/a.crt", "a");
        var digests = new List<string>
        {
            Of(inputs => inputs.Add("a", "bc")),
            Of(inputs => inputs.Add("ab", "c")),
            Of(inputs =>
            {
                inputs.Add("a", "b");
                inputs.Add("c", "");
            }),
            Of(inputs => inputs.AddFolder(folder["trust"])),
            Of(inputs => inputs.AddFolder(folder["nowhere"])),
            Of(inputs => inputs.AddFile(folder["nowhere"])),
        };
        folder.Write("trust/store/a.crt", "b");
        digests.Add(Of(inputs => inputs.AddFolder(folder["trust"])));
        folder.Write("trust/store/b.crt", "b");
        digests.Add(Of(inputs => inputs.AddFolder(folder["trust"])));

        Assert.Equal(digests.Count, digests.Distinct().Count());
        Assert.All(digests, digest => Assert.Matches("^sha256:[0-9a-f]{64}$", digest));
    }

    [Theory]
    [InlineData("trust")]
    [InlineData("trust/store")]
    [InlineData("trust/store/a.crt")]
    public void Who_can_change_the_inputs_counts(string changed)
    {
        if (!OperatingSystem.IsLinux())
            return; // Elsewhere it is not known.
        folder.Write("trust/store/a.crt", "a");
        var before = (Of(inputs => inputs.AddFolder(folder["trust"])), Of(inputs => inputs.AddFile(folder["trust/store/a.crt"])));
        File.SetUnixFileMode(folder[changed], File.GetUnixFileMode(folder[changed]) | UnixFileMode.OtherWrite);

        Assert.NotEqual(before.Item1, Of(inputs => inputs.AddFolder(folder["trust"])));
        Assert.NotEqual(before.Item2, Of(inputs => inputs.AddFile(folder["trust/store/a.crt"])));
    }

    [Theory]
    [InlineData("sha256:a", true)]
    [InlineData("sha256:b", false)]
    public void A_result_is_taken_over_if_the_inputs_were_the_same_when_it_was_there(string after, bool isTakenOver)
    {
        var (first, second) = (new Work(after), new Work("sha256:a"));
        Assert.Equal(ExitCodes.Success, Run(first, resume: false));
        Assert.Equal(ExitCodes.Success, Run(second, resume: true));

        Assert.Equal((1, isTakenOver ? 0 : 1), (first.Count, second.Count));

        int Run(Work work, bool resume) =>
            BatchRun.Run(
                new BatchRequest("-", folder["report.jsonl"], resume),
                [new BatchItem(1, "artifact", new ArtifactPlace.Layout(new LayoutLocation("layout", null)))],
                work,
                json: false,
                TimeProvider.System
            );
    }

    [Theory]
    [InlineData(0, 60, "nv2: 3 of 9 [........................................]   0%")]
    [InlineData(50, 60, "nv2: 3 of 9 [####################....................]  50%")]
    [InlineData(100, 60, "nv2: 3 of 9 [########################################] 100%")]
    [InlineData(200, 40, "nv2: 3 of 9 [#####################] 100%")]
    [InlineData(50, 20, "3 of 9  50%")]
    [InlineData(50, 5, "3 of ")]
    public void A_bar_has_the_room_that_there_is(int done, int columns, string expected) =>
        Assert.Equal(expected, ProgressBar.Format(done, 100, "3 of 9", columns));

    public void Dispose() => folder.Dispose();

    private static DateTimeOffset Later => DateTimeOffset.UtcNow.AddMinutes(1);

    private static string Of(Action<InputsDigest> add)
    {
        using var inputs = new InputsDigest();
        add(inputs);
        return inputs.ToString();
    }

    // Its inputs are others once the work is done.
    private sealed class Work(string after) : IBatchWork
    {
        public int Count { get; private set; }

        public string Done => "done";

        public string Inputs => "sha256:a";

        public string InputsNow => after;

        public ArtifactOutcome Run(BatchItem item)
        {
            Count++;
            return new(item.Text, OutcomeKind.Verified);
        }

        public string? State(BatchItem item) => null;

        public bool IsStillSo(BatchItem item, BatchEntry entry) => true;
    }

    private string? State() => InputsDigest.OfFiles([folder["layout"]], Later);
}
