using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>Stores signatures beside artifacts: new ones, or one from a file.</summary>
internal static class StoredSigning
{
    private const string StandardOutput = "-";

    /// <summary>How much of a layout is signed and checked: all manifests below an index or only the artifact, with or without layers.</summary>
    /// <param name="IsRecursive">Whether the manifests below an index are signed too.</param>
    /// <param name="IsShallow">Whether layers are skipped.</param>
    /// <param name="IsOfAllImages">Whether all images of a layout are signed.</param>
    internal sealed record Depth(bool IsRecursive, bool IsShallow, bool IsOfAllImages = false);

    // Two writers at one place would lose a signature: a tar is rewritten, and so is a list of referrers under a tag.
    private static readonly ConcurrentDictionary<string, Lock> Places = new(StringComparer.Ordinal);

    /// <summary>Stores signatures in a layout: adds to a folder, or rewrites a tar, in place or to <paramref name="output"/>.</summary>
    /// <returns>The signed artifacts, to print the digests; nothing if the layout is on standard output.</returns>
    public static IReadOnlyList<SignedArtifact> InLayout(ISignatureSource source, LayoutLocation location, string? output, Depth depth)
    {
        // Opening the layout refuses an invalid file name.
        if (location.Path is null or "" || location.Path.Contains('\0', StringComparison.Ordinal))
            return AddToLayout(source, location, output, depth);
        lock (Places.GetOrAdd(Path.GetFullPath(location.Path), _ => new()))
            return AddToLayout(source, location, output, depth);
    }

    private static IReadOnlyList<SignedArtifact> AddToLayout(ISignatureSource source, LayoutLocation location, string? output, Depth depth)
    {
        if (location.Path is { } folder && Directory.Exists(folder))
        {
            if (output is not null)
                throw new UsageException("--output cannot be combined with a layout in a folder, which is changed in place");
            return Sign(source, StoredArtifacts.OpenFolder(folder), location, depth, $"the layout {location}");
        }

        if ((output ?? location.Path) is not { } target)
            throw new UsageException("--output is missing: expected the output file for a layout on standard input, - for standard output");
        return target == StandardOutput ? ToStandardOutput(source, location, depth) : ToFile(source, location, target, depth);
    }

    /// <summary>Stores signatures in a registry.</summary>
    /// <returns>The signed artifacts.</returns>
    public static IReadOnlyList<SignedArtifact> InRegistry(ISignatureSource source, ArtifactPlace.Registry place, bool recursive, ILogger log)
    {
        var store = place.Open(log);
        var subjects = Subjects(store, store.Resolve(), recursive);
        var signatures = source.For(subjects, [place.Reference]);
        foreach (var signature in signatures)
        {
            lock (Places.GetOrAdd($"{place.Reference.Repository}@{signature.Subject.Digest}", _ => new()))
                store.Add(signature);
            log.LogDebug("pushed {Manifest}", signature.Manifest.Descriptor);
        }

        return Stored(source, signatures, place.Reference.Repository);
    }

    /// <summary>Whether signatures that an earlier run reported are still stored, and are of the current artifact.</summary>
    /// <param name="place">Where the artifact is.</param>
    /// <param name="subject">The artifact that was signed.</param>
    /// <param name="signatures">The signatures.</param>
    /// <param name="inputs">How to sign.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="InvalidInputException">The artifact cannot be read.</exception>
    public static bool AreThere(
        ArtifactPlace place,
        DescriptorReport subject,
        IReadOnlyList<SignedReport> signatures,
        SigningInputs inputs,
        ILogger log
    )
    {
        switch (place)
        {
            case ArtifactPlace.SingleFile or ArtifactPlace.Blob:
                return FileSigning.IsThere(place, subject, signatures, inputs);
            case ArtifactPlace.Layout layout:
                var content = StoredArtifacts.Open(layout.Location);
                return StoredArtifacts.Resolve(content, layout.Location).Digest.ToString() == subject.Digest
                    && signatures.All(signature => IsListed(content, signature));
            case ArtifactPlace.Registry registry:
                var store = registry.Open(log);
                return store.Resolve().Digest.ToString() == subject.Digest && signatures.All(signature => IsListed(store, signature));
            default:
                return false;
        }
    }

    private static bool IsListed(IArtifactStore store, SignedReport signature) =>
        signature.Manifest is { } manifest
        && store.ListReferrers(Of(signature.Subject)).Any(referrer => referrer.Digest.ToString() == manifest.Digest && store.Holds(referrer));

    private static Descriptor Of(DescriptorReport report) => new(MediaType.Parse(report.MediaType), Digest.Parse(report.Digest), report.Size);

    private static IReadOnlyList<SignedArtifact> ToFile(ISignatureSource source, LayoutLocation location, string target, Depth depth)
    {
        source.Protect(target);
        if (FileIdentity.Find(target) is { IsRegular: false })
            throw new InvalidInputException($"cannot write the layout to {Quoted.Text(target)}: it is not a file (use - for standard output)");

        using var file = OutputFile.Begin(target);
        var signed = Sign(source, StoredArtifacts.ReadTar(location, file.Content), location, depth, $"the layout {Quoted.Text(target)}");
        file.Commit(durable: true);
        return signed;
    }

    // Output to standard output cannot be undone. A tar that can be read twice is checked before the first byte; for a tar from a pipe the end is
    // held back, without which it is not a layout.
    private static IReadOnlyList<SignedArtifact> ToStandardOutput(ISignatureSource source, LayoutLocation location, Depth depth)
    {
        if (location.Path is not null)
            _ = Subjects(source, StoredArtifacts.ReadTar(location), location, depth);

        using var output = StandardStreams.OpenOutput();
        _ = Sign(source, StoredArtifacts.ReadTar(location, output), location, depth, "the layout");
        return [];
    }

    private static IReadOnlyList<SignedArtifact> Sign(ISignatureSource source, ImageLayout layout, LayoutLocation location, Depth depth, string place)
    {
        var (artifacts, note) = Subjects(source, layout, location, depth);
        IReadOnlyList<SignatureArtifact> signatures = [.. artifacts.SelectMany(artifact => source.For(artifact.Subjects, artifact.OwnNames))];
        Add(layout, location, signatures);
        if (note is not null)
            StandardStreams.WriteErrorLine($"nv2: note: {note}");
        return Stored(source, signatures, place);
    }

    private static IReadOnlyList<SignedArtifact> Stored(ISignatureSource source, IReadOnlyList<SignatureArtifact> signatures, string place) =>
        [.. signatures.Select(signature => new SignedArtifact.Stored(signature.Subject, source.Format, signature.Manifest.Descriptor, place))];

    // A signature vouches for all content that the manifest names, so missing or damaged content is refused.
    private static (IReadOnlyList<ToSign> Artifacts, string? Note) Subjects(
        ISignatureSource source,
        ImageLayout layout,
        LayoutLocation location,
        Depth depth
    )
    {
        if (depth.IsOfAllImages)
            return StoredArtifacts.Explain(source.Action, $"the layout {location}", () => Images(layout, depth));
        var artifact = StoredArtifacts.Resolve(layout, location);
        return StoredArtifacts.Explain(
            source.Action,
            $"the layout {location}",
            () =>
            {
                var check = ContentCheck.Make(layout, artifact, withLayers: !depth.IsShallow);
                return ((IReadOnlyList<ToSign>)[new(Subjects(layout, artifact, depth.IsRecursive), [])], Note(artifact, check, depth));
            }
        );
    }

    // Each image is signed for its names in the layout, the names that a verification asks for.
    private static (IReadOnlyList<ToSign> Artifacts, string? Note) Images(ImageLayout layout, Depth depth)
    {
        var bundle = ImageBundle.Open(layout);
        var notes = bundle
            .Images.Select(image => Note(image.Artifact, bundle.Check(image.Artifact, withLayers: !depth.IsShallow), depth))
            .OfType<string>()
            .ToList();
        bundle.RequireDockerNames();
        return (
            [
                .. bundle.Images.Select(image => new ToSign(
                    Subjects(layout, image.Artifact, depth.IsRecursive),
                    [.. image.Names.Select(LayoutLocation.ReferenceOf).OfType<Reference>().Distinct()]
                )),
            ],
            notes.Count == 0 ? null : string.Join("; ", notes)
        );
    }

    private static string? Note(Descriptor artifact, ContentCheck check, Depth depth) =>
        StoredArtifacts.DescribeMissing(artifact, check) is { } missing
            ? missing + (depth.IsRecursive ? ", and are not signed" : ", and were not checked")
            : null;

    private static void Add(ImageLayout layout, LayoutLocation location, IReadOnlyList<SignatureArtifact> signatures) =>
        StoredArtifacts.Explain(
            "add to",
            $"the layout {location}",
            () =>
            {
                layout.Add(signatures);
                return signatures.Count;
            }
        );

    private static IReadOnlyList<Descriptor> Subjects(IArtifactStore store, Descriptor artifact, bool recursive) =>
        recursive ? ManifestTree.List(store, artifact) : [ManifestTree.Require(store, artifact)];

    private sealed record ToSign(IReadOnlyList<Descriptor> Subjects, IReadOnlyList<Reference> OwnNames);
}
