using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/sbom.sh: what the binary is made of, by CycloneDX's own schema.</summary>
public sealed class SbomTests : IDisposable
{
    private static readonly string Validator = Path.Combine(Repository.Root, "scripts", "lib", "validate-sbom.py");

    // Each makes the document invalid, at the place that is named.
    private static readonly (Action<JsonNode> Change, string Reason)[] Changes =
    [
        (sbom => sbom.AsObject().Remove("bomFormat"), "$: 'bomFormat' is a required property"),
        (sbom => sbom["components"]![0]!["type"] = "thing", "$.components[0].type: 'thing' is not one of"),
        (sbom => sbom["metadata"]!["component"]!["hashes"]![0]!["content"] = "0", "$.metadata.component.hashes[0].content: '0' does not match"),
        (sbom => sbom["specVersion"] = "0.1", "has the specVersion '0.1'"),
    ];

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_SBOM_is_valid_and_names_all_that_is_linked_in()
    {
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = Environment.GetEnvironmentVariable("HOME"), // Where the packages are.
            ["NV2_BUILD_RECORD"] = $"{Nv2Binary.Path}.build.json",
        };
        Tool.Run(Path.Combine(Repository.Root, "scripts", "sbom.sh"), [folder["sbom.json"]], environment: environment).RequireSuccess();

        var record = JsonNode.Parse(File.ReadAllText($"{Nv2Binary.Path}.build.json"))!;
        var sbom = JsonNode.Parse(File.ReadAllText(folder["sbom.json"]))!;
        Assert.Equal((string)record["sha256"]!, (string)sbom["metadata"]!["component"]!["hashes"]![0]!["content"]!);
        var components = sbom["components"]!
            .AsArray()
            .ToDictionary(component => (string)component!["name"]!, component => (string)component!["version"]!);
        Assert.Equal((string)record["dotnet"]!["runtime"]!, components[".NET runtime (NativeAOT)"]);
        Assert.Equal(((string)record["openssl"]!["version"]!).Split(' ')[1], components["OpenSSL"]);
        Assert.Subset(components.Keys.ToHashSet(), new HashSet<string> { "System.CommandLine", "Microsoft.Extensions.Logging.Abstractions" });

        // The test project's own packages are no part of the binary.
        Assert.DoesNotContain("xunit", components.Keys);

        foreach (var (change, reason) in Changes)
        {
            var changed = sbom.DeepClone();
            change(changed);
            var result = Tool.Run("/usr/bin/python3", [Validator, folder.Write("changed.json", changed.ToJsonString())]);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(reason, result.Stderr, StringComparison.Ordinal);
        }
    }

    public void Dispose() => folder.Dispose();
}
