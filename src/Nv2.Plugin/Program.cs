using Nv2.Plugin.CommandLine;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Protocol;

OpenSslEnvironment.Isolate();

// A host program's call goes past the command line's parser: it has no options, and every millisecond of it counts for each artifact.
if (args is [var command] && ExecProtocol.Speaks(command))
{
    using var output = StandardStreams.OpenOutput();
    using var error = StandardStreams.OpenError();
    return ExecProtocol.Run(command, StandardStreams.OpenInput, output, error);
}

return CommandLineFace.Run(args);
