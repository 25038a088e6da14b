using Nv2.Fuzz;
using SharpFuzz;

return args switch
{
    ["list"] => List(),
    ["corpus", var name, var folder] => With(name, target => WriteCorpus(target, folder)),
    ["run", var name] => Run(name),
    ["replay", var name, .. var files] => With(name, target => Replay(target, files)),
    _ => Fail("usage: nv2-fuzz list | corpus TARGET FOLDER | run TARGET | replay TARGET FILE…"),
};

static int List()
{
    foreach (var target in FuzzTargets.All)
        Console.WriteLine($"{target.Name, -14} {target.Description}");
    return 0;
}

// FOLDER/seeds has the inputs to start from, FOLDER/words a dictionary.
static int WriteCorpus(FuzzTarget target, string folder)
{
    var seeds = Directory.CreateDirectory(Path.Combine(folder, "seeds")).FullName;
    var count = 0;
    foreach (var input in target.Corpus().Where(input => input.Length <= FuzzTargets.MaxInputBytes))
        File.WriteAllBytes(Path.Combine(seeds, $"{++count:d4}"), input);
    File.WriteAllBytes(Path.Combine(folder, "words"), File.Exists(target.WordsFile) ? File.ReadAllBytes(target.WordsFile) : []);
    return 0;
}

// Instrumented code cannot run before the fuzzer has made the memory that it writes to: so the target is made with the first input.
static int Run(string name)
{
    FuzzTarget? target = null;
    Fuzzer.OutOfProcess.Run(stream =>
    {
        target ??= (FuzzTargets.Find(name) ?? throw new ArgumentException($"there is no target {name}", nameof(name))).Prepare();
        using var input = new MemoryStream();
        stream.CopyTo(input);
        _ = target.Run(input.ToArray());
    });
    return 0;
}

static int Replay(FuzzTarget target, string[] files)
{
    var (accepted, findings) = (0, 0);
    foreach (var file in files)
    {
        try
        {
            var input = File.ReadAllBytes(file);
            _ = target.Check(input); // What is compiled and loaded once is not the input's time.
            accepted += target.Run(input) ? 1 : 0;
        }
#pragma warning disable CA1031 // Whatever it is, it is a finding, and is shown.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            findings++;
            Console.WriteLine($"{file}: {exception}");
        }
    }

    Console.WriteLine($"{files.Length} inputs: {accepted} accepted, {findings} findings");
    return findings == 0 ? 0 : 1;
}

static int With(string name, Func<FuzzTarget, int> run) =>
    FuzzTargets.Find(name) is { } target
        ? run(target)
        : Fail($"there is no target {name}: expected one of {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}");

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}
