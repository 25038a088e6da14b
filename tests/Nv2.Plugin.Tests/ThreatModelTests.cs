using System.Text.RegularExpressions;

namespace Nv2.Plugin.Tests;

public sealed partial class ThreatModelTests
{
    private const string Page = "threat-model.md";

    [Fact]
    public void Every_promise_names_tests_that_exist()
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        var rows = Promises().ToList();

        Assert.True(rows.Count > 30, $"docs/{Page} has {rows.Count} rows of promises");
        Assert.All(
            rows,
            row =>
            {
                var tests = TestName().Matches(row);
                Assert.NotEmpty(tests);
                Assert.All(
                    tests,
                    test =>
                        Assert.Contains(
                            sources[test.Groups["class"].Value],
                            source => source.Contains($" {test.Groups["method"].Value}(", StringComparison.Ordinal)
                        )
                );
            }
        );
    }

    private static IEnumerable<string> Promises()
    {
        var isPromise = false;
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs", Page)))
        {
            var isRow = line.StartsWith('|');
            if (isRow && isPromise && !line.StartsWith("|---", StringComparison.Ordinal))
                yield return line;
            isPromise = isRow && (isPromise || line == "| promise | tests |");
        }
    }

    [GeneratedRegex("`(?<class>\\w+Tests)\\.(?<method>\\w+)`")]
    private static partial Regex TestName();
}
