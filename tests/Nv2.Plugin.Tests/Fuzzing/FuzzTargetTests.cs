using Nv2.Fuzz;

namespace Nv2.Plugin.Tests.Fuzzing;

/// <summary>Each target of the fuzzer over what it starts from, and over what it found before (docs/fuzzing.md).</summary>
[CollectionDefinition(nameof(FuzzTargetTests), DisableParallelization = true)] // The time of other tests would be taken for that of an input.
[Collection(nameof(FuzzTargetTests))]
public sealed class FuzzTargetTests
{
    public static TheoryData<string> Targets { get; } = [.. FuzzTargets.All.Select(target => target.Name)];

    public static TheoryData<string, string> Findings { get; } =
        Data(FuzzTargets.All.SelectMany(target => CheckedIn.Findings(target.Name).Keys.Select(finding => (target.Name, finding))));

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_target_accepts_some_of_its_samples_and_finds_nothing_in_any(string name)
    {
        var target = FuzzTargets.Find(name)!.Prepare();

        Assert.True(target.Samples().Concat(CheckedIn.Seeds(name)).Count(target.Run) > 1);
    }

    [Theory]
    [MemberData(nameof(Findings))]
    public void What_was_found_is_not_found_again(string name, string finding)
    {
        var exception = Record.Exception(() => FuzzTargets.Find(name)!.Prepare().Run(CheckedIn.Findings(name)[finding]));

        Assert.Null(exception);
    }

    [Fact]
    public void Every_input_that_is_checked_in_is_a_target_s()
    {
        var names = FuzzTargets.All.Select(target => target.Name).ToHashSet();
        foreach (var folder in new[] { "seeds", "findings", "words" })
        {
            var entries = Directory.EnumerateFileSystemEntries(Path.Combine(AppContext.BaseDirectory, folder));
            Assert.Empty(entries.Select(entry => Path.GetFileName(entry)).Except(names));
        }
    }

    [Fact]
    public void An_exception_and_a_slow_input_are_findings()
    {
        Assert.Throws<NotSupportedException>(() => Make(_ => throw new NotSupportedException()).Run([]));
        var large = Assert.Throws<FindingException>(() => Make(_ => new byte[FuzzTarget.MaxAllocated + 1].Length > 0).Run([]));
        Assert.Contains("bytes allocated", large.Message, StringComparison.Ordinal);
        var slow = Assert.Throws<FindingException>(() => Make(_ => Busy(TimeSpan.FromSeconds(2.2))).Run([]));
        Assert.Contains(" ms: expected ", slow.Message, StringComparison.Ordinal);
    }

    private static FuzzTarget Make(Func<byte[], bool> check) => new("test", "", () => [], check);

    private static bool Busy(TimeSpan time)
    {
        var end = Environment.CpuUsage.TotalTime + time;
        while (Environment.CpuUsage.TotalTime < end)
        {
            // Time of the processor, and not on the clock.
        }

        return true;
    }

    private static TheoryData<string, string> Data(IEnumerable<(string, string)> rows)
    {
        var data = new TheoryData<string, string>();
        foreach (var (target, file) in rows)
            data.Add(target, file);
        return data;
    }
}
