using System.Text;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Transfer;
using Nv2.Signing;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>How a program is run: what it is given, what may come back, and that nothing it does makes nv2 hang.</summary>
public sealed class ToolRunnerTests : IDisposable
{
    // Long enough to start a shell on a busy machine. Each of these tests ends by the timeout itself.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private readonly ToolFolder folder = new();
    private readonly TemporaryFolder files = new();

    [Fact]
    public void Arguments_arrive_as_they_are()
    {
        string[] arguments = ["a b", "", "$HOME", "`id`", "'\"", "--x=*", "ü\n"];

        var result = Tool("printf '[%s]' \"$@\"").Run(arguments);

        Assert.Equal(string.Concat(arguments.Select(argument => $"[{argument}]")), Encoding.UTF8.GetString(result.Output));
        Assert.Equal("""tool "a b" "" "$HOME" "`id`" "'"" "--x=*" "ü\u000a" """.TrimEnd(), result.Command);
    }

    [Fact]
    public void There_is_nothing_to_read() => Assert.Equal("0", Encoding.UTF8.GetString(Tool("printf %s $(wc -c)").Run().Output));

    [Fact]
    public void The_environment_is_the_same() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), Encoding.UTF8.GetString(Tool("printf %s \"$PATH\"").Run().Output));

    [Fact]
    public void Variables_that_were_changed_are_given_back_as_they_were()
    {
        const string Changed = "NV2_TEST_CHANGED";
        const string Unset = "NV2_TEST_UNSET";
        Environment.SetEnvironmentVariable(Changed, "before");
        var before = TrueEnvironment.Capture(Changed, Unset);
        Environment.SetEnvironmentVariable(Changed, null);

        var environment = new Dictionary<string, string?>
        {
            [Changed] = "changed",
            [Unset] = "set",
            ["OTHER"] = "kept",
        };
        before.RestoreIn(environment);

        Assert.Equal(new Dictionary<string, string?> { [Changed] = "before", ["OTHER"] = "kept" }, environment);
    }

    [Fact]
    public void A_failure_says_what_was_run_how_it_ended_and_why()
    {
        var message = Refused(() =>
            Tool("echo out; echo 'no way' >&2; echo '  and more  ' >&2; exit 7").Run("--really", "registry.example.com/app:v1")
        );

        Assert.Equal("tool --really registry.example.com/app:v1 failed with exit code 7: no way; and more", message);
    }

    [Fact]
    public void A_failure_without_words_says_so() =>
        Assert.Equal("tool failed with exit code 1, with no error output", Refused(() => Tool("exit 1").Run()));

    [Fact]
    public void Control_characters_of_a_tool_do_not_reach_the_terminal()
    {
        var message = Refused(() => Tool("printf '\\033[31mred\\007\\r\\nnext\\342\\200\\256line \\377' >&2; exit 1").Run());

        Assert.Equal("""tool failed with exit code 1: \u001b[31mred\u0007; next\u202eline \ufffd""", message);
    }

    [Fact]
    public void Of_a_long_complaint_the_beginning_and_the_end_are_shown()
    {
        var message = Refused(() => Tool("echo first >&2; head -c 20000 /dev/zero | tr '\\0' x >&2; echo last >&2; exit 1").Run());

        Assert.Contains(": first; xxx", message, StringComparison.Ordinal);
        Assert.Contains(" … x", message, StringComparison.Ordinal);
        Assert.EndsWith("xlast", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1000, 1100);
    }

    [Fact]
    public void A_tool_that_says_much_on_both_streams_is_not_held_up()
    {
        var result = Tool("for i in 1 2 3 4; do head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; done").Run();

        Assert.Equal(1_200_000, result.Output.Length);
    }

    [Fact]
    public void Output_may_be_as_long_as_the_limit_and_no_longer()
    {
        Assert.Equal(5000, Tool("head -c 5000 /dev/zero").Try([], 5000).Output.Length);
        Assert.Equal("tool printed more than 4999 bytes and was stopped", Refused(() => Tool("head -c 5000 /dev/zero").Try([], 4999)));
    }

    [Fact]
    public void A_tool_that_never_stops_printing_is_ended_with_its_children()
    {
        Assert.Contains("printed more than", Refused(() => Tool($"yes & echo $! > '{files["pid"]}'; wait").Run()), StringComparison.Ordinal);
        RequireGone(files["pid"]);
    }

    [Fact]
    public void A_tool_that_takes_too_long_is_ended_with_its_children()
    {
        var tool = Tool($"(sleep 1000 & echo $! > '{files["child"]}'; wait) & echo $$ > '{files["tool"]}'; echo thinking >&2; wait", Short);

        Assert.Equal("tool copy was stopped after 2 seconds without a result: thinking", Refused(() => tool.Run("copy")));

        RequireGone(files["tool"]);
        RequireGone(files["child"]);
    }

    [Fact]
    public void A_child_that_outlives_the_tool_and_holds_its_output_is_not_waited_for_forever()
    {
        var message = Refused(() => Tool($"sleep 1000 & echo $! > '{files["pid"]}'; exit 0", Short).Run());

        Assert.StartsWith("tool was stopped after 2 seconds", message, StringComparison.Ordinal);
        RequireGone(files["pid"]);
    }

    [Theory]
    [InlineData("(setsid sh -c 'echo $$ > \"$0\"; exec sleep 1000' \"$PID\" &) ; sleep 1000")]
    [InlineData("(setsid sh -c 'trap : TERM HUP INT; echo $$ > \"$0\"; while :; do sleep 1; done' \"$PID\" >/dev/null 2>&1 &) ; sleep 1000")]
    [InlineData("(sh -c '(sh -c \"echo \\$\\$ > $PID; exec sleep 1000\" &)' &) ; exit 0")]
    public void What_left_the_tool_behind_is_ended_with_it(string script)
    {
        var message = Refused(() => Tool($"PID='{files["pid"]}'; export PID; {script}", Short).Run());

        Assert.StartsWith("tool was stopped after 2 seconds", message, StringComparison.Ordinal);
        RequireGone(files["pid"]);
    }

    [Fact]
    public void A_tool_that_is_ended_takes_nobody_elses_processes_along()
    {
        using var other = System.Diagnostics.Process.Start("sleep", "1000");

        Refused(() => Tool("sleep 1000", Short).Run());

        Assert.False(other.HasExited);
        other.Kill();
    }

    [Fact]
    public void A_tool_that_closes_its_output_early_is_waited_for()
    {
        var result = Tool("exec >&- 2>&-; head -c 20000000 /dev/urandom | sha256sum | grep -q . || exit 4; exit 3").Try([]);

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void A_tool_that_closes_its_output_and_hangs_is_ended() =>
        Assert.StartsWith(
            "tool was stopped after 2 seconds without a result",
            Refused(() => Tool("exec >&- 2>&-; sleep 1000", Short).Run()),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_program_that_cannot_be_started_is_named()
    {
        Assert.StartsWith(
            "cannot run \"/nowhere/tool\": ",
            Refused(() => new ToolRunner("tool", "/nowhere/tool", ToolFolder.Settings()).Run()),
            StringComparison.Ordinal
        );
        var broken = files.Write("broken", "no program at all");
        Testing.Tool.Run("chmod", ["700", broken]).RequireSuccess();
        Assert.StartsWith("cannot run ", Refused(() => new ToolRunner("tool", broken, ToolFolder.Settings()).Run()), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        folder.Dispose();
        files.Dispose();
    }

    private static string Refused(Action action) => Assert.Throws<InvalidInputException>(action).Message;

    // A process that was killed is gone from the table soon, or waits there for its parent to take note.
    private static void RequireGone(string file)
    {
        var stat = $"/proc/{File.ReadAllText(file).Trim()}/stat";
        Assert.True(SpinWait.SpinUntil(() => State(stat) is null or 'Z', ToolFolder.LongEnough), $"{file} still runs");
    }

    private static char? State(string stat)
    {
        try
        {
            return File.ReadAllText(stat).Split(") ")[^1][0];
        }
        catch (IOException)
        {
            return null; // Gone, before the file was opened or while it was read.
        }
    }

    private ToolRunner Tool(string script, TimeSpan? timeout = null) => new("tool", folder.Write("tool", script), ToolFolder.Settings(timeout));
}
