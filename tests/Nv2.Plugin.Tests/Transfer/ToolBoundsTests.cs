using System.Text;
using Nv2.Plugin.Transfer;
using Nv2.Signing;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>What a program that is sent something without an end can use up.</summary>
public sealed class ToolBoundsTests : IDisposable
{
    private readonly ToolFolder folder = new();
    private readonly TemporaryFolder files = new();

    [Fact]
    public void A_file_without_end_is_cut_off()
    {
        var file = files["endless"];

        Assert.Contains("tool failed", Refused($"exec cat /dev/zero > '{file}'"), StringComparison.Ordinal);

        Assert.InRange(new FileInfo(file).Length, 1, ToolRunner.MaxFileBytes);
    }

    [Theory]
    [InlineData("cat /dev/zero > $TMPDIR/one")]
    [InlineData("i=0; while :; do head -c 3000000 /dev/zero > $TMPDIR/$i; i=$((i+1)); done")]
    [InlineData("i=0; mkdir $TMPDIR/a $TMPDIR/a/b; while :; do head -c 3000000 /dev/zero > $TMPDIR/a/b/.$i; i=$((i+1)); done")]
    [InlineData("mkdir $TMPDIR/a; cd $TMPDIR/a; seq 1 100000 | xargs touch; sleep 1000")]
    public void A_temporary_folder_does_not_fill_up_and_is_gone_afterwards(string script)
    {
        var message = Refused($"echo $TMPDIR > '{files["place"]}'; {script}");

        Assert.Matches("wrote more than|made more than|failed with exit code", message);
        Assert.False(Directory.Exists(File.ReadAllText(files["place"]).Trim()));
    }

    [Fact]
    public void The_folder_that_it_is_to_fill_does_not_fill_up()
    {
        var tool = new ToolRunner(
            "tool",
            folder.Write("tool", "i=0; while :; do head -c 3000000 /dev/zero > \"$1/$i\"; i=$((i+1)); done"),
            ToolFolder.Settings()
        );

        var message = Assert.Throws<InvalidInputException>(() => tool.Try([files.Path], folder: files.Path)).Message;

        Assert.Contains("wrote more than", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Complaints_have_an_end() =>
        Assert.EndsWith("to standard error and was stopped", Refused("yes complaint >&2"), StringComparison.Ordinal);

    [Fact]
    public void The_limits_are_those_of_the_program_alone()
    {
        var own = File.ReadAllText("/proc/self/limits");

        var limits = Encoding.UTF8.GetString(
            new ToolRunner("tool", folder.Write("tool", "cat /proc/self/limits"), ToolFolder.Settings()).Run().Output
        );

        Assert.Matches($@"Max file size +{ToolRunner.MaxFileBytes} ", limits);
        Assert.Matches($@"Max data size +{ToolRunner.MaxMemoryBytes} ", limits);
        Assert.Equal(own, File.ReadAllText("/proc/self/limits"));
    }

    public void Dispose()
    {
        folder.Dispose();
        files.Dispose();
    }

    private string Refused(string script) =>
        Assert.Throws<InvalidInputException>(() => new ToolRunner("tool", folder.Write("tool", script), ToolFolder.Settings()).Run()).Message;
}
