using System.Diagnostics;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>A signature file appears whole or not at all, whatever happens to the process that writes it.</summary>
public sealed class OutputFileTests : IDisposable
{
    private const string OldContent = "what was there before";
    private const int SpinsBetweenLooks = 50;
    private const int KilledBySignal = 128 + 9;

    private readonly TemporaryFolder _folder = new();
    private readonly KeyCase _key = KeyCase.Named("p256");

    [Fact]
    public void A_process_killed_at_any_moment_leaves_no_half_of_a_signature()
    {
        var length = SpinsOfWholeRun();
        var random = new Random(42);
        for (var run = 0; run < 50; run++)
        {
            var output = _folder[$"signature-{run}"];
            var hadOldContent = run % 2 == 0;
            if (hadOldContent)
                File.WriteAllText(output, OldContent);

            KillAfter(random.Next(length + 1), output);

            AssertWhole(output, hadOldContent);
        }
    }

    [Theory]
    [InlineData("write,pwrite64", false)]
    [InlineData("write,pwrite64", true)]
    [InlineData("?rename,?renameat,?renameat2", false)]
    [InlineData("?rename,?renameat,?renameat2", true)]
    public void A_process_killed_while_it_writes_leaves_what_was_there(string systemCalls, bool hadOldContent)
    {
        var output = _folder["signature"];
        if (hadOldContent)
            File.WriteAllText(output, OldContent);

        // A private key that only its owner can read causes no warning, so that the first write is that of the signature.
        var key = _folder.Write("private.key", File.ReadAllBytes(_key.KeyPath));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var killed = Tool.Run(
            "strace",
            ["-f", "-o", _folder["trace"], "-e", $"inject={systemCalls}:signal=KILL", Nv2Binary.Path, .. SignArguments(output, key)]
        );

        Assert.True(
            killed.ExitCode == KilledBySignal,
            $"it was to be killed, but ended with {killed.ExitCode}: {File.ReadAllText(_folder["trace"])}"
        );
        if (hadOldContent)
            Assert.Equal(OldContent, File.ReadAllText(output));
        else
            Assert.False(File.Exists(output), "half of a signature is there");
    }

    [Fact]
    public async Task Processes_that_write_the_same_file_at_once_leave_one_whole_signature_and_nothing_else()
    {
        const int Processes = 10;
        var folder = Directory.CreateDirectory(_folder["outputs"]).FullName;
        var output = Path.Combine(folder, "signature");

        var runs = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => Task.Run(() => Nv2Binary.Run(SignArguments(output, _key.KeyPath)))));

        Assert.All(runs, run => run.RequireSuccess());
        AssertWhole(output, hadOldContent: false);
        Assert.Equal([output], Directory.GetFileSystemEntries(folder));
    }

    public void Dispose() => _folder.Dispose();

    private string[] SignArguments(string output, string key) =>
        ["sign", "-k", key, "-c", _key.CertificatePath, "-r", $"{KeyCase.Registry}/net-monitor:v1", "-o", output, KeyCase.ManifestPath];

    private void AssertWhole(string output, bool hadOldContent)
    {
        if (!File.Exists(output))
        {
            Assert.False(hadOldContent, "what was there before is gone");
            return;
        }

        if (hadOldContent && File.ReadAllText(output) == OldContent)
            return;
        Verification.Run(["-f", output, "-c", _key.CertificatePath, KeyCase.ManifestPath]).AssertHolds();
    }

    private Process StartSigning(string output) =>
        Process.Start(
            new ProcessStartInfo(Nv2Binary.Path, SignArguments(output, _key.KeyPath)) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!; // Only a shell start gives none.

    // How long a run takes is measured in what is later waited with: turns of a loop, so that the moments spread over the whole run on any machine.
    private int SpinsOfWholeRun()
    {
        using var process = StartSigning(_folder["whole"]);
        var spins = 0;
        for (; !process.HasExited; spins++)
            Thread.SpinWait(SpinsBetweenLooks);
        Assert.Equal(0, process.ExitCode);
        return spins;
    }

    private void KillAfter(int spins, string output)
    {
        using var process = StartSigning(output);
        for (; spins > 0 && !process.HasExited; spins--)
            Thread.SpinWait(SpinsBetweenLooks);
        process.Kill(); // SIGKILL: nothing in the process can act on it.
        process.WaitForExit();
    }
}
