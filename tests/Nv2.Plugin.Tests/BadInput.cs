using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>Something that nv2 must refuse, in one line that a person can act on.</summary>
/// <param name="Name">What is bad about it.</param>
/// <param name="ExitCode">2 when the command line is wrong, 1 for everything else.</param>
/// <param name="Arguments">The command line, in <see cref="WorkingFolder"/>.</param>
internal sealed record BadInput(string Name, int ExitCode, params string[] Arguments)
{
    /// <summary>What is on standard input.</summary>
    public byte[] Stdin { get; init; } = [];

    /// <summary>Runs every one, holds all to the same rules, and the messages to a snapshot.</summary>
    public static void AssertRefused(string snapshot, WorkingFolder folder, IEnumerable<BadInput> inputs)
    {
        var messages = new StringBuilder();
        foreach (var input in inputs)
        {
            var before = folder.Fingerprint();
            var result = folder.RunWithInput(input.Stdin, input.Arguments);

            Assert.True(result.ExitCode == input.ExitCode, $"{input.Name}: exit code {result.ExitCode}: {result.Stderr}");
            Assert.True(result.StdoutBytes.Length == 0, $"{input.Name}: stdout: {result.Stdout}");
            Assert.True(before == folder.Fingerprint(), $"{input.Name}: something was written");
            var (message, hint) = result.Stderr.Split("\nhint: ", 2) is [var first, var second] ? ($"{first}\n", second) : (result.Stderr, "\n");
            AssertOneLine(input.Name, message);
            AssertOneLine(input.Name, hint);
            Assert.True(result.Stderr.StartsWith("nv2: ", StringComparison.Ordinal), $"{input.Name}: {result.Stderr}");
            messages.Append(input.Name).Append('\n').Append("  ").Append(input.ExitCode).Append(' ').Append(result.Stderr);
        }

        Snapshot.Match(snapshot, messages.ToString().Replace(folder.Path, "FOLDER", StringComparison.Ordinal));
    }

    /// <summary>Fails unless the text is one line, without a stack trace and without an admission of a defect.</summary>
    public static void AssertOneLine(string name, string text)
    {
        Assert.True(text.EndsWith('\n') && text.Count(character => character == '\n') == 1, $"{name}: not one line: {text}");
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected error", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
    }
}

/// <summary>A request that the exec protocol must refuse.</summary>
/// <param name="Name">What is bad about it.</param>
/// <param name="Command">The command.</param>
/// <param name="Request">The bytes on standard input.</param>
/// <param name="Path">The property that the error must name.</param>
internal sealed record BadRequest(string Name, string Command, byte[] Request, string Path = "$")
{
    public BadRequest(string name, string command, string request, string path = "$")
        : this(name, command, Encoding.UTF8.GetBytes(request), path) { }

    public BadRequest(string name, string command, JsonObject request, string path = "$")
        : this(name, command, request.ToJsonString(), path) { }

    /// <summary>The code that is expected.</summary>
    public string Code { get; init; } = "VALIDATION_ERROR";

    /// <summary>Sends every one, holds all to the same rules, and the messages to a snapshot.</summary>
    public static void AssertRefused(string snapshot, WorkingFolder folder, IEnumerable<BadRequest> requests)
    {
        var messages = new StringBuilder();
        var complaints = new StringBuilder();
        foreach (var request in requests)
        {
            var before = folder.Fingerprint();
            var result = folder.RunWithInput(request.Request, request.Command);

            Assert.True(result.ExitCode == 1, $"{request.Name}: exit code {result.ExitCode}: {result.Stdout}");
            Assert.True(result.StdoutBytes.Length == 0, $"{request.Name}: stdout: {result.Stdout}");
            Assert.True(before == folder.Fingerprint(), $"{request.Name}: something was written");
            BadInput.AssertOneLine(request.Name, result.Stderr);
            var error = JsonNode.Parse(result.Stderr)!.AsObject();
            Assert.Equal(["errorCode", "errorMessage", "errorMetadata"], error.Select(property => property.Key));
            var path = error["errorMetadata"]!["path"]?.GetValue<string>();
            if ((request.Code, request.Path) != (error["errorCode"]!.GetValue<string>(), path))
                complaints.AppendLine(null, $"{request.Name}: expected {request.Code} at {request.Path}: {result.Stderr}");
            messages.Append(null, $"{request.Name}\n  {request.Code} {request.Path}\n  {error["errorMessage"]}\n");
        }

        Snapshot.Match(snapshot, messages.ToString());
        Assert.True(complaints.Length == 0, complaints.ToString());
    }
}
