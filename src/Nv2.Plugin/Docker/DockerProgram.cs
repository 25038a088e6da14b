using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Docker;

/// <summary>The real docker client, which gets the user's terminal.</summary>
internal static class DockerProgram
{
    /// <summary>The variable that names the docker client that runs the plug-in (docker/cli, cli-plugins).</summary>
    private const string OriginVariable = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND";

    /// <summary>The program: the one that runs this plug-in, or else the first in PATH.</summary>
    /// <exception cref="InvalidInputException">It does not exist.</exception>
    public static string Find()
    {
        if (Environment.GetEnvironmentVariable(OriginVariable) is { Length: > 0 } origin && Path.IsPathFullyQualified(origin))
            return origin;
        return ProgramSearch.Find("docker", Environment.GetEnvironmentVariable("PATH"))
            ?? throw new InvalidInputException("docker is not installed, or not in PATH");
    }

    /// <summary>Runs it with this program's own standard streams, and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="InvalidInputException">It cannot be started.</exception>
    public static int Run(string path, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments);
        OpenSslEnvironment.Before.RestoreIn(start.Environment);
        start.Environment.Remove(OriginVariable);
        try
        {
            // docker gets the terminal's signals too, and decides; this program waits until docker exits.
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
            using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => signal.Cancel = true);
            using var process = Process.Start(start) ?? throw new InvalidInputException($"{Quoted.Text(path)} did not start");
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Forward(signal, process));
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Forward(signal, process));
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidInputException($"cannot run {Quoted.Text(path)}: {exception.Message}", exception);
        }
    }

    private static void Forward(PosixSignalContext signal, Process process)
    {
        signal.Cancel = true;
        ProcessSignal.Send(process, signal.Signal);
    }
}
