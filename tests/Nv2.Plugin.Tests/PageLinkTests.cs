using System.Text.RegularExpressions;

namespace Nv2.Plugin.Tests;

/// <summary>Links between the pages of the repository: renaming a page or a heading must not leave a link behind.</summary>
public sealed partial class PageLinkTests
{
    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading()
    {
        var links = Pages().SelectMany(LinksOf).ToList();

        Assert.True(links.Count > 300, $"{links.Count} links were found");
        Assert.Empty(links.Where(link => !Leads(link)).Select(link => $"{Path.GetRelativePath(Repository.Root, link.Page)}: {link.Target}"));
    }

    [Theory]
    [InlineData("nv2 sign", "nv2-sign")]
    [InlineData("`nv2 verify REFERENCE`: a person asks, and a policy decides", "nv2-verify-reference-a-person-asks-and-a-policy-decides")]
    [InlineData("A [company](x.md)'s CA", "a-companys-ca")]
    public void A_heading_has_the_anchor_that_GitHub_gives_it(string heading, string anchor) => Assert.Equal(anchor, AnchorOf(heading));

    private static IEnumerable<string> Pages() =>
        new[] { "docs", "tests", "deploy" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"));

    private static IEnumerable<(string Page, string Target)> LinksOf(string page) =>
        Link()
            .Matches(TextOf(page))
            .Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Select(target => (page, target));

    private static bool Leads((string Page, string Target) link)
    {
        var parts = link.Target.Split('#');
        var target = parts[0].Length == 0 ? link.Page : Path.Combine(Path.GetDirectoryName(link.Page)!, parts[0]); // A page is in a folder.
        if (parts.Length == 1)
            return Path.Exists(target);
        return File.Exists(target) && Heading().Matches(TextOf(target)).Any(heading => AnchorOf(heading.Groups["text"].Value) == parts[1]);
    }

    private static string AnchorOf(string heading) =>
        NotInAnchors().Replace(Link().Replace(heading, "${text}").ToLowerInvariant(), "").Replace(' ', '-');

    // Without blocks of code, in which nothing is a link or a heading.
    private static string TextOf(string page) => CodeBlock().Replace(File.ReadAllText(page), "");

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();
}
