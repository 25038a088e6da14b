using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>An image of a bundle.</summary>
/// <param name="Artifact">Its manifest, an image's or an index.</param>
/// <param name="Names">The names under which programs load it: those in <c>index.json</c>, and additional ones in <c>manifest.json</c>; may be
/// empty.</param>
internal sealed record BundleImage(Descriptor Artifact, IReadOnlyList<string> Names);

/// <summary>
/// All images of a layout. Each entry of <c>index.json</c> is one, unless it is a referrer, or a part of another image without a name. Programs load
/// them by name, so no name may lead to two of them or to anything else (docs/layouts.md, "Several images").
/// </summary>
internal sealed class ImageBundle
{
    private readonly ImageLayout layout;
    private readonly Dictionary<Descriptor, LayoutNode> nodes;
    private readonly Dictionary<Descriptor, ContentCheck> contents = [];
    private readonly CheckedImages seen = new();

    private ImageBundle(ImageLayout layout)
    {
        this.layout = layout;
        nodes = layout.Nodes().ToDictionary(node => node.Manifest);
        Images = List();
    }

    /// <summary>The images, in the order of <c>index.json</c>.</summary>
    public IReadOnlyList<BundleImage> Images { get; private set; }

    /// <summary>Finds the images of a layout, and makes sure that each name in its indexes belongs to exactly one of them.</summary>
    /// <exception cref="InvalidInputException">There is no image; a name belongs to two images or to something else; or a manifest does not match its
    /// descriptor.</exception>
    public static ImageBundle Open(ImageLayout layout)
    {
        var bundle = new ImageBundle(layout);
        if (bundle.Images.Count == 0)
            throw new InvalidInputException("the layout has no image: its index lists none, or only referrers");
        var images = bundle.Images.Select(image => image.Artifact).ToList();
        NameCheck.Make(layout, bundle.Below(images).Union(images).ToHashSet());
        bundle.RequireOneImageEach();
        return bundle;
    }

    /// <summary>Checks the content of one of the images.</summary>
    /// <inheritdoc cref="ContentCheck.Make"/>
    public ContentCheck Check(Descriptor image, bool withLayers) => contents[image] = ContentCheck.MakeOne(layout, image, withLayers, seen);

    /// <summary>
    /// Makes sure that docker's own files in the layout name only these images, each by its name in <c>index.json</c>, or by an additional unique
    /// name, which becomes one of its names. The content of all images has been checked.
    /// </summary>
    /// <exception cref="InvalidInputException">A file names something else, or gives the name of one image to another.</exception>
    public void RequireDockerNames()
    {
        var images = Images
            .SelectMany(image => contents[image.Artifact].Images.Select(content => (Owner: image.Artifact, Content: content)))
            .ToList();
        var owners = Owners();
        var names = Images.ToDictionary(image => image.Artifact, image => image.Names.ToList());
        foreach (var (name, positions) in DockerArchive.RequireOnly(layout, images.ConvertAll(image => image.Content)))
        {
            var candidates = positions.Select(position => images[position].Owner).Distinct().ToList();
            if (owners.TryGetValue(name, out var owner))
            {
                if (!candidates.Contains(owner))
                    throw TwoImages(ImageLayout.DockerManifestFileName, name, owner, candidates[0]);
                continue;
            }

            owners.Add(name, candidates[0]);
            candidates.ForEach(candidate => names[candidate].Add(name));
        }

        Images = [.. Images.Select(image => image with { Names = names[image.Artifact] })];
    }

    private List<BundleImage> List()
    {
        var named = layout
            .Index.Entries.GroupBy(entry => entry.Descriptor)
            .Select(entries => new BundleImage(entries.Key, [.. entries.SelectMany(entry => entry.Names).Distinct()]))
            .Where(image => !IsReferrersList(image))
            .ToList();
        var parts = Below(named.Select(image => image.Artifact));
        return named.FindAll(image => image.Names.Count > 0 || !(parts.Contains(image.Artifact) || IsReferrer(image.Artifact)));
    }

    private bool IsReferrer(Descriptor manifest) => nodes.TryGetValue(manifest, out var node) && node.Subject is not null;

    // Found by its tag. The check of names makes sure that it is the only one.
    private static bool IsReferrersList(BundleImage image) =>
        image.Artifact.MediaType == MediaType.OciIndex && image.Names is [var only] && ReferrersTag.IsOne(only);

    // What the indexes among them list, at any depth.
    private HashSet<Descriptor> Below(IEnumerable<Descriptor> images)
    {
        var (parts, walked) = (new HashSet<Descriptor>(), new HashSet<Descriptor>());
        var waiting = new Stack<Descriptor>(images);
        while (waiting.TryPop(out var next))
        {
            if (!walked.Add(next) || !nodes.TryGetValue(next, out var node))
                continue;
            foreach (var below in node.Below)
            {
                parts.Add(below.Descriptor);
                waiting.Push(below.Descriptor);
            }
        }

        return parts;
    }

    private void RequireOneImageEach() => _ = Owners();

    // docker and containerd write the tag of an image beside its whole name, and load by the whole name: several images may have the same tag.
    private Dictionary<string, Descriptor> Owners()
    {
        var owners = new Dictionary<string, Descriptor>(StringComparer.Ordinal);
        foreach (var entry in layout.Index.Entries)
        {
            foreach (var name in entry.Names.Where(name => string.IsNullOrEmpty(entry.ImageName) || name == entry.ImageName || IsWhole(name)))
            {
                var normal = IsWhole(name) ? DockerArchive.Normal(name) : name;
                if (!owners.TryAdd(normal, entry.Descriptor) && owners[normal] is var other && other != entry.Descriptor)
                    throw TwoImages(LayoutIndex.FileName, name, other, entry.Descriptor);
            }
        }

        return owners;
    }

    private static bool IsWhole(string name) => name.AsSpan().ContainsAny('/', ':');

    private static InvalidInputException TwoImages(string file, string name, Descriptor one, Descriptor other) =>
        new(
            $"{file} gives the name {Quoted.Text(name)} to {one.Digest} and to {other.Digest}: "
                + "programs would load one or the other under it (expected each name for one image)"
        );
}
