using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Storage.Tar;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>Opens stores and finds artifacts in them. Errors about a layout name the layout.</summary>
internal static class StoredArtifacts
{
    private const string Action = "read";

    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(1);

    /// <summary>Opens the store of an artifact, and finds the artifact.</summary>
    /// <returns>The store, the artifact, and its name for messages.</returns>
    public static (IArtifactStore Store, Descriptor Artifact, string Name) Find(ArtifactPlace place, ILogger log)
    {
        switch (place)
        {
            case ArtifactPlace.Layout { Location: var location }:
                var layout = Open(location);
                return (layout, Resolve(layout, location), $"the layout {location}");
            case ArtifactPlace.Registry registry:
                var store = registry.Open(log);
                return (store, store.ResolveToRead(), registry.Reference.Text);
            default:
                throw new InvalidOperationException($"{place} does not store signatures");
        }
    }

    /// <summary>
    /// Where signatures were not looked for, if no signature is valid; otherwise <see langword="null"/>.
    /// </summary>
    public static string? Unseen(IArtifactStore store, ArtifactVerification verification) =>
        verification.Decision.Outcome == Outcome.Skipped || verification.Signatures.Any(signature => signature.Result.Verified)
            ? null
            : Unseen(store, verification.Subject);

    /// <summary>Where signatures were not looked for; <see langword="null"/> if all places were searched.</summary>
    public static string? Unseen(IArtifactStore store, Descriptor artifact) => (store as IRegistryStore)?.Unseen(artifact);

    /// <summary>Resolves the tag or digest of a location in its layout.</summary>
    public static Descriptor Resolve(ImageLayout layout, LayoutLocation location) =>
        Explain(Action, $"the layout {location}", () => layout.Resolve(location.Name));

    /// <summary>Opens a layout.</summary>
    public static ImageLayout Open(LayoutLocation location) =>
        location.Path is { } folder && Directory.Exists(folder) ? OpenFolder(folder) : ReadTar(location);

    /// <summary>Opens a layout in a folder.</summary>
    public static LayoutFolder OpenFolder(string folder) =>
        Explain(Action, $"the layout {Quoted.Text(folder)}", () => LayoutFolder.Open(folder, LockPatience));

    /// <summary>Reads a layout in a tar, and copies it to <paramref name="output"/> while reading.</summary>
    public static LayoutTar ReadTar(LayoutLocation location, Stream? output = null)
    {
        if (location.Path is not null)
            return BoundedFile.Read(location.Path, "the layout", file => ReadingProgress.Of(file, stream => LayoutTar.Read(stream, output)));

        return Explain(
            Action,
            $"the layout {location}",
            () =>
            {
                using var input = StandardStreams.OpenInput();
                return LayoutTar.Read(input, output);
            }
        );
    }

    /// <summary>Checks the content of an artifact in a layout.</summary>
    /// <inheritdoc cref="ContentCheck.Make"/>
    public static ContentCheck CheckContent(ImageLayout layout, Descriptor artifact, string action, string name, bool shallow) =>
        CheckContent(action, name, () => ContentCheck.Make(layout, artifact, withLayers: !shallow));

    /// <summary>Checks the content of an image of a bundle.</summary>
    /// <inheritdoc cref="ImageBundle.Check"/>
    public static ContentCheck CheckContent(ImageBundle bundle, Descriptor image, string action, string name, bool shallow) =>
        CheckContent(action, name, () => bundle.Check(image, withLayers: !shallow));

    private static ContentCheck CheckContent(string action, string name, Func<ContentCheck> check) =>
        Explain(
            action,
            name,
            () =>
            {
                try
                {
                    return check();
                }
                catch (UncheckableContentException exception)
                {
                    throw new InvalidInputException($"{exception.Message} (--shallow checks only the manifest)", exception);
                }
            }
        );

    /// <summary>The manifests of an index that are missing from a layout, or <see langword="null"/>.</summary>
    public static string? DescribeMissing(Descriptor artifact, ContentCheck check)
    {
        const int MaxShown = 8;
        if (check.Missing.Count == 0)
            return null;
        var shown = string.Join(", ", check.Missing.Take(MaxShown).Select(missing => missing.Digest));
        var more = check.Missing.Count > MaxShown ? $" and {check.Missing.Count - MaxShown} more" : "";
        return $"{check.Missing.Count} of the manifests of the index {artifact.Digest} are missing from the layout ({shown}{more})";
    }

    /// <inheritdoc cref="Explain{T}"/>
    public static void Explain(string action, string name, Action work) =>
        Explain(
            action,
            name,
            () =>
            {
                work();
                return true;
            }
        );

    /// <summary>Runs an action on a store; an error names the action and the store.</summary>
    public static T Explain<T>(string action, string name, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot {action} {name}: {exception.Message}", exception);
        }
        catch (AccessDeniedException exception)
        {
            throw new AccessDeniedException($"cannot {action} {name}: {exception.Message}", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new AccessDeniedException($"cannot {action} {name}: permission denied", exception);
        }
        catch (IOException exception) when (exception is not StandardStreamException)
        {
            throw new IOException($"cannot {action} {name}: {Quoted.Text(exception.Message)[1..^1]}", exception);
        }
    }
}
