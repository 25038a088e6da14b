using System.Text.RegularExpressions;

namespace Nv2.Plugin.Tests;

/// <summary>What people read uses the words of the specifications and of everyday technical English.</summary>
public sealed partial class PlainWordsTests
{
    private const string Gap = "[\\s/#*\"+$]+";

    private static readonly string[] Pages = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"];

    private static readonly (string Folder, string Pattern)[] Folders = [("docs", "*.md"), ("deploy", "*"), ("scripts", "*.sh"), ("src", "*.cs")];

    [Fact]
    public void Documentation_comments_and_messages_use_plain_words()
    {
        var found = Files().SelectMany(file => Find(file, File.ReadAllText(Path.Combine(Repository.Root, file)))).ToList();

        Assert.True(found.Count == 0, $"{found.Count} places need plainer words:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("docs/cli.md")]
    [InlineData("docs/decisions/README.md")]
    [InlineData("deploy/kubernetes/image/node.sh")]
    [InlineData("deploy/kubernetes/base/daemonset.yaml")]
    [InlineData("scripts/demo.sh")]
    [InlineData("scripts/lib/tools.sh")]
    [InlineData("src/Nv2.Plugin/Program.cs")]
    [InlineData("src/Nv2.Signing/Verification/Verifier.cs")]
    public void All_kinds_of_text_are_read(string file) => Assert.Contains(file, Files());

    [Theory]
    [InlineData("Whoever")]
    [InlineData("nobody")]
    [InlineData("stands for")]
    [InlineData("besides")]
    [InlineData("be had")]
    [InlineData("is none")]
    [InlineData("at hand")]
    [InlineData("Does not hold")]
    [InlineData("speaks for")]
    [InlineData("speak for")]
    [InlineData("told of")]
    [InlineData("is spoken")]
    [InlineData("not spoken")]
    public void A_word_is_found_in_text_in_comments_and_in_messages(string word)
    {
        var broken = word.Split(' ');

        Assert.Equal([$"page.md:2: {word}"], Find("page.md", $"# Title\nIt {word} it.\n"));
        Assert.Equal([$"page.md:1: {word}"], Find("page.md", $"It {string.Join('\n', broken)} it.\n"));
        Assert.Equal([$"one.cs:1: {word}"], Find("one.cs", $"// It {string.Join("\n    // ", broken)} it.\n"));
        Assert.Equal([$"one.cs:2: {word}"], Find("one.cs", $"/// <summary>\n/// It {string.Join("\n/// ", broken)} it.\n/// </summary>\n"));
        Assert.Equal([$"one.cs:1: {word}"], Find("one.cs", $"throw new Exception($\"{string.Join(" \"\n    + $\"", broken)}\");\n"));
        Assert.Equal([$"one.sh:2: {word}"], Find("one.sh", $"#!/bin/sh\n# {string.Join("\n# ", broken)}\n"));
    }

    [Theory]
    [InlineData("The policy trusts the signer; the signature is valid.")]
    [InlineData("Trust.InNobody(reason)")]
    [InlineData("The certificate is on hold.")]
    [InlineData("if response is None:")] // Python.
    public void Other_words_pass(string text) => Assert.Empty(Find("page.md", text));

    private static List<string> Files() =>
        [
            .. Pages,
            .. Folders
                .SelectMany(kind => Directory.EnumerateFiles(Path.Combine(Repository.Root, kind.Folder), kind.Pattern, SearchOption.AllDirectories))
                .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)),
        ];

    // Line breaks, comment markers and joined strings between the words of a phrase do not hide it.
    private static IEnumerable<string> Find(string file, string text) =>
        Words().Matches(text).Select(match => $"{file}:{text.AsSpan(0, match.Index).Count('\n') + 1}: {Between().Replace(match.Value, " ")}");

    [GeneratedRegex(
        $@"\b(?:whoever|nobody|besides|stands{Gap}for|speaks?{Gap}for|be{Gap}had|is{Gap}(?!(?-i:None))none|at{Gap}hand|"
            + $@"does{Gap}not{Gap}hold|told{Gap}of|(?:is|not){Gap}spoken)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Words();

    [GeneratedRegex(Gap)]
    private static partial Regex Between();
}
