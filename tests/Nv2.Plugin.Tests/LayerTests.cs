using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Tests;

/// <summary>The executable is in layers that only look down, and its faces do not know one another (docs/architecture.md).</summary>
public sealed class LayerTests
{
    private const string Root = "Nv2.Plugin";

    private static readonly string[] Layers =
    [
        Root,
        $"{Root}.Platform",
        $"{Root}.Files",
        $"{Root}.Transfer",
        $"{Root}.KeySources",
        $"{Root}.Reports",
        $"{Root}.Operations",
        $"{Root}.Contracts",
        $"{Root}.Contracts.Nv2",
        $"{Root}.Contracts.Notation",
        $"{Root}.Cli.Options",
        $"{Root}.Cli.Text",
        $"{Root}.Cli.Commands",
        $"{Root}.Cli",
        $"{Root}.Docker",
        $"{Root}.Containerd",
    ];

    private static readonly string[] Faces =
    [
        $"{Root}.Contracts.Nv2",
        $"{Root}.Contracts.Notation",
        $"{Root}.Contracts",
        $"{Root}.Cli",
        $"{Root}.Docker",
        $"{Root}.Containerd",
    ];

    private readonly NamespaceLayers executable = new(typeof(FileIdentity).Assembly, Root);

    [Fact]
    public void Every_namespace_is_a_layer() => Assert.Equal(Layers.Order(StringComparer.Ordinal), executable.Namespaces);

    [Fact]
    public void A_layer_uses_only_those_below_it_and_a_face_no_other_face() => Assert.Empty(executable.Violations(MayUse));

    [Fact]
    public void The_picture_in_docs_shows_what_uses_what() => Assert.Equal(LayerPicture.Draw(executable, Root, Layers), LayerPicture.Read(Root));

    [Fact]
    public void An_edge_that_goes_up_is_found_in_bodies_of_methods_too() =>
        Assert.Contains(
            "Nv2.Plugin.Docker.DockerPlugin uses Nv2.Plugin.Operations.TrustHomeLocation",
            executable.Violations((user, used) => MayUse(used, user))
        );

    private static bool MayUse(string user, string used) =>
        Array.IndexOf(Layers, used) < Array.IndexOf(Layers, user)
        && (FaceOf(used) is not { } face || face == FaceOf(user) || (face == $"{Root}.Contracts" && user.StartsWith(face, StringComparison.Ordinal)));

    // The face that a namespace is, or is part of.
    private static string? FaceOf(string layer) => Array.Find(Faces, face => layer == face || layer.StartsWith(face + '.', StringComparison.Ordinal));
}
