using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using Nv2.Plugin;
using Nv2.Plugin.Cli;
using Nv2.Plugin.Cli.Text;

namespace Nv2.ManPages;

/// <summary>A page of the manual, in the macros of man(7), made from the tree of commands.</summary>
/// <param name="Name">Its name: <c>nv2-trust-add</c>.</param>
/// <param name="Text">The page.</param>
internal sealed record ManPage(string Name, string Text)
{
    private const string Section = "1";

    // Sections of the program's page in addition to its commands. docs/cli.md has the details.
    private static readonly (string Heading, (string Term, string Text)[] Entries)[] OfProgram =
    [
        (
            "EXIT STATUS",
            [
                ("0", "Success. For verify: the signature is valid and the signer is trusted."),
                ("1", "The work could not be done. For verify: verification failed."),
                ("2", "The command line is wrong. Nothing was signed or verified."),
            ]
        ),
        (
            "ENVIRONMENT",
            [
                ("NV2_HOME", "The folder with the trust policy, the trust stores and signingkeys.json."),
                ("NV2_TRANSFER", "The program that accesses registries: oras, skopeo or crane."),
                ("XDG_CONFIG_HOME, HOME", "Where nv2 looks for its folder when NV2_HOME is not set."),
                ("PATH", "Where the transfer programs, docker and the plug-ins are found."),
            ]
        ),
        (
            "FILES",
            [
                ("~/.config/nv2/trustpolicy.json", "The trust policy, in the format of the Notary Project."),
                ("~/.config/nv2/truststore/x509/TYPE/NAME", "The trust stores: folders with certificates. TYPE is ca, signingAuthority or tsa."),
                ("~/.config/nv2/nv2.json", "Settings that the trust policy does not support."),
                ("~/.config/nv2/crls", "Certificate revocation lists."),
                ("~/.config/nv2/signingkeys.json", "Names of private keys, and the default key."),
                ("/etc/nv2/verifier.json", "Settings of the image verifier of containerd."),
            ]
        ),
    ];

    /// <summary>The name of its file.</summary>
    public string FileName => $"{Name}.{Section}";

    /// <summary>The pages of a command and its subcommands.</summary>
    public static IEnumerable<ManPage> All(Command root) => Walk(root, PluginInformation.Name);

    private static IEnumerable<ManPage> Walk(Command command, string called)
    {
        yield return new(PageName(called), Write(command, called));
        foreach (var subcommand in Shown(command))
        {
            foreach (var page in Walk(subcommand, $"{called} {subcommand.Name}"))
                yield return page;
        }
    }

    private static IEnumerable<Command> Shown(Command command) => command.Subcommands.Where(subcommand => !subcommand.Hidden);

    private static string PageName(string called) => called.Replace(' ', '-');

    private static string Write(Command command, string called)
    {
        var page = new Roff();
        page.Macro("TH", PageName(called).ToUpperInvariant(), Section, "", $"nv2 {PluginInformation.Version}", "nv2");
        page.Heading("NAME");
        page.Line($"{PageName(called)} \\- {Roff.Escape(Summary(command))}");
        page.Heading("SYNOPSIS");
        page.Line(Synopsis(command, called));
        page.Heading("DESCRIPTION");
        page.Paragraph(command.Description + ".");
        foreach (var argument in command.Arguments.Where(argument => !argument.Hidden))
            page.Entry($"\\fI{Roff.Escape(argument.Name)}\\fR", Roff.Escape(argument.Description ?? ""));
        WriteOptions(page, command);
        WriteCommands(page, command, called);
        WriteExamples(page, command);
        if (command is RootCommand)
            WriteProgram(page);
        WriteSeeAlso(page, command, called);
        return page.ToString();
    }

    private static string Summary(Command command) =>
        command is RootCommand ? "sign and verify OCI artifacts with X.509 certificates" : (command.Description ?? "").Split(';', ':')[0];

    private static string Synopsis(Command command, string called)
    {
        var text = new StringBuilder($"\\fB{Roff.Escape(called)}\\fR");
        if (Shown(command).Any())
            text.Append(" \\fIcommand\\fR");
        if (Options(command).Any())
            text.Append(" [\\fIoptions\\fR]");
        foreach (var argument in command.Arguments.Where(argument => !argument.Hidden))
        {
            var name = $"\\fI{Roff.Escape(argument.Name)}\\fR";
            text.Append(argument.Arity.MinimumNumberOfValues == 0 ? $" [{name}]" : $" {name}");
        }

        return text.ToString();
    }

    private static IEnumerable<Option> Options(Command command) => command.Options.Where(option => !option.Hidden && option is not HelpOption);

    private static void WriteOptions(Roff page, Command command)
    {
        if (!Options(command).Any())
            return;
        page.Heading("OPTIONS");
        foreach (var option in Options(command))
        {
            var names = string.Join(
                ", ",
                option.Aliases.Order(StringComparer.Ordinal).Prepend(option.Name).Select(name => $"\\fB{Roff.Escape(name)}\\fR")
            );
            var value = option.ValueType == typeof(bool) ? "" : $" \\fI{Roff.Escape(option.HelpName ?? "value")}\\fR";
            page.Entry(names + value, Roff.Escape((option.Description ?? "") + "."));
        }
    }

    private static void WriteCommands(Roff page, Command command, string called)
    {
        if (!Shown(command).Any())
            return;
        page.Heading("COMMANDS");
        foreach (var subcommand in Shown(command))
            page.Entry($"\\fB{Roff.Escape($"{called} {subcommand.Name}")}\\fR", Roff.Escape((subcommand.Description ?? "") + "."));
    }

    private static void WriteExamples(Roff page, Command command)
    {
        var examples = command switch
        {
            CommandWithExamples with => with.Examples,
            RootCommand => CommandTree.Examples,
            _ => null,
        };
        if (examples is null)
            return;
        page.Heading("EXAMPLES");
        page.Verbatim(examples);
    }

    private static void WriteProgram(Roff page)
    {
        foreach (var (heading, entries) in OfProgram)
        {
            page.Heading(heading);
            foreach (var (term, text) in entries)
                page.Entry($"\\fB{Roff.Escape(term)}\\fR", Roff.Escape(text));
        }
    }

    private static void WriteSeeAlso(Roff page, Command command, string called)
    {
        var pages =
            command is RootCommand
                ? Shown(command).Select(subcommand => PageName($"{called} {subcommand.Name}"))
                : [PluginInformation.Name, .. Shown(command).Select(subcommand => PageName($"{called} {subcommand.Name}"))];
        page.Heading("SEE ALSO");
        page.Line(string.Join(", ", pages.Select(name => $"\\fB{Roff.Escape(name)}\\fR({Section})")));
        page.Paragraph($"The documentation is at {PluginInformation.Url}.");
    }
}

/// <summary>Writes the macros of man(7).</summary>
internal sealed class Roff
{
    private readonly StringBuilder text = new();

    /// <summary>Escapes text for the formatter.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("'", "\\(aq", StringComparison.Ordinal)
            .Replace("`", "\\(ga", StringComparison.Ordinal)
            .Replace("^", "\\(ha", StringComparison.Ordinal)
            .Replace("~", "\\(ti", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal);

    public void Macro(string name, params string[] arguments) =>
        Append($".{name}{string.Concat(arguments.Select(argument => $" \"{Escape(argument)}\""))}");

    public void Heading(string heading) => Append($".SH {heading}");

    /// <summary>An escaped line.</summary>
    public void Line(string line) => Append(line);

    public void Paragraph(string paragraph)
    {
        Append(".PP");
        Append(Escape(paragraph));
    }

    /// <summary>A term and its description, both escaped.</summary>
    public void Entry(string term, string meaning)
    {
        Append(".TP");
        Append(term);
        Append(meaning);
    }

    /// <summary>Preformatted lines.</summary>
    public void Verbatim(string lines)
    {
        Append(".nf");
        foreach (var line in lines.Split('\n'))
            Append(line.Length == 0 ? ".sp" : $"\\&{Escape(line)}");
        Append(".fi");
    }

    public override string ToString() => text.ToString();

    // A line that begins with a dot would be a macro: only this class writes macros.
    private void Append(string line) => text.Append(line).Append('\n');
}
