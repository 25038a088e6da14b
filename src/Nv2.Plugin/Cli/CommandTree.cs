using System.CommandLine;
using System.CommandLine.Help;
using Nv2.Plugin.Cli.Commands;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Operations;

namespace Nv2.Plugin.Cli;

/// <summary>A command that the help lists but that runs elsewhere: a command for programs, or a command of another face.</summary>
/// <param name="Name">The name of the command.</param>
/// <param name="Description">One line for the help.</param>
/// <param name="Option">The name and description of its option, or <see langword="null"/>.</param>
internal sealed record ListedCommand(string Name, string Description, (string Name, string Description)? Option = null);

/// <summary>How the command line is called.</summary>
/// <param name="Program">The name of the program in help and messages, independent of the file name: <c>nv2</c>, <c>docker nv2</c>.</param>
/// <param name="First">Commands of that face, which are listed before the others.</param>
/// <param name="Last">Commands for programs, which are listed after them.</param>
internal sealed record CommandLineFace(string Program, IReadOnlyList<ListedCommand> First, IReadOnlyList<ListedCommand> Last);

/// <summary>The tree of commands.</summary>
/// <param name="face">How the command line is called.</param>
/// <param name="clock">The time, for the commands that need it.</param>
internal sealed class CommandTree(CommandLineFace face, TimeProvider clock)
{
    /// <summary>The command that shows the help of others.</summary>
    public const string Help = "help";

    /// <summary>The command that prints the version.</summary>
    public const string Version = "version";

    /// <summary>The examples of the program as a whole.</summary>
    public const string Examples = """
        # A key and a certificate for trying things out
        nv2 certificate generate-test registry.example.com

        # Sign an artifact in a registry; the signature is pushed beside it
        nv2 sign -k registry.example.com.key -c registry.example.com.crt registry.example.com/app:v1

        # Pull what was verified, and nothing else
        docker pull registry.example.com/app@$(nv2 verify -c registry.example.com.crt registry.example.com/app:v1)

        # An image layout, in a folder or a tar
        docker save app:v1 | nv2 verify -c registry.example.com.crt --oci-layout -

        # A manifest and a signature in files
        nv2 verify -f app.nv2 -c registry.example.com.crt manifest.json

        # Any other file, in a format of the Notary Project
        nv2 sign --blob app.tar.gz --format jws -k registry.example.com.key -c registry.example.com.crt
        nv2 verify --blob app.tar.gz --ca-cert registry.example.com.crt
        """;

    private static readonly (string Name, Func<TimeProvider, Command> Create)[] All =
    [
        (SignCommand.Name, SignCommand.Create),
        (VerifyCommand.Name, VerifyCommand.Create),
        (ListCommand.Name, ListCommand.Create),
        (InspectCommand.Name, InspectCommand.Create),
        (TimestampCommand.Name, _ => TimestampCommand.Create()),
        (AttachCommand.Name, _ => AttachCommand.Create()),
        (TrustCommand.Name, TrustCommand.Create),
        (KeyCommand.Name, _ => KeyCommand.Create()),
        (CertificateCommand.Name, CertificateCommand.Create),
        (DoctorCommand.Name, DoctorCommand.Create),
        (CompletionCommand.Name, _ => CompletionCommand.Create()),
    ];

    /// <summary>
    /// The tree for a command line. If the command line names a command and does not ask for help, only that command is created: creating the rest of
    /// the tree and the help takes a tenth of the time of a verification.
    /// </summary>
    public Command For(IReadOnlyList<string> args)
    {
        var named = args.Count > 0 ? Array.Find(All, command => command.Name == args[0]) : default;
        return named.Create is null || args.Any(IsHelp) ? CreateWhole() : new Command(PluginInformation.Name) { named.Create(clock) };
    }

    /// <summary>Whether an argument asks for help.</summary>
    public static bool IsHelp(string argument) => argument is "-h" or "-?" or "--help";

    private RootCommand CreateWhole()
    {
        var root = new RootCommand(
            "Signs and verifies OCI artifacts with X.509 certificates, offline: manifests of container images, indexes, Helm charts, "
                + "SBOMs and other artifacts, and plain files. "
                + "ORAS, skopeo, crane or docker transfer artifacts and signatures; nv2 itself never opens a connection."
        );
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new HelpWithExamples(help, Examples, face.Program);
        }

        VersionText.AddTo(root);
        foreach (var listed in face.First)
            root.Subcommands.Add(CreateListed(listed));
        foreach (var (_, create) in All)
            root.Subcommands.Add(create(clock));
        foreach (var listed in face.Last)
            root.Subcommands.Add(CreateListed(listed));
        root.Subcommands.Add(CreateListed(new(Help, "Show the help of a command, such as trust add (same as --help)")));
        root.Subcommands.Add(CreateListed(new(Version, "Print the version (same as --version)")));
        return root;
    }

    // Listed for the help and completion only: a call of such a command never reaches this parser.
    private static Command CreateListed(ListedCommand listed)
    {
        var command = new Command(listed.Name, listed.Description);
        if (listed.Option is { } option)
            command.Add(new Option<bool>(option.Name) { Description = option.Description });
        command.SetAction(Refuse);
        return command;

        int Refuse(ParseResult result) =>
            throw new UsageException(
                listed.Option is { } only
                    ? $"{listed.Name} takes no arguments here, and only the option {only.Name}"
                    : $"{listed.Name} takes no arguments here"
            );
    }
}
