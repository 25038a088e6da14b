using System.CommandLine;
using System.CommandLine.Invocation;
using Nv2.Plugin.Files;
using Nv2.Signing;

namespace Nv2.Plugin.CommandLine;

/// <summary>The command line for people: parses, runs one command, and turns every failure into one line on standard error and an exit code.</summary>
internal static class CommandLineFace
{
    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] args)
    {
        // A leading @ is a character of a file name here, not a file of further arguments.
        var result = Commands.For(args).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return Guard(CommandPath(result.CommandResult.Command), () =>
        {
            if (result.Action is ParseErrorAction)
                throw new UsageException(Explain(result));
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        });
    }

    /// <summary>Runs something for a person, and turns every failure into one line on standard error and an exit code.</summary>
    /// <param name="command">The command whose help tells how it is to be called.</param>
    /// <param name="run">What is to be run.</param>
    public static int Guard(string command, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (UsageException exception)
        {
            return Fail($"{exception.Message} (see: {command} --help)", ExitCodes.Usage);
        }
        catch (Exception exception) when (exception is InvalidInputException or AccessDeniedException or IOException or UnauthorizedAccessException)
        {
            return Fail(exception.Message, ExitCodes.Failure);
        }
#pragma warning disable CA1031 // The last resort: a person is never shown a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Fail($"an unexpected error, which is a defect of this program: {exception.GetType().Name}: {exception.Message}", ExitCodes.Failure);
        }
    }

    // Where a command is missing, what stands in its place says more than that it is missing.
    private static string Explain(ParseResult result)
    {
        var commands = result.CommandResult.Command.Subcommands;
        return commands.Count > 0 && result.UnmatchedTokens is [var token, ..]
            ? $"{Quoted.Text(token)} is neither a command nor an option: expected {string.Join(", ", commands.Select(command => command.Name))}"
            : result.Errors[0].Message;
    }

    private static int Fail(string message, int exitCode)
    {
        StandardStreams.WriteErrorLine($"nv2: {message}");
        return exitCode;
    }

    private static string CommandPath(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{CommandPath(parent)} {command.Name}" : Commands.ProgramName;
}
