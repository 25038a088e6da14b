using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.CommandLine;

/// <summary>Finds artifacts where they are stored; what is wrong with a layout is told with its name.</summary>
internal static class StoredArtifacts
{
    private const string Action = "read the layout";

    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(1);

    /// <summary>Opens where an artifact is stored, and finds it there.</summary>
    /// <returns>The store, the artifact, and its name for messages.</returns>
    public static (IArtifactStore Store, Descriptor Artifact, string Name) Find(ArtifactPlace place, ILogger log)
    {
        switch (place)
        {
            case ArtifactPlace.Layout { Location: var location }:
                var layout = Open(location);
                return (layout, Resolve(layout, location), location.ToString());
            case ArtifactPlace.Registry registry:
                var store = registry.Open(log);
                return (store, store.Resolve(), registry.Reference.Text);
            default:
                throw new InvalidOperationException($"{place} is no place where signatures are stored");
        }
    }

    /// <summary>Finds what a location names in its layout.</summary>
    public static Descriptor Resolve(ImageLayout layout, LayoutLocation location)
    {
        try
        {
            return layout.Resolve(location.Name);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot find the artifact in {location}: {exception.Message}", exception);
        }
    }

    /// <summary>Opens a layout where it is.</summary>
    public static ImageLayout Open(LayoutLocation location) =>
        location.Path is { } folder && Directory.Exists(folder) ? OpenFolder(folder) : ReadTar(location);

    /// <summary>Opens a layout in a folder.</summary>
    public static LayoutFolder OpenFolder(string folder)
    {
        try
        {
            return LayoutFolder.Open(folder, LockPatience);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain(Action, folder, exception);
        }
    }

    /// <summary>Reads a layout in a tar, and copies it to <paramref name="output"/> as it goes by.</summary>
    public static LayoutTar ReadTar(LayoutLocation location, Stream? output = null)
    {
        if (location.Path is not null)
            return InputFile.Read(location.Path, "the layout", stream => LayoutTar.Read(stream, output));

        try
        {
            using var input = StandardStreams.OpenInput();
            return LayoutTar.Read(input, output);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot {Action} from standard input: {exception.Message}", exception);
        }
    }
}
