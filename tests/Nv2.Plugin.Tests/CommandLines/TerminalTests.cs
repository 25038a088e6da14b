using System.Globalization;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>What a person at a terminal gets: no control sequences, and lines that fit.</summary>
public sealed class TerminalTests
{
    // The terminal is one of Debian's python, which the schemas need too.
    private const string Python = "/usr/bin/python3";
    private const string Program = """
        import fcntl, os, pty, struct, sys, termios
        columns, *command = sys.argv[1:]
        process, terminal = pty.fork()
        if process == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
            os.execv(command[0], command)
        while True:
            try:
                said = os.read(terminal, 65536)
            except OSError: # Linux says so at the end.
                break
            if not said:
                break
            os.write(1, said.replace(b"\r\n", b"\n"))
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        """;

    [Theory]
    [InlineData(0, "--help")]
    [InlineData(0, "-h")]
    [InlineData(0, "help")]
    [InlineData(0, "--version")]
    [InlineData(0, "version", "--verbose")]
    [InlineData(0, "sign", "--help")]
    [InlineData(0, "trust", "add", "--help")]
    [InlineData(0, "describe", "--help")]
    [InlineData(0, "[suggest:3]", "ver")]
    [InlineData(0, "sign", "--verbose", "-k", "p256.key", "-o", "x.nv2", "manifest.json")]
    [InlineData(0, "verify", "--verbose", "-f", "app.nv2", "-c", "p256.crt", "manifest.json")]
    [InlineData(0, "inspect", "app.nv2")]
    [InlineData(0, "list", "--oci-layout", "layout")]
    [InlineData(0, "list", "--json", "--oci-layout", "layout")]
    [InlineData(0, "certificate", "generate-test", "registry.example.com")]
    [InlineData(1, "verify", "-f", "app.nv2", "-c", "rsa.crt", "manifest.json")]
    [InlineData(1, "trust", "check", "registry.example.com/app")]
    [InlineData(2, "verfy")]
    public void No_command_writes_control_sequences_to_a_terminal(int exitCode, params string[] arguments)
    {
        using var folder = new WorkingFolder();
        new Layouts.SignedImage().Layout.WriteTo(folder["layout"]);
        var result = Run(folder, 80, arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.NotEmpty(result.Stdout);
        Assert.DoesNotContain('\u001b', result.Stdout);
    }

    [Theory]
    [InlineData("sign", "-k", "p256.key")]
    [InlineData("verify", "-f", "app.nv2", "-c", "p256.crt")]
    [InlineData("inspect")]
    public void Where_the_artifact_is_forgotten_at_a_terminal_nothing_is_waited_for(params string[] arguments)
    {
        using var folder = new WorkingFolder();
        var result = Run(folder, 80, arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(
            $"nv2: no artifact to {arguments[0]} is given, and standard input is a terminal: expected ",
            result.Stdout,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(40, "--help")]
    [InlineData(40, "verify", "--help")]
    [InlineData(80, "verify", "--help")]
    public void Help_fits_the_terminal(int columns, params string[] arguments)
    {
        using var folder = new WorkingFolder();
        var help = Run(folder, columns, arguments).RequireSuccess().Stdout;
        var text = help.Split("Examples:")[0].Split('\n');

        // A word that is longer than a line is alone on one.
        Assert.All(text, line => Assert.True(line.Length <= columns || !line.Trim().Contains(' ', StringComparison.Ordinal), line));
        Assert.Contains(text, line => line.Length > columns - 10);
        Assert.Equal(Words(Nv2Binary.Run(arguments).RequireSuccess().Stdout), Words(help));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(12)]
    [InlineData(200)]
    public void The_progress_of_a_list_fits_the_terminal_and_goes_away(int columns)
    {
        const int Count = 40;
        using var folder = new WorkingFolder();
        folder.Run("sign", "-k", "p256.key", "-c", "p256.crt", "manifest.json").RequireSuccess();
        folder.Write("list.txt", string.Concat(Enumerable.Repeat("manifest.json\n", Count)));
        var said = Run(folder, columns, "verify", "-c", "p256.crt", "--batch", "list.txt").RequireSuccess().Stdout;

        Assert.DoesNotContain('\u001b', said);
        Assert.Contains("\r" + (columns > 20 ? "nv2: " : "") + $"0 of {Count} ", said, StringComparison.Ordinal);
        Assert.All(
            said.Split('\n').SelectMany(line => line.Split('\r')),
            part => Assert.True(part.Length < columns || !part.Contains('%', StringComparison.Ordinal), part)
        );
        var lines = said.TrimEnd('\n').Split('\n').Select(Shown).ToList();
        Assert.Equal(Count + 1, lines.Count);
        Assert.All(lines.SkipLast(1), line => Assert.EndsWith(" manifest.json", line, StringComparison.Ordinal));
        Assert.Equal($"nv2: {Count} of {Count} verified", lines[^1]);

        // What a line of a terminal shows in the end: each part is written over those before.
        static string Shown(string line) =>
            line.Split('\r').Aggregate("", (shown, part) => part + (part.Length < shown.Length ? shown[part.Length..] : "")).TrimEnd();
    }

    [Fact]
    public void A_list_keeps_its_tree_in_a_narrow_terminal_and_its_digests_whole()
    {
        using var folder = new WorkingFolder();
        new Layouts.SignedImage().Layout.WriteTo(folder["layout"]);

        Snapshot.Match("list-narrow", Run(folder, 40, "list", "--oci-layout", "layout").RequireSuccess().Stdout);
    }

    private static string[] Words(string text) => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static ProcessResult Run(WorkingFolder folder, int columns, params string[] arguments) =>
        Tool.Run(
            Python,
            ["-c", Program, columns.ToString(CultureInfo.InvariantCulture), Nv2Binary.Path, .. arguments],
            workingDirectory: folder.Path
        );
}
