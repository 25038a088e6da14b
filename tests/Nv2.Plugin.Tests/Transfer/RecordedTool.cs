using System.Text;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>
/// A program that stands in for a transfer tool: it answers as the tool was recorded to answer to exactly the same arguments, and fails for any
/// others. Made from the files of <c>vectors/transfer</c>.
/// </summary>
internal sealed class RecordedTool
{
    /// <summary>The registries of the recordings: one with the API for referrers, one with the tag schema alone.</summary>
    public const string WithApi = "127.0.0.1:5060/net-monitor";
    public const string WithTags = "127.0.0.1:5061/net-monitor";

    public const string Subject = "sha256:33983d131dfb854b4a21154e6b20a83f756d20920ac24beab5ea5ed66dbedbfc";
    public const string SignatureDigest = "sha256:5efc846a98c7215f0445075a8c8e764fc62fed7b454c56d663b35c36da8ead5a";
    public const string SubjectTag = "sha256-33983d131dfb854b4a21154e6b20a83f756d20920ac24beab5ea5ed66dbedbfc";

    private const string Folder = "transfer";
    private const string NotRecorded = "not recorded";

    private readonly StringBuilder cases = new();

    /// <summary>A program that knows all recordings of a tool, or none yet.</summary>
    public RecordedTool(string name, bool known = true)
    {
        if (!known)
            return;
        foreach (var file in Directory.EnumerateFiles(Vectors.PathOf(Folder), $"{name}-*.cmd").Order(StringComparer.Ordinal))
        {
            var lines = File.ReadAllLines(file);
            Add(
                lines[0].Split(' ')[2..],
                Path.GetFileNameWithoutExtension(file),
                int.Parse(lines[1].Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)
            );
        }
    }

    /// <summary>What a recorded command printed.</summary>
    public static byte[] Output(string vector) => Vectors.Read($"{Folder}/{vector}.stdout");

    /// <summary>Answers one more command with what was recorded for another.</summary>
    /// <param name="command">The arguments, separated by spaces; an asterisk matches any one.</param>
    /// <param name="vector">The recording.</param>
    /// <param name="exitCode">The exit code of the recording.</param>
    /// <param name="before">A line of shell to run first.</param>
    public RecordedTool Answer(string command, string vector, int exitCode = 0, string before = "")
    {
        Add(command.Split(' '), vector, exitCode, before);
        return this;
    }

    public void WriteTo(ToolFolder folder, string name) =>
        folder.Write(
            name,
            $"""
            command=
            for argument in "$@"; do command="$command[$argument]"; done
            case $command in
            {cases}
            *) echo "{NotRecorded}: {name} $command" >&2; exit 64 ;;
            esac
            """
        );

    private void Add(string[] arguments, string vector, int exitCode, string before = "")
    {
        // The folder of a layout is another one each time.
        var words = arguments.Select(argument => argument.StartsWith("lay@", StringComparison.Ordinal) ? $"*{argument[3..]}" : argument);
        cases
            .Append(string.Concat(words.Select(word => $"'[{word.Replace("*", "'*'", StringComparison.Ordinal)}]'")))
            .Append(") ")
            .Append(before.Length > 0 ? $"{before}; " : "");
        foreach (var (extension, target) in new[] { ("stdout", 1), ("stderr", 2) })
        {
            var file = Vectors.PathOf($"{Folder}/{vector}.{extension}");
            if (File.Exists(file))
                cases.Append(System.Globalization.CultureInfo.InvariantCulture, $"cat '{file}' >&{target}; ");
        }

        cases.Append(System.Globalization.CultureInfo.InvariantCulture, $"exit {exitCode} ;;\n");
    }
}
