using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli;

/// <summary>The command line for people: parses the arguments and runs one command.</summary>
internal static class CommandLine
{
    private const string HelpOption = "--help";
    private const string VersionOption = "--version";

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="face">How it is called.</param>
    /// <param name="clock">The time.</param>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] args, CommandLineFace face, TimeProvider clock)
    {
        if (args is [Completion.Command, .. var words])
            return Completion.Run(new CommandTree(face, clock).For([]), words);

        string[] asked = args switch
        {
            [CommandTree.Help, .. var about] => [.. about, HelpOption],
            [CommandTree.Version, .. var more] when !more.Any(CommandTree.IsHelp) => [VersionOption, .. more],
            _ => args,
        };

        // A leading @ is a character of a file name here, not a file of further arguments.
        var result = new CommandTree(face, clock).For(asked).Parse(asked, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return ExitCodes.Guard(
            $"{face.Program}{CommandPath(result.CommandResult.Command)}",
            () =>
            {
                if (result.Action is ParseErrorAction || ReferenceEquals(result.Action, result.CommandResult.Command.Action))
                    RequireKnown(result, asked, face);
                else if (args is [CommandTree.Help, ..] && result.UnmatchedTokens is [var unmatched, ..])
                    throw new UsageException(NoCommand(result, unmatched, face));
                if (result.Action is ParseErrorAction)
                    throw new UsageException(Explain(result, face));
                return Invoke(result);
            }
        );
    }

    // The help, version and completion output of the parser is written like any other: the platform's console would write control sequences to a
    // terminal.
    private static int Invoke(ParseResult result)
    {
        using var words = new StringWriter();
        var exitCode = result.Invoke(
            new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = words,
                Error = words,
            }
        );
        if (words.GetStringBuilder().Length == 0)
            return exitCode;
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(words.ToString()));
        return exitCode;
    }

    private static void RequireKnown(ParseResult result, IReadOnlyList<string> args, CommandLineFace face)
    {
        if (UnknownOptions.Find(result, args) is { } unknown)
            throw new UsageException($"{Quoted.Text(unknown)} is not an option of {Called(result, face)}{UnknownOptions.Advise(result, unknown)}");
    }

    // If the command is missing, an unknown word in its place is the better error to report.
    private static string Explain(ParseResult result, CommandLineFace face)
    {
        var commands = result.CommandResult.Command.Subcommands;
        return (commands.Count > 0, result.UnmatchedTokens) switch
        {
            (true, [var token, ..]) => NoCommand(result, token, face),
            (true, []) => $"no command given to {Called(result, face)}: expected {Names(commands)}",
            (false, [var token, ..]) => $"unexpected argument {Quoted.Text(token)} for {Called(result, face)}",
            _ => result.Errors[0].Message,
        };
    }

    private static string NoCommand(ParseResult result, string token, CommandLineFace face)
    {
        var commands = result.CommandResult.Command.Subcommands;
        var nearest = NearestName.Suggest(token, commands.Select(command => command.Name));
        return $"{Quoted.Text(token)} is not a command of {Called(result, face)}{(nearest.Length > 0 ? nearest : $": expected {Names(commands)}")}";
    }

    private static string Names(IList<Command> commands) => string.Join(", ", commands.Select(command => command.Name));

    private static string Called(ParseResult result, CommandLineFace face) => $"{face.Program}{CommandPath(result.CommandResult.Command)}";

    private static string CommandPath(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{CommandPath(parent)} {command.Name}" : "";
}

/// <summary>Finds unknown options. The parser takes an unknown option for an argument, and then reports the argument or what follows it.</summary>
internal static class UnknownOptions
{
    private const string Help = "--help";

    /// <summary>The first unknown option, or <see langword="null"/>. The value of an option begins with at most one hyphen, unless it is joined to
    /// the option.</summary>
    public static string? Find(ParseResult result, IReadOnlyList<string> args)
    {
        var before = args.TakeWhile(argument => argument != "--").ToList();
        var known = Known(result);

        // The parser would take -format for -f with the value ormat.
        if (
            before.Find(argument => argument.Length > 2 && argument[0] == '-' && argument[1] != '-' && known.Contains($"-{NameOf(argument)}")) is
            { } oneHyphen
        )
            return oneHyphen;

        Token? previous = null;
        foreach (var token in result.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash))
        {
            if (
                token.Type == TokenType.Argument
                && token.Value is ['-', _, ..]
                && before.Contains(token.Value)
                && (token.Value[1] == '-' || !IsValued(result, previous))
            )
            {
                return token.Value;
            }

            previous = token;
        }

        return null;
    }

    /// <summary>The end of the message about an unknown option.</summary>
    public static string Advise(ParseResult result, string unknown)
    {
        var name = NameOf(unknown);
        if (Known(result).Contains(name))
            return $": expected it after {result.CommandResult.Command.Name}";
        if (NearestName.Suggest(name, Known(result)) is { Length: > 0 } suggestion)
            return suggestion;
        return result.CommandResult.Command.Subcommands.Any(command => command.Options.Any(option => Names(option).Contains(name)))
            ? ": expected it after its command"
            : ": expected an option from its help, or -- before an argument that begins with a hyphen";
    }

    private static string NameOf(string argument) => argument.Split('=', ':')[0];

    private static bool IsValued(ParseResult result, Token? option) =>
        option is { Type: TokenType.Option }
        && Options(result).FirstOrDefault(candidate => Names(candidate).Contains(option.Value)) is { Arity.MaximumNumberOfValues: > 0 };

    private static List<string> Known(ParseResult result) => [.. Options(result).SelectMany(Names), Help];

    private static IEnumerable<Option> Options(ParseResult result) => result.CommandResult.Command.Options.Where(option => !option.Hidden);

    private static IEnumerable<string> Names(Option option) => option.Aliases.Prepend(option.Name);
}
