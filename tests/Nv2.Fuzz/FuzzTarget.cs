namespace Nv2.Fuzz;

/// <summary>A parser, with what must be true of it whatever it is given.</summary>
/// <param name="Name">Its name: <c>jwt</c>.</param>
/// <param name="Description">What is read, in a few words.</param>
/// <param name="Samples">Inputs to start from, beside those in the folder <c>seeds</c>.</param>
/// <param name="Check">Gives it an input, and says whether it was accepted. What leaves this method as an exception is a finding.</param>
internal sealed record FuzzTarget(string Name, string Description, Func<IEnumerable<byte[]>> Samples, Func<byte[], bool> Check)
{
    /// <summary>The processor time that an input of at most <see cref="FuzzTargets.MaxInputBytes"/> may take.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The bytes that may be allocated for such an input, on the whole and not at once.</summary>
    public const long MaxAllocated = 256L * 1024 * 1024;

    /// <summary>The file with words that inputs are made of, in the form of afl-fuzz; not every target has one.</summary>
    public string WordsFile => Path.Combine(AppContext.BaseDirectory, "words", Name);

    /// <summary>Gives the parser all that it starts from, once: what is compiled and loaded then is not the time of any input.</summary>
    public FuzzTarget Prepare()
    {
        foreach (var input in Corpus())
            _ = Check(input);
        return this;
    }

    /// <summary>Gives the parser an input, and holds it to the limits. The time is that of the whole process.</summary>
    /// <returns>Whether it was accepted.</returns>
    /// <exception cref="FindingException">Something is not as it must be. Any other exception is a finding too.</exception>
    public bool Run(byte[] input)
    {
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var timeBefore = Environment.CpuUsage.TotalTime;
        var isAccepted = Check(input);
        var time = Environment.CpuUsage.TotalTime - timeBefore;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        Require.That(time <= MaxTime, $"the input took {time.TotalMilliseconds:0} ms: expected {MaxTime.TotalMilliseconds:0} ms at most");
        Require.That(allocated <= MaxAllocated, $"the input had {allocated} bytes allocated: expected {MaxAllocated} at most");
        return isAccepted;
    }

    /// <summary>All inputs to start from: the samples, what is checked in as seeds, and what was found before.</summary>
    public IEnumerable<byte[]> Corpus() => [.. Samples(), .. CheckedIn.Seeds(Name), .. CheckedIn.Findings(Name).Values];
}

/// <summary>Inputs that are checked in, in a folder for each target.</summary>
internal static class CheckedIn
{
    /// <summary>What a target starts from.</summary>
    public static IReadOnlyList<byte[]> Seeds(string target) => [.. Read("seeds", target).Values];

    /// <summary>One input that a target starts from.</summary>
    public static byte[] Seed(string target, string name) => Read("seeds", target)[name];

    /// <summary>What was found before, by name.</summary>
    public static IReadOnlyDictionary<string, byte[]> Findings(string target) => Read("findings", target);

    private static SortedDictionary<string, byte[]> Read(string folder, string target)
    {
        var path = Path.Combine(AppContext.BaseDirectory, folder, target);
        var files = Directory.Exists(path) ? Directory.EnumerateFiles(path) : [];
        return new(files.ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes), StringComparer.Ordinal);
    }
}

/// <summary>Something is not as it must be.</summary>
/// <param name="message">What.</param>
internal sealed class FindingException(string message) : Exception(message);

/// <summary>What must be true.</summary>
internal static class Require
{
    /// <exception cref="FindingException">It is not.</exception>
    public static void That(bool isTrue, string otherwise)
    {
        if (!isTrue)
            throw new FindingException(otherwise);
    }

    /// <exception cref="FindingException">The bytes differ.</exception>
    public static void Same(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, string what) =>
        That(actual.SequenceEqual(expected), $"{what}: got {Convert.ToHexString(actual)}, expected {Convert.ToHexString(expected)}");
}
