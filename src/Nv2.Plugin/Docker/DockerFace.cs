using System.Text;
using Nv2.Plugin.CommandLine;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Docker;

/// <summary>
/// The plug-in of the docker client (docker/cli, cli-plugins): <c>docker nv2 …</c>. Its commands are those of the command line, and two of docker's own, <c>pull</c> and <c>run</c>,
/// which verify an image by the trust policy first and hand docker the digest that was verified.
/// </summary>
internal static class DockerFace
{
    private const string MetadataCommand = "docker-cli-plugin-metadata";
    private const string PluginName = "nv2";
    private const string ProgramName = "docker-nv2";
    private const string SchemaVersion = "0.1.0";
    private const string Vendor = "nv2";

    /// <summary>Whether docker is calling.</summary>
    /// <param name="program">What this program was called as.</param>
    /// <param name="args">Its arguments.</param>
    public static bool IsMeant(string program, string[] args) => args is [MetadataCommand] || Path.GetFileNameWithoutExtension(program) == ProgramName;

    /// <summary>Answers.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        if (args is [MetadataCommand])
            return WriteMetadata();
        return CommandLineFace.Guard(ProgramName, () =>
        {
            var (global, command) = Split(args);
            return command switch
            {
                [DockerInvocation.Pull or DockerInvocation.Run, "--help" or "-h"] => WriteUsage(command[0]),
                [DockerInvocation.Pull or DockerInvocation.Run, .. var arguments] => Execute(DockerInvocation.Parse(global, command[0], arguments)),
                _ => CommandLineFace.Run(command),
            };
        });
    }

    private static int WriteMetadata()
    {
        using var output = StandardStreams.OpenOutput();
        JsonOutput.Write(output, DockerJson.Line(new PluginMetadata(
            SchemaVersion, Vendor, PluginInformation.Version, "Sign and verify images, and run what is verified", PluginInformation.Url)));
        return ExitCodes.Success;
    }

    private static int WriteUsage(string command)
    {
        var text = command == DockerInvocation.Run
            ? "Usage:  docker nv2 run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nVerify an image by the trust policy, and run what was verified"
            : "Usage:  docker nv2 pull [OPTIONS] NAME[:TAG|@DIGEST]\n\nVerify an image by the trust policy, pull what was verified, and give it its tag";
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(
            $"""
            {text}

            Options:
              --trust-home folder    The folder with the trust policy and the trust stores
              --transfer program     The program that fetches signatures: oras, skopeo or crane
              --plain-http           The registry speaks HTTP without TLS
              --timeout duration     How long that program may take for each step

            All other options are those of docker {command}.

            """));
        return ExitCodes.Success;
    }

    // docker hands on its whole command line: its own options, the name of the plug-in, and what follows; called by hand there is no name.
    private static (IReadOnlyList<string> Global, string[] Command) Split(string[] args)
    {
        var index = 0;
        while (index < args.Length && args[index] is not (PluginName or "--help" or "-h") && DockerOptions.Global.Length(args, index) is > 0 and var length)
            index += length;
        return index < args.Length && args[index] == PluginName ? (args[..index], args[(index + 1)..]) : ([], args);
    }

    private static int Execute(DockerInvocation invocation)
    {
        var docker = DockerProgram.Find();
        using var loggers = VerboseLog.Create(verbose: false);
        var trust = TrustDecision.ByPolicy(TrustHome.Find(invocation.Own.GetValueOrDefault("--trust-home")), invocation.Image);
        var answer = StoredVerification.Ask(
            ArtifactOptions.RegistryPlace(
                invocation.Image,
                invocation.Own.GetValueOrDefault("--transfer"),
                invocation.Own.ContainsKey("--plain-http"),
                invocation.Own.GetValueOrDefault("--timeout")),
            new StoredVerification.Question(trust, invocation.Image, new SignatureQuorum(1, All: false), new Dictionary<string, string>(), Shallow: true),
            loggers.CreateLogger(ProgramName));
        StoredVerification.Explain(answer);
        if (!answer.Acceptance.IsAccepted)
            return ExitCodes.Failure;

        var digest = answer.Artifact.Digest;
        var exitCode = DockerProgram.Run(docker, invocation.ArgumentsFor(digest));

        // Pulled by digest, the image has no tag; under the one that was asked for, later commands find what was verified.
        return exitCode == 0 && invocation is { Command: DockerInvocation.Pull, Image.EffectiveTag: { } tag }
            ? DockerProgram.Run(docker, [.. invocation.Global, "tag", invocation.ImageAt(digest), $"{invocation.Image.Repository}:{tag}"])
            : exitCode;
    }
}
