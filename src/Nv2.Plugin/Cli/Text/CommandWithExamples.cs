using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Cli.Text;

/// <summary>A command whose help has examples. Its description is one line, as lists of commands show it; the examples follow the options.</summary>
internal sealed class CommandWithExamples(string name, string description, string examples) : Command(name, description)
{
    /// <summary>The examples, one or more lines each.</summary>
    public string Examples => examples;
}

/// <summary>Prints the help as System.CommandLine makes it, fitted to the terminal, and the examples of the command under it.</summary>
/// <param name="help">Makes the help.</param>
/// <param name="rootExamples">The examples of the program itself.</param>
/// <param name="program">How the program is called: <c>nv2</c>, or <c>docker nv2</c>.</param>
internal sealed class HelpWithExamples(HelpAction help, string rootExamples, string program) : SynchronousCommandLineAction
{
    private const string Usage = "Usage:\n  ";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        output.Write(TerminalText.WrapColumns(MakeHelp(parseResult), Terminal.OutputWidth));
        var examples = parseResult.CommandResult.Command switch
        {
            CommandWithExamples command => command.Examples,
            RootCommand => rootExamples,
            _ => null,
        };
        if (examples is null)
            return ExitCodes.Success;

        // Not wrapped: examples are for copying.
        output.WriteLine("Examples:");
        foreach (var line in examples.Split('\n'))
            output.WriteLine(line.Length == 0 ? line : $"  {Called(line)}");
        output.WriteLine();
        return ExitCodes.Success;
    }

    private string MakeHelp(ParseResult parseResult)
    {
        using var made = new StringWriter();
        var output = parseResult.InvocationConfiguration.Output;
        parseResult.InvocationConfiguration.Output = made;
        help.MaxWidth = int.MaxValue;
        help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        return made.ToString().Replace($"{Usage}{parseResult.RootCommandResult.Command.Name}", $"{Usage}{program}", StringComparison.Ordinal);
    }

    // In examples the program is the first word of a command.
    private string Called(string line)
    {
        foreach (var before in new[] { "| ", "$(" })
            line = line.Replace($"{before}{PluginInformation.Name} ", $"{before}{program} ", StringComparison.Ordinal);
        return line.StartsWith($"{PluginInformation.Name} ", StringComparison.Ordinal) ? $"{program}{line[PluginInformation.Name.Length..]}" : line;
    }
}
