using System.Text;
using System.Text.Json.Serialization;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Docker;

/// <summary>
/// The plug-in of the docker client (docker/cli, cli-plugins): <c>docker nv2 …</c>. Its own commands are <c>pull</c> and <c>run</c>, which verify
/// an image by the trust policy and then give docker the verified digest. All other commands are those of nv2.
/// </summary>
internal static class DockerPlugin
{
    private const string MetadataCommand = "docker-cli-plugin-metadata";
    private const string Completion = "__complete";
    private const string PluginName = "nv2";
    private const string ProgramName = "docker-nv2";
    private const string SchemaVersion = "0.1.0";
    private const string Vendor = "nv2";
    private const string PullSummary = "Verify an image by the trust policy, pull it by the verified digest, and tag it";
    private const string RunSummary = "Verify an image by the trust policy, and run the verified digest";

    /// <summary>How the plug-in is called.</summary>
    public const string CommandName = $"docker {PluginName}";

    /// <summary>The plug-in's own commands, each with a line for the help.</summary>
    public static IEnumerable<(string Name, string Text)> Summaries => [(DockerInvocation.Pull, PullSummary), (DockerInvocation.Run, RunSummary)];

    /// <summary>Whether docker is calling.</summary>
    /// <param name="program">The name by which this program was called.</param>
    /// <param name="args">Its arguments.</param>
    public static bool IsMeant(string program, string[] args) => args is [MetadataCommand] || IsNamed(program);

    /// <summary>Whether a program is called as docker calls the plug-in.</summary>
    public static bool IsNamed(string program) => Path.GetFileNameWithoutExtension(program) == ProgramName;

    /// <summary>Runs the plug-in.</summary>
    /// <param name="args">The arguments as docker gives them.</param>
    /// <param name="clock">The time.</param>
    /// <param name="others">Runs any other command; it gets the arguments without docker's own options.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TimeProvider clock, Func<string[], int> others)
    {
        if (args is [MetadataCommand])
            return WriteMetadata();
        return ExitCodes.Guard(
            CommandName,
            () =>
            {
                var (global, command) = Split(args);
                return command switch
                {
                    [DockerInvocation.Pull or DockerInvocation.Run, "--help" or "-h"] => WriteUsage(command[0]),
                    ["help", DockerInvocation.Pull or DockerInvocation.Run] => WriteUsage(command[1]),
                    [DockerInvocation.Pull or DockerInvocation.Run, .. var rest] => Execute(DockerInvocation.Parse(global, command[0], rest), clock),
                    _ => others(command),
                };
            }
        );
    }

    private static int WriteMetadata()
    {
        using var output = StandardStreams.OpenOutput();
        JsonOutput.Write(
            output,
            JsonOutput.Line(
                new PluginMetadata(
                    SchemaVersion,
                    Vendor,
                    PluginInformation.Version,
                    "Sign and verify images, and run verified images",
                    PluginInformation.Url
                )
            )
        );
        return ExitCodes.Success;
    }

    private static int WriteUsage(string command)
    {
        var (usage, description) =
            command == DockerInvocation.Run
                ? ("run [OPTIONS] IMAGE [COMMAND] [ARG...]", RunSummary)
                : ("pull [OPTIONS] NAME[:TAG|@DIGEST]", PullSummary);
        using var output = StandardStreams.OpenOutput();
        output.Write(
            Encoding.UTF8.GetBytes(
                $"""
                Usage:  docker nv2 {usage}

                {description}

                Options:
                  --trust-home folder    The folder with the trust policy and the trust stores
                  --transfer program     The program that fetches signatures: oras, skopeo or crane
                  --plain-http           Use HTTP without TLS to access the registry
                  --timeout duration     The time limit for each step of that program

                All other options are those of docker {command}.

                """
            )
        );
        return ExitCodes.Success;
    }

    // docker passes its whole command line: its own options, the name of the plug-in, and the rest; a direct call has no name.
    private static (IReadOnlyList<string> Global, string[] Command) Split(string[] args)
    {
        var index = 0;
        while (
            index < args.Length
            && args[index] is not (PluginName or "--help" or "-h")
            && DockerOptions.Global.Length(args, index) is > 0 and var length
        )
        {
            index += length;
        }

        // For completion docker puts the command before the name.
        if (args is [Completion, PluginName, .. var words])
            return ([], [Completion, .. words]);
        return index < args.Length && args[index] == PluginName ? (args[..index], args[(index + 1)..]) : ([], args);
    }

    private static int Execute(DockerInvocation invocation, TimeProvider clock)
    {
        var docker = DockerProgram.Find();
        using var loggers = VerboseLog.Create(verbose: false);
        var trust = TrustHomeLocation.ByPolicy(invocation.TrustHome, invocation.Image, clock);
        var place = new ArtifactPlace.Registry(invocation.Image, invocation.ReadTransfer());
        var answer = StoredVerification
            .Open(place, shallow: true, loggers.CreateLogger(ProgramName))
            .Ask(new(trust, SignatureQuorum.One) { Reference = invocation.Image }, clock);
        foreach (var line in VerificationText.Explain(answer))
            StandardStreams.WriteErrorLine(line);
        if (!answer.Decision.IsAccepted)
            return ExitCodes.Failure;

        var digest = answer.Verification.Subject.Digest;
        var exitCode = DockerProgram.Run(docker, invocation.ArgumentsFor(digest));
        return exitCode == ExitCodes.Success && invocation.TagArgumentsFor(digest) is { } tag ? DockerProgram.Run(docker, tag) : exitCode;
    }
}

/// <summary>The metadata of a plug-in (docker/cli, cli-plugins/metadata).</summary>
internal sealed record PluginMetadata(
    string SchemaVersion,
    string Vendor,
    string Version,
    string ShortDescription,
    [property: JsonPropertyName("URL")] string Url
) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("SchemaVersion"u8, SchemaVersion);
        json.Text("Vendor"u8, Vendor);
        json.Text("Version"u8, Version);
        json.Text("ShortDescription"u8, ShortDescription);
        json.Text("URL"u8, Url);
    }
}
