using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>
/// Validates against the schemas in docs/schemas by python3-jsonschema of Debian, because no library for draft 2020-12 with a free licence is to be
/// had from NuGet.
/// </summary>
internal static class JsonSchemas
{
    public static readonly string Folder = Path.Combine(Repository.Root, "docs", "schemas");

    /// <summary>The names of all schemas: <c>error</c>, <c>notation/describe-key-request</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory
            .GetFiles(Folder, "*.json", SearchOption.AllDirectories)
            .Select(file => Path.ChangeExtension(Path.GetRelativePath(Folder, file), null))
            .Order(StringComparer.Ordinal),
    ];

    // Debian's own, whatever else is on the path: its packages are for this one.
    private const string Python = "/usr/bin/python3";

    // One case a line, one line of outcome for each: a process for each case would take longer than all else together.
    private const string Program = """
        import json, sys
        from jsonschema.validators import validator_for
        for line in sys.stdin:
            schema, instance = json.loads(line)
            with open(schema, encoding="utf-8") as file:
                schema = json.load(file)
            validator = validator_for(schema, default=None)
            validator.check_schema(schema)
            errors = sorted(f"{e.json_path}: {e.validator}" for e in validator(schema).iter_errors(instance))
            print("; ".join(errors) or "valid")
        """;

    /// <summary>For each case <c>valid</c>, or where it is not and which keyword of the schema says so.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyList<(string Schema, JsonNode Instance)> cases)
    {
        var lines = cases.Select(one => new JsonArray(PathOf(one.Schema), one.Instance.DeepClone()).ToJsonString() + "\n");
        var result = Tool.Run(Python, ["-c", Program], Encoding.UTF8.GetBytes(string.Concat(lines)));
        if (result.Stderr.Contains("No module named 'jsonschema'", StringComparison.Ordinal))
            throw new InvalidOperationException("python3-jsonschema is missing: scripts/test.sh installs what the tests need");

        var outcomes = result.RequireSuccess().Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(cases.Count, outcomes.Length);
        return outcomes;
    }

    public static JsonNode Read(string schema) => JsonNode.Parse(File.ReadAllText(PathOf(schema)))!;

    private static string PathOf(string schema) => Path.Combine(Folder, $"{schema}.json");
}
