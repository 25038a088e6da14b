using System.CommandLine;
using System.CommandLine.Help;
using Nv2.Plugin.Cli.Commands;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Operations;

namespace Nv2.Plugin.Cli;

/// <summary>A command for programs: the command line lists it, and does not run it.</summary>
/// <param name="Name">The name of the command.</param>
/// <param name="Description">One line for the help.</param>
internal sealed record ProtocolCommand(string Name, string Description);

/// <summary>The tree of commands.</summary>
/// <param name="protocolCommands">The commands for programs.</param>
/// <param name="clock">The time, for the commands that need it.</param>
internal sealed class CommandTree(IReadOnlyList<ProtocolCommand> protocolCommands, TimeProvider clock)
{
    /// <summary>The name of the program in help and messages, whatever the file is called.</summary>
    public const string ProgramName = "nv2";

    private const string Examples =
        """
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
    ];

    /// <summary>
    /// The tree for a command line. When that names a command and does not ask for help, only this command is made: the rest of the tree, and what
    /// help brings along, take a tenth of the time of a verification.
    /// </summary>
    public Command For(string[] args)
    {
        var named = args.Length > 0 ? Array.Find(All, command => command.Name == args[0]) : default;
        return named.Create is null || args.Any(argument => argument is "-h" or "-?" or "--help")
            ? CreateWhole()
            : new Command(ProgramName) { named.Create(clock) };
    }

    private RootCommand CreateWhole()
    {
        var root = new RootCommand(
            "Signs and verifies OCI artifacts with X.509 certificates, offline: the manifests of container images, indexes, Helm charts, "
                + "SBOMs, of any artifact, and any file as it is. "
            + "ORAS, skopeo, crane or docker fetch them from registries and store the signatures; nv2 itself never opens a connection.");
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new HelpWithExamples(help, Examples);
        }

        VersionText.AddTo(root);
        foreach (var (_, create) in All)
            root.Subcommands.Add(create(clock));
        foreach (var (name, description) in protocolCommands)
            root.Subcommands.Add(CreateProtocolCommand(name, description));
        return root;
    }

    // Here for the help and for completion only: on its own, such a command goes past this parser.
    private static Command CreateProtocolCommand(string name, string description)
    {
        var command = new Command(name, description);
        command.SetAction(Refuse);
        return command;

        int Refuse(ParseResult result) => throw new UsageException($"{name} takes no arguments: its request comes on standard input");
    }
}
