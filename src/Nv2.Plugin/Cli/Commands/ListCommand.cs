using System.CommandLine;
using System.Text;
using System.Text.Json;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 list</c>: shows an artifact's signatures and those of the manifests below it, without trusting them.</summary>
internal static class ListCommand
{
    public const string Name = "list";

    public static Command Create()
    {
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(Name, takesFiles: false);
        var command = new ManualCommand(
            Name,
            "List the signatures of an artifact, and of the manifests below an index, without verifying them",
            """
            nv2 list registry.example.com/app:v1
            nv2 list --oci-layout ./app:v1
            docker save app:v1 | nv2 list --json --oci-layout -
            """)
        {
            json, verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result => Run(artifact.Read(result), result.GetValue(json), result.GetValue(verbose)));
        return command;
    }

    private static int Run(ArtifactPlace place, bool json, bool verbose)
    {
        using var loggers = VerboseLog.Create(verbose);
        var (store, artifact, name) = StoredArtifacts.Find(place, loggers.CreateLogger(Name));
        var tree = StoredArtifacts.Explain("list the signatures in", name, () => Read(store, artifact, [], 0));
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, writer => Write(writer, tree));
        else
            output.Write(Encoding.UTF8.GetBytes(SignatureText.Draw(tree)));
        return ExitCodes.Success;
    }

    // A manifest that is listed a second time is shown without what is below it: an index can list the same one any number of times, at every depth.
    private static SignedTree Read(IArtifactStore store, Descriptor manifest, HashSet<Digest> seen, int depth)
    {
        if (!seen.Add(manifest.Digest))
            return new SignedTree(manifest, [], []);
        if (depth > ManifestTree.MaxDepth)
            throw new InvalidInputException($"indexes are nested more than {ManifestTree.MaxDepth} deep");
        return new(
            manifest,
            StoredSignature.ReadAll(store, manifest),
            [.. ManifestTree.Below(store, manifest).DistinctBy(below => below.Digest).Select(below => Read(store, below, seen, depth + 1))]);
    }

    private static void Write(Utf8JsonWriter writer, SignedTree node)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("subject");
        node.Manifest.Write(writer);
        writer.WriteStartArray("signatures");
        foreach (var signature in node.Signatures)
            VerificationJson.WriteUnverified(writer, signature);
        writer.WriteEndArray();
        if (node.Below.Count > 0)
        {
            writer.WriteStartArray("manifests");
            foreach (var below in node.Below)
                Write(writer, below);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
