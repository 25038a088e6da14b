using System.CommandLine;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 list</c>: shows an artifact's signatures and those of the manifests below it, without verifying them.</summary>
internal static class ListCommand
{
    public const string Name = "list";

    public static Command Create(TimeProvider clock)
    {
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(Name, takesFiles: false);
        var command = new CommandWithExamples(
            Name,
            "List the signatures of an artifact and of the manifests below an index, without verifying them",
            """
            nv2 list registry.example.com/app:v1
            nv2 list --oci-layout ./app:v1
            docker save app:v1 | nv2 list --json --oci-layout -
            """
        )
        {
            json,
            verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result => Run(artifact.Read(result), result.GetValue(json), result.GetValue(verbose), clock));
        return command;
    }

    private static int Run(ArtifactPlace place, bool json, bool verbose, TimeProvider clock)
    {
        using var loggers = VerboseLog.Create(verbose);
        var (store, artifact, name) = StoredArtifacts.Find(place, loggers.CreateLogger(Name));
        var tree = StoredArtifacts.Explain("list the signatures in", name, () => Read(store, artifact, clock));
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(Report(tree)));
        else
            output.Write(Encoding.UTF8.GetBytes(SignatureText.Draw(tree, Terminal.OutputWidth)));
        if (tree.Signatures.Count == 0 && StoredArtifacts.Unseen(store, artifact) is { } unseen)
            StandardStreams.WriteErrorLine($"nv2: note: {unseen}");
        return ExitCodes.Success;
    }

    // A manifest that is listed again is shown without its children.
    private static SignedTree Read(IArtifactStore store, Descriptor artifact, TimeProvider clock)
    {
        var path = new List<List<SignedTree>> { new() };
        var use = VerificationBudget.Listing.Start(clock);
        var seen = new HashSet<Digest>();
        foreach (var node in ManifestTree.Walk(store, artifact))
        {
            var below = new List<SignedTree>();
            path[node.Depth]
                .Add(
                    new SignedTree(
                        node.Manifest,
                        seen.Add(node.Manifest.Digest) ? [.. StoredSignature.ReadAll(store, node.Manifest, use)] : [],
                        below
                    )
                );
            path.RemoveRange(node.Depth + 1, path.Count - node.Depth - 1);
            path.Add(below);
        }

        return path[0][0];
    }

    private static ListedManifest Report(SignedTree tree) =>
        new(
            DescriptorReport.Of(tree.Manifest),
            [.. tree.Signatures.Select(IInspectedSignature.Of)],
            tree.Below.Count == 0 ? null : [.. tree.Below.Select(Report)]
        );
}
