using System.Diagnostics;
using System.Text.Json;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Whatever happens to the processes that sign in a layout, and however many there are: every signature that was reported is there, and
/// nothing is half there.</summary>
public sealed class LayoutConcurrencyTests : IDisposable
{
    private const int SpinsBetweenLooks = 50;
    private const int Seed = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly KeyCase _key = KeyCase.Named("p256");
    private readonly LayoutContent _content = new();
    private readonly string _layout;
    private readonly string _digest;

    public LayoutConcurrencyTests()
    {
        // Few bytes, so that most of the time of a run is that of the change.
        var image = _content.AddImage("app");
        _digest = LayoutContent.DigestIn(image);
        _layout = _content.List(image, "v1").WriteTo(_folder["layout"]);
    }

    [Fact]
    public async Task Processes_that_sign_in_one_layout_at_once_all_leave_their_signature()
    {
        const int Processes = 20;

        var runs = await Task.WhenAll(AtOnce(Processes, Sign(_layout)));

        Assert.All(runs, run => Assert.Equal($"{_digest}\n", run.RequireSuccess().Stdout));
        Assert.Equal(Processes, CountSignatures(_layout));
        AssertTidy();
    }

    [Fact]
    public async Task Processes_that_verify_while_others_sign_see_a_whole_layout()
    {
        const int Processes = 10;
        Nv2Binary.Run(Sign(_layout)).RequireSuccess();

        var signing = AtOnce(Processes, Sign(_layout));
        var verifying = AtOnce(Processes, Verify(_layout));

        Assert.All(await Task.WhenAll(verifying), run => run.RequireSuccess());
        Assert.All(await Task.WhenAll(signing), run => run.RequireSuccess());
        Assert.Equal(Processes + 1, CountSignatures(_layout));
    }

    [Fact]
    public void A_process_killed_while_it_signs_leaves_the_old_layout_or_the_new_one()
    {
        const int Kills = 200;
        const int VerifiedEvery = 10;
        var length = SpinsOfWholeRun(Sign(_layout));
        var random = new Random(Seed);
        var listed = ListedIn(_layout);
        var unfinished = 0;
        for (var run = 0; run < Kills; run++)
        {
            var spins = random.Next(length + 1);
            KillAfter(spins, Sign(_layout));

            var place = $"run {run} of seed {Seed}, after {spins} of {length} turns";
            var now = ListedIn(_layout);
            Assert.True(
                now.Count - listed.Count is 0 or 1 && listed.SequenceEqual(now[..listed.Count]),
                $"{place}: {listed.Count} entries became {now.Count}"
            );
            unfinished += now.Count == listed.Count ? 1 : 0;
            AssertEveryBlobHasItsDigest(place);
            listed = now;
            if (run % VerifiedEvery == 0)
                Assert.Equal(listed.Count - 1, CountSignatures(_layout));
        }

        Assert.True(unfinished > 0, $"{unfinished} of {Kills} runs were killed before they were done");
        Tool.Run("skopeo", ["--insecure-policy", "copy", $"oci:{_layout}:v1", $"dir:{_folder["copied"]}"]).RequireSuccess();
        Nv2Binary.Run(Sign(_layout)).RequireSuccess();
        AssertTidy();
        Assert.Equal(listed.Count, CountSignatures(_layout));
    }

    [Theory]
    [InlineData("?rename,?renameat,?renameat2", 1)]
    [InlineData("?rename,?renameat,?renameat2", 2)]
    [InlineData("?rename,?renameat,?renameat2", 3)]
    [InlineData("fsync,fdatasync", 1)]
    [InlineData("fsync,fdatasync", 3)]
    public void A_process_killed_between_two_steps_leaves_the_old_layout_or_the_new_one(string systemCalls, int which)
    {
        Nv2Binary.Run(Sign(_layout)).RequireSuccess();

        var killed = Tool.Run(
            "strace",
            ["-f", "-o", _folder["trace"], "-e", $"inject={systemCalls}:signal=KILL:when={which}", Nv2Binary.Path, .. Sign(_layout)]
        );

        Assert.True(killed.ExitCode == 128 + 9, $"it was to be killed, but ended with {killed.ExitCode}: {File.ReadAllText(_folder["trace"])}");
        AssertEveryBlobHasItsDigest($"{systemCalls} {which}");
        Assert.InRange(CountSignatures(_layout), 1, 2);
        Nv2Binary.Run(Sign(_layout)).RequireSuccess();
        AssertTidy();
    }

    [Fact]
    public void A_process_killed_while_it_signs_in_a_tar_leaves_the_old_tar_or_the_new_one()
    {
        const int Kills = 40;
        var tar = _folder.Write("layout.tar", _content.ToTar().End());
        var length = SpinsOfWholeRun(Sign(tar));
        var random = new Random(Seed);
        for (var run = 0; run < Kills; run++)
        {
            var before = File.ReadAllBytes(tar);
            var spins = random.Next(length + 1);
            KillAfter(spins, Sign(tar));

            var place = $"run {run} of seed {Seed}, after {spins} of {length} turns";
            var after = File.ReadAllBytes(tar);
            if (before.AsSpan().SequenceEqual(after))
                continue;
            Assert.True(TarEntries.Read(after).Count == TarEntries.Read(before).Count + 2, place);
            Assert.Equal(
                TarEntries.Read(after).Count(entry => entry.Name.StartsWith("blobs/", StringComparison.Ordinal)) - 3,
                CountSignatures(tar) * 2
            );
        }

        Nv2Binary.Run(Verify(tar)).RequireSuccess();
        Tool.Run("skopeo", ["--insecure-policy", "copy", $"oci-archive:{tar}:v1", $"dir:{_folder["copied"]}"]).RequireSuccess();
    }

    public void Dispose() => _folder.Dispose();

    private string[] Sign(string layout) => ["sign", "-k", _key.KeyPath, "-c", _key.CertificatePath, "--oci-layout", layout];

    private string[] Verify(string layout) => ["verify", "--all", "--json", "-c", _key.CertificatePath, "--oci-layout", layout];

    // On threads of their own: the pool would let two of them begin, and the others one by one.
    private static List<Task<ProcessResult>> AtOnce(int count, string[] arguments) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                    Task.Factory.StartNew(
                        () => Nv2Binary.Run(arguments),
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                ),
        ];

    private int CountSignatures(string layout) =>
        JsonElement.Parse(Nv2Binary.Run(Verify(layout)).RequireSuccess().Stdout).GetProperty("signatures").GetArrayLength();

    private static List<string> ListedIn(string layout) =>
        [
            .. JsonElement
                .Parse(File.ReadAllBytes(Path.Combine(layout, LayoutContent.IndexFile)))
                .GetProperty("manifests")
                .EnumerateArray()
                .Select(entry => entry.GetRawText()),
        ];

    private void AssertEveryBlobHasItsDigest(string place)
    {
        foreach (var blob in Directory.EnumerateFiles(Path.Combine(_layout, "blobs", "sha256")))
            Assert.True(LayoutContent.DigestOf(File.ReadAllBytes(blob)) == $"sha256:{Path.GetFileName(blob)}", $"{place}: {blob}");
    }

    private void AssertTidy() =>
        Assert.Equal(
            ["blobs", LayoutContent.IndexFile, LayoutContent.Marker],
            Directory.EnumerateFileSystemEntries(_layout).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)
        );

    private static Process Start(string[] arguments) =>
        // Only a shell start gives none.
        Process.Start(new ProcessStartInfo(Nv2Binary.Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    // How long a run takes is measured in what is later waited with: turns of a loop, so that the moments spread over the whole run on any machine.
    private static int SpinsOfWholeRun(string[] arguments)
    {
        using var process = Start(arguments);
        var spins = 0;
        for (; !process.HasExited; spins++)
            Thread.SpinWait(SpinsBetweenLooks);
        Assert.Equal(0, process.ExitCode);
        return spins;
    }

    private static void KillAfter(int spins, string[] arguments)
    {
        using var process = Start(arguments);
        for (; spins > 0 && !process.HasExited; spins--)
            Thread.SpinWait(SpinsBetweenLooks);
        process.Kill(); // SIGKILL: nothing in the process can act on it.
        process.WaitForExit();
    }
}
