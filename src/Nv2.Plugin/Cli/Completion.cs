using System.CommandLine;
using System.Globalization;
using System.Text;
using Nv2.Plugin.Cli.Commands;
using Nv2.Plugin.Files;
using Nv2.Plugin.KeySources;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Formats;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli;

/// <summary>
/// Completes a command line for a shell, in the protocol of Cobra, which docker's client uses too: <c>nv2 __complete WORD… CURRENT</c> prints a
/// candidate a line, with its description behind a tab, and at the end a colon and what the shell adds to them.
/// </summary>
internal static class Completion
{
    /// <summary>The command. A shell calls it, so no help lists it.</summary>
    public const string Command = "__complete";

    // Cobra's ShellCompDirective: these are bits.
    private const int Files = 0;
    private const int NoSpace = 2;
    private const int NoFiles = 4;
    private const int Folders = 16;

    /// <summary>Prints the candidates.</summary>
    /// <param name="root">The whole tree of commands.</param>
    /// <param name="words">The words after the name of the program, up to the one with the cursor, which can be empty.</param>
    /// <returns>The exit code.</returns>
    public static int Run(Command root, IReadOnlyList<string> words)
    {
        var answer = Complete(root, words);
        var text = new StringBuilder();
        foreach (var (value, description) in answer.Candidates)
            text.Append(value).Append(description is null ? "" : $"\t{description}").Append('\n');
        text.Append(CultureInfo.InvariantCulture, $":{answer.Directive}\n");
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return ExitCodes.Success;
    }

    private static Answer Complete(Command root, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
            return Answer.Nothing;
        var current = words[^1];
        if (words is [CommandTree.Help, ..])
            return Subcommands(words.Skip(1).SkipLast(1).Aggregate<string, Command?>(root, (command, word) => Find(command, word)), current);

        var place = new Place(root);
        foreach (var word in words.SkipLast(1))
            place.Read(word);

        if (place.Pending is { } pending)
            return Values(pending.HelpName, current).Starting(current);
        if (!place.IsBehindOptions && current is ['-', ..])
        {
            return current.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
                ? JoinedValues(place, current[..equals], current[(equals + 1)..])
                : place.Options().Starting(current);
        }

        return place is { Command.Subcommands.Count: > 0 }
            ? Subcommands(place.Command, current)
            : Values(place.Argument(), current).Starting(current);
    }

    private static Answer Subcommands(Command? command, string current) =>
        new Answer([.. (command?.Subcommands ?? []).Where(sub => !sub.Hidden).Select(sub => (sub.Name, sub.Description))], NoFiles).Starting(current);

    private static Command? Find(Command? command, string name) => command?.Subcommands.FirstOrDefault(sub => sub.Name == name);

    // For --format=jw the candidates start with the option, as the word does.
    private static Answer JoinedValues(Place place, string option, string current)
    {
        var values = Values(place.Find(option)?.HelpName, current).Starting(current);
        return values with { Candidates = [.. values.Candidates.Select(one => ($"{option}={one.Value}", one.Description))] };
    }

    // The help name of an option or an argument says what it takes.
    private static Answer Values(string? what, string current) =>
        what switch
        {
            "format" => Names(SignatureFormats.All.Select(format => format.Name)),
            "program" => Names(TransferTools.All.Where(tool => tool.CarriesSignatures).Select(tool => tool.Name)),
            "level" => Names(VerificationLevel.All.Select(level => level.Name)),
            "store" => Names(Stores().Select(store => store.ToString())),
            "store name" => Names(Stores().Select(store => store.Name).Distinct()),
            "key" => new(
                [.. Keys(current), ("pkcs11:", "a key on a token"), ("plugin:", "a key of a plug-in of notation"), ("exec:", "a command that signs")],
                Files | NoSpace
            ),
            "key name" => Names(Keys(current).Select(key => key.Value)),
            "source" => new([("prompt", null), ("file:", null), ("env:", null), ("fd:", null)], NoFiles | NoSpace),
            "on|off" => Names(["on", "off"]),
            "limit=number" => new([("signatures=", null), ("mebibytes=", null), ("seconds=", null)], NoFiles | NoSpace),
            "method" => Names(["x509"]),
            "shell" => Names(CompletionCommand.Shells),
            "folder" => new([], Folders),
            "duration" or "identity" or "key=value" or "name" or "number" or "sha256" or "scope" or "host" => Answer.Nothing,
            _ => new([], Files),
        };

    private static Answer Names(IEnumerable<string> names) => new([.. names.Select(name => (name, (string?)null))], NoFiles);

    // Completion reports no errors: an unreadable file gives no candidates, and the command itself explains the error.
    private static IReadOnlyList<TrustStoreName> Stores() => Offer(() => TrustHomeLocation.Find(null)?.Store.List() ?? []);

    private static IReadOnlyList<(string Value, string? Description)> Keys(string current) =>
        current.Contains(':', StringComparison.Ordinal)
            ? []
            : Offer<(string, string?)>(() => [.. NamedKeys.Read().Keys.Select(key => (key.Name, (string?)Quoted.Printable(key.Reference)))]);

    private static IReadOnlyList<T> Offer<T>(Func<IReadOnlyList<T>> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidInputException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The answer to a shell.</summary>
    private sealed record Answer(IReadOnlyList<(string Value, string? Description)> Candidates, int Directive)
    {
        public static Answer Nothing { get; } = new([], NoFiles);

        public Answer Starting(string with) =>
            this with
            {
                Candidates =
                [
                    .. Candidates
                        .Where(one => one.Value.StartsWith(with, StringComparison.Ordinal))
                        .Select(one => (one.Value, FirstSentence(one.Description))),
                ],
            };

        // Descriptions of options are cut where a shell has no room for more.
        private static string? FirstSentence(string? description) => description?.Split(';', '\n', '[')[0].TrimEnd();
    }

    /// <summary>How far a command line has been read.</summary>
    private sealed class Place(Command command)
    {
        private readonly HashSet<Option> given = [];
        private int arguments;

        public Command Command { get; private set; } = command;

        /// <summary>The option whose value is next.</summary>
        public Option? Pending { get; private set; }

        public bool IsBehindOptions { get; private set; }

        public void Read(string word)
        {
            if (Pending is not null)
            {
                Pending = null;
            }
            else if (word == "--")
            {
                IsBehindOptions = true;
            }
            else if (!IsBehindOptions && word is ['-', _, ..])
            {
                var isJoined = word.Contains('=', StringComparison.Ordinal);
                if (Find(word.Split('=')[0]) is not { } option)
                    return;
                given.Add(option);
                Pending = isJoined || option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? null : option;
            }
            else if (Completion.Find(Command, word) is { } subcommand)
            {
                Command = subcommand;
            }
            else
            {
                arguments++;
            }
        }

        public Option? Find(string name) => Command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));

        // The options that can still be given, by their long names, or by the short name if there is no other.
        public Answer Options() =>
            new(
                [
                    .. Command
                        .Options.Where(option => !option.Hidden && (!given.Contains(option) || option.Arity.MaximumNumberOfValues > 1))
                        .Select(option => (option.Name, option.Description)),
                ],
                NoFiles
            );

        /// <summary>What the argument at this place is, or <see langword="null"/> where none is expected.</summary>
        public string? Argument()
        {
            if (arguments >= Command.Arguments.Count)
                return "name"; // An unexpected argument has no candidates.
            var argument = Command.Arguments[arguments];
            return (Command.Parents.OfType<Command>().FirstOrDefault()?.Name, argument.HelpName ?? argument.Name) switch
            {
                ("trust", "name") => "store name",
                ("key", "name") => "key name",
                (_, var name) => name,
            };
        }
    }
}
