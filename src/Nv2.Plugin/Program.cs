using Nv2.Plugin.CommandLine;
using Nv2.Plugin.Contracts;
using Nv2.Plugin.Docker;
using Nv2.Plugin.Files;
using Nv2.Plugin.ImageVerifier;
using Nv2.Plugin.Platform;

OpenSslEnvironment.Isolate();

// A host program's call goes past the command line's parser: it has no options, and every millisecond of it counts for each artifact.
if (args is [var command] && HostCall.IsCommand(command, HostContracts.All))
{
    using var output = StandardStreams.OpenOutput();
    using var error = StandardStreams.OpenError();
    return HostCall.Run(command, HostContracts.All, StandardStreams.OpenInput, output, error);
}

if (VerifierArguments.AreMeant(args))
    return ImageVerifierFace.Run(args);

return DockerFace.IsMeant(Environment.GetCommandLineArgs()[0], args) ? DockerFace.Run(args) : CommandLineFace.Run(args);
