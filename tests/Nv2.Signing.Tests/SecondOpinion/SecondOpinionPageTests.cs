using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>docs/second-opinion.md explains the kinds of disagreement that there are, and no other.</summary>
public partial class SecondOpinionPageTests
{
    [Theory]
    [InlineData(true, "## Where nv2 accepts and another program refuses")]
    [InlineData(false, "## Where nv2 refuses and another program accepts")]
    public void Each_kind_about_chains_has_its_row(bool isAcceptedByNv2, string heading) =>
        Assert.Equal(
            Explanations
                .All.Where(row => row.IsAcceptedByNv2 == isAcceptedByNv2)
                .Select(row => Suffix().Replace(row.Kind, ""))
                .Concat(isAcceptedByNv2 ? [Dissent.AnotherPath] : [])
                .Distinct()
                .Order(StringComparer.Ordinal),
            Kinds(heading)
        );

    [Fact]
    public void Each_kind_about_signatures_has_its_row() =>
        Assert.Equal(SignatureOpinionTests.Kinds.Order(StringComparer.Ordinal), Kinds("## Signatures"));

    // The first column of the table below a heading.
    private static IEnumerable<string> Kinds(string heading) =>
        File.ReadAllText(Path.Join(Repository.Root, "docs/second-opinion.md"))
            .Split($"\n{heading}\n")[1]
            .Split("\n## ")[0]
            .Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(line => line.Split('|')[1].Trim())
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@" \((openssl|BouncyCastle)\)$")]
    private static partial Regex Suffix();
}
