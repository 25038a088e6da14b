using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.CommandLine;

/// <summary>Signs an artifact where it is stored, and stores the signature beside it.</summary>
internal static class StoredSigning
{
    private const string StandardOutput = "-";

    /// <summary>Signs in a layout: a folder is added to, a tar written anew, in its place or to <paramref name="output"/>.</summary>
    public static int InLayout(SigningInputs inputs, LayoutLocation location, string? output, bool recursive)
    {
        if (location.Path is { } folder && Directory.Exists(folder))
        {
            return output is null
                ? Sign(inputs, StoredArtifacts.OpenFolder(folder), location, recursive)
                : throw new UsageException("--output cannot be used with a layout in a folder, which is added to where it is");
        }

        if ((output ?? location.Path) is not { } target)
            throw new UsageException("--output is missing: expected where to write the layout that comes from standard input, - for standard output");
        return target == StandardOutput ? ToStandardOutput(inputs, location, recursive) : ToFile(inputs, location, target, recursive);
    }

    /// <summary>Signs in a registry.</summary>
    public static int InRegistry(SigningInputs inputs, ArtifactPlace.Registry place, bool recursive, ILogger log)
    {
        var store = place.Open(log);
        var subjects = Subjects(store, store.Resolve(), recursive);
        foreach (var signature in inputs.SignAll(subjects, place.Reference))
        {
            store.Add(signature);
            log.LogDebug("pushed {Manifest}", signature.Manifest.Descriptor);
        }

        Print(subjects);
        return ExitCodes.Success;
    }

    private static int ToFile(SigningInputs inputs, LayoutLocation location, string target, bool recursive)
    {
        inputs.Protect(target);
        if (FileIdentity.Find(target) is { IsRegular: false })
            throw new InvalidInputException($"cannot write the layout to {Quoted.Text(target)}: it is not a file (- is standard output)");

        using var file = OutputFile.Begin(target);
        var result = Sign(inputs, StoredArtifacts.ReadTar(location, file.Content), location, recursive);
        file.Commit(durable: true);
        return result;
    }

    // Nothing can be taken back from standard output. A tar that can be read twice is checked before the first byte; of one from a pipe the end is held back, without
    // which it is no layout.
    private static int ToStandardOutput(SigningInputs inputs, LayoutLocation location, bool recursive)
    {
        if (location.Path is not null)
            _ = StoredArtifacts.Resolve(StoredArtifacts.ReadTar(location), location);

        using var output = StandardStreams.OpenOutput();
        var layout = StoredArtifacts.ReadTar(location, output);
        Add(layout, location, inputs.SignAll(Subjects(layout, location, recursive), null));
        return ExitCodes.Success;
    }

    private static int Sign(SigningInputs inputs, ImageLayout layout, LayoutLocation location, bool recursive)
    {
        var subjects = Subjects(layout, location, recursive);
        Add(layout, location, inputs.SignAll(subjects, null));
        Print(subjects);
        return ExitCodes.Success;
    }

    private static IReadOnlyList<Descriptor> Subjects(ImageLayout layout, LayoutLocation location, bool recursive)
    {
        var artifact = StoredArtifacts.Resolve(layout, location);
        return StoredArtifacts.Explain("sign in", $"the layout {location}", () => Subjects(layout, artifact, recursive));
    }

    private static void Add(ImageLayout layout, LayoutLocation location, IReadOnlyList<SignatureArtifact> signatures) => StoredArtifacts.Explain("add to", $"the layout {location}", () =>
    {
        layout.Add(signatures);
        return signatures.Count;
    });

    private static IReadOnlyList<Descriptor> Subjects(IArtifactStore store, Descriptor artifact, bool recursive) =>
        recursive ? ManifestTree.List(store, artifact) : [ManifestTree.Require(store, artifact)];

    private static void Print(IReadOnlyList<Descriptor> subjects)
    {
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.ASCII.GetBytes(string.Concat(subjects.Select(subject => $"{subject.Digest}\n"))));
    }
}
