using Nv2.Plugin;
using Nv2.Plugin.Cli;
using Nv2.Plugin.Containerd;
using Nv2.Plugin.Contracts;
using Nv2.Plugin.Contracts.Notation;
using Nv2.Plugin.Contracts.Nv2;
using Nv2.Plugin.Docker;
using Nv2.Plugin.Files;
using Nv2.Plugin.KeySources;
using Nv2.Plugin.Platform;

// This program again, for a PKCS#11 module: with the environment of the user, which modules read.
if (OperatingSystem.IsLinux() && args is [TokenHost.Argument])
    return TokenHost.Run();

OpenSslEnvironment.Isolate();
var clock = TimeProvider.System;

// The contracts with host programs. A new one is added here.
HostContract[] contracts = [ExecProtocol.Contract, NotationContract.Contract];

// First, because a containerd call that another face took could succeed. Arguments of docker's run can look like containerd's.
var program = Environment.GetCommandLineArgs()[0];
if (
    VerifierArguments.IsVerifier(program)
    || VerifierArguments.IsVerifier(Environment.ProcessPath ?? "")
    || (!DockerPlugin.IsNamed(program) && VerifierArguments.AreMeant(args))
)
    return ImageVerifier.Run(args, clock);

// A host's call bypasses the parser of the command line: it has no options, and every millisecond counts for each artifact.
if (args is [var command] && HostCall.IsCommand(command, contracts))
{
    using var output = StandardStreams.OpenOutput();
    using var error = StandardStreams.OpenError();
    return HostCall.Run(command, contracts, clock, StandardStreams.OpenInput, output, error);
}

if (args is [var streamed, HostStream.Option] && HostCall.IsCommand(streamed, contracts))
{
    SecretVariable.IsKept = true;
    using var tokens = TokenSessions.Keep();
    using var input = StandardStreams.OpenInput();
    using var output = StandardStreams.OpenOutput();
    return HostCall.RunStream(streamed, contracts, clock, input, output, tokens.Dispose);
}

return DockerPlugin.IsMeant(program, args)
    ? DockerPlugin.Run(args, clock, arguments => CommandLine.Run(arguments, DockerFace(), clock))
    : CommandLine.Run(args, new(PluginInformation.Name, [], ForPrograms()), clock);

CommandLineFace DockerFace() =>
    new(DockerPlugin.CommandName, [.. DockerPlugin.Summaries.Select(summary => new ListedCommand(summary.Name, summary.Text))], ForPrograms());

ListedCommand[] ForPrograms() =>
    [.. ExecProtocol.Summaries.Select(summary => new ListedCommand(summary.Name, summary.Text, (HostStream.Option, HostStream.OptionText)))];
