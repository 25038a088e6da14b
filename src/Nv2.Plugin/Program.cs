using Nv2.Plugin;
using Nv2.Plugin.Cli;
using Nv2.Plugin.Containerd;
using Nv2.Plugin.Docker;
using Nv2.Plugin.Files;
using Nv2.Plugin.Hosts;
using Nv2.Plugin.Platform;

OpenSslEnvironment.Isolate();

// A host program's call goes past the command line's parser: it has no options, and every millisecond of it counts for each artifact.
if (args is [var command] && HostCall.IsCommand(command, HostContracts.All))
{
    using var output = StandardStreams.OpenOutput();
    using var error = StandardStreams.OpenError();
    return HostCall.Run(command, HostContracts.All, StandardStreams.OpenInput, output, error);
}

var clock = TimeProvider.System;
if (VerifierArguments.AreMeant(args))
    return ImageVerifier.Run(args, clock);

return DockerPlugin.IsMeant(Environment.GetCommandLineArgs()[0], args) ? DockerPlugin.Run(args, clock, RunCommandLine) : RunCommandLine(args);

int RunCommandLine(string[] arguments) => CommandLine.Run(
    arguments,
    [
        new("describe", "For programs: say what this program can do (JSON on standard input and output)"),
        new("generate-signature", "For programs: sign an artifact (JSON on standard input and output)"),
        new("verify-signature", "For programs: verify a signature (JSON on standard input and output)"),
        new("plugin", "For programs: any of the three, named by \"command\" in the request"),
    ],
    clock);
