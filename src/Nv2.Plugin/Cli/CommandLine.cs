using System.CommandLine;
using System.CommandLine.Invocation;
using Nv2.Plugin.Operations;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli;

/// <summary>The command line for people: parses the arguments and runs one command.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="protocolCommands">The commands for programs, to be listed in the help.</param>
    /// <param name="clock">The time.</param>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] args, IReadOnlyList<ProtocolCommand> protocolCommands, TimeProvider clock)
    {
        // A leading @ is a character of a file name here, not a file of further arguments.
        var result = new CommandTree(protocolCommands, clock).For(args).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return ExitCodes.Guard(CommandPath(result.CommandResult.Command), () =>
        {
            if (result.Action is ParseErrorAction)
                throw new UsageException(Explain(result));
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        });
    }

    // Where a command is missing, what stands in its place says more than that it is missing.
    private static string Explain(ParseResult result)
    {
        var commands = result.CommandResult.Command.Subcommands;
        return commands.Count > 0 && result.UnmatchedTokens is [var token, ..]
            ? $"{Quoted.Text(token)} is neither a command nor an option: expected {string.Join(", ", commands.Select(command => command.Name))}"
            : result.Errors[0].Message;
    }

    private static string CommandPath(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{CommandPath(parent)} {command.Name}" : CommandTree.ProgramName;
}
