using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Signing.Storage.Layout;

/// <summary>An entry of a layout's index, or of an index in the layout.</summary>
/// <param name="Descriptor">What it leads to.</param>
/// <param name="RefName">Its tag, <c>org.opencontainers.image.ref.name</c>; podman writes a whole reference there.</param>
/// <param name="ImageName">Its whole reference, <c>io.containerd.image.name</c>, as docker and containerd write it.</param>
/// <param name="Path">Where it stands in the index: <c>$.manifests[0]</c>.</param>
public sealed record LayoutEntry(Descriptor Descriptor, string? RefName, string? ImageName, string Path)
{
    /// <summary>The name for people, or <see langword="null"/>.</summary>
    public string? Name => ImageName ?? RefName;

    /// <summary>The names under which programs load what the entry leads to. To them an empty one is none.</summary>
    internal IEnumerable<string> Names
    {
        get
        {
            if (!string.IsNullOrEmpty(ImageName))
                yield return ImageName;
            if (!string.IsNullOrEmpty(RefName))
                yield return RefName;
        }
    }

    internal static LayoutEntry Read(JsonNode json)
    {
        var descriptor = Descriptor.ReadPart(json);
        var annotations = json.Optional("annotations");
        return new(
            descriptor,
            annotations?.Optional("org.opencontainers.image.ref.name")?.Text(),
            annotations?.Optional("io.containerd.image.name")?.Text(),
            json.Path);
    }

    /// <summary>Whether <paramref name="name"/> is this entry's tag or its reference, with docker's defaults filled in.</summary>
    internal bool IsNamed(string name) =>
        RefName == name || ImageName == name
        || (ImageName is not null && Reference.TryParse(name, out var wanted, out _) && Reference.TryParse(ImageName, out var own, out _) && wanted.Equals(own));
}
