using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>Every vector, by the command line and by the exec protocol.</summary>
[Trait("OpenSsl", "Any")]
public sealed class VectorTests
{
    private const string Root = "keys/root.crt";
    private static readonly string[] AllChecks = ["format", "integrity", "authenticity", "keyUsage", "validity", "references", "subject"];

    public static TheoryData<int, string> Rows()
    {
        var rows = new TheoryData<int, string>();
        for (var index = 0; index < Vectors.All.Count; index++)
            rows.Add(index, $"{Vectors.All[index].Signature} {Vectors.All[index].Trusted} {Vectors.All[index].Expected}");
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_command_line_says_of_every_vector_what_its_table_says(int index, string row)
    {
        var vector = Vectors.All[index];
        var trust = vector.Trusted == Root ? "--ca-cert" : "-c";
        var result = Nv2Binary.Run(
            "verify",
            "--json",
            "-f",
            Vectors.PathOf(vector.Signature),
            trust,
            Vectors.PathOf(vector.Trusted),
            "--media-type",
            vector.MediaType,
            Vectors.PathOf(vector.Manifest)
        );

        AssertOutcome(vector, row, result);
        if (vector.FailingCheck is null)
            Assert.Empty(result.Stderr);
        else
            Assert.Contains($"\n  {vector.FailingCheck}: ", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_exec_protocol_says_of_every_vector_what_its_table_says(int index, string row)
    {
        var vector = Vectors.All[index];
        var result = Nv2Binary.Request("verify-signature", VectorRequests.Verify(vector).ToJsonString());

        AssertOutcome(vector, row, result);
        if (vector.FailingCheck is null)
        {
            Assert.Empty(result.Stderr);
            return;
        }

        var error = OneObject(result.Stderr);
        Assert.Equal("VERIFICATION_FAILED", error["errorCode"]!.GetValue<string>());
        Assert.Contains(vector.FailingCheck, error["errorMetadata"]!["failedChecks"]!.GetValue<string>().Split(','));
    }

    private static void AssertOutcome(Vector vector, string row, ProcessResult result)
    {
        var response = OneObject(result.Stdout);
        var checks = response["checks"]!.AsArray();
        var failed = checks.Where(check => !check!["passed"]!.GetValue<bool>()).Select(check => check!["check"]!.GetValue<string>()).ToList();

        Assert.Equal(vector.FailingCheck is null ? 0 : 1, result.ExitCode);
        Assert.Equal(vector.FailingCheck is null, response["verified"]!.GetValue<bool>());
        Assert.Equal(AllChecks, checks.Select(check => check!["check"]!.GetValue<string>()));
        if (vector.FailingCheck is null)
            Assert.Empty(failed);
        else
            Assert.True(failed.Contains(vector.FailingCheck), $"{row}: failed were {string.Join(", ", failed)}");
    }

    // Exactly one object and a newline: the parser refuses anything behind the object.
    private static JsonObject OneObject(string text)
    {
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Count(character => character == '\n'));
        return JsonNode.Parse(text)!.AsObject();
    }
}
