using System.CommandLine;
using Nv2.ManPages;
using Nv2.Plugin.Cli;

namespace Nv2.Plugin.Tests;

/// <summary>The man pages, as they are made from the tree of commands, and as man shows them.</summary>
public sealed class ManPageTests
{
    private static readonly Command Root = new CommandTree(new("nv2", [], []), TimeProvider.System).For([]);
    private static readonly IReadOnlyList<ManPage> Pages = [.. ManPage.All(Root)];

    public static TheoryData<string> Names { get; } = [.. Pages.Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Man_shows_a_page_without_a_warning(string name)
    {
        using var folder = new TemporaryFolder();
        var page = Pages.Single(page => page.Name == name);
        var file = folder.Write(page.FileName, page.Text);
        var environment = new Dictionary<string, string?>
        {
            ["MANWIDTH"] = "100",
            ["LC_ALL"] = "C.UTF-8",
            ["MAN_KEEP_FORMATTING"] = null,
        };

        // As lintian looks at the pages of a package.
        var shown = Tool.Run("man", ["--warnings", "-E", "UTF-8", "-l", file], environment: environment).RequireSuccess();

        Assert.Empty(shown.Stderr);
        var text = string.Join(' ', shown.Stdout.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var option in Find(name).Options.Where(option => !option.Hidden && option.Name != "--help"))
            Assert.Contains(option.Name, text.Replace("‐", "-", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_has_a_page()
    {
        Assert.Contains("nv2", Pages.Select(page => page.Name));
        Assert.Contains("nv2-trust-add", Pages.Select(page => page.Name));
        Assert.Equal(Count(Root), Pages.Count);
    }

    [Fact]
    public void Text_cannot_be_a_macro()
    {
        Assert.Equal("\\-\\-x\\e\\(aq\\(ti", Roff.Escape("--x\\'~"));
        Assert.All(Pages, page => Assert.DoesNotContain(page.Text.Split('\n'), line => line.StartsWith('\'')));
    }

    private static int Count(Command command) => 1 + command.Subcommands.Where(subcommand => !subcommand.Hidden).Sum(Count);

    // By the whole path: names of commands have hyphens too.
    private static Command Find(string page) => Walk(Root, "nv2").Single(one => one.Page == page).Command;

    private static IEnumerable<(string Page, Command Command)> Walk(Command command, string page) =>
        command
            .Subcommands.Where(subcommand => !subcommand.Hidden)
            .SelectMany(subcommand => Walk(subcommand, $"{page}-{subcommand.Name}"))
            .Prepend((page, command));
}
