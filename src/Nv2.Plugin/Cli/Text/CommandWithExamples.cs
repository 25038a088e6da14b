using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Nv2.Plugin.Operations;

namespace Nv2.Plugin.Cli.Text;

/// <summary>A command whose help has examples: its description is one line, as lists of commands show it; the examples follow the options.</summary>
internal sealed class CommandWithExamples(string name, string description, string examples) : Command(name, description)
{
    /// <summary>The examples, one or more lines each.</summary>
    public string Examples => examples;
}

/// <summary>Prints the help as System.CommandLine makes it, and the examples of the command under it.</summary>
internal sealed class HelpWithExamples(HelpAction help, string rootExamples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        var examples = parseResult.CommandResult.Command switch
        {
            CommandWithExamples command => command.Examples,
            RootCommand => rootExamples,
            _ => null,
        };
        if (examples is null)
            return ExitCodes.Success;

        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in examples.Split('\n'))
            output.WriteLine(line.Length == 0 ? line : $"  {line}");
        output.WriteLine();
        return ExitCodes.Success;
    }
}
