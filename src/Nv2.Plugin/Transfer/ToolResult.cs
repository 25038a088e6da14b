using Nv2.Signing;

namespace Nv2.Plugin.Transfer;

/// <summary>What a run of a tool left behind.</summary>
/// <param name="Command">The command as it is shown to people.</param>
/// <param name="ExitCode">0 for success.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error, as the tool wrote it.</param>
internal sealed record ToolResult(string Command, int ExitCode, byte[] Output, string Errors)
{
    private const int MaxErrorLength = 1000;

    /// <summary>The result itself, if the tool succeeded.</summary>
    /// <exception cref="InvalidInputException">It did not; with the command, and with the tool's own words.</exception>
    public ToolResult RequireSuccess() => ExitCode == 0
        ? this
        : throw new InvalidInputException($"{Command} failed with exit code {ExitCode}{Said(Errors)}");

    /// <summary>What the tool said, as the end of a message.</summary>
    public static string Said(string errors) => Quoted.Lines(errors, MaxErrorLength) is { Length: > 0 } text ? $": {text}" : ", and said nothing";
}
