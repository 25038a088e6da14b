using Nv2.Testing;

namespace Nv2.Signing.Tests;

/// <summary>The library is in layers that only look down (docs/architecture.md).</summary>
public sealed class LayerTests
{
    private const string Root = "Nv2.Signing";

    private static readonly string[] Layers =
    [
        Root,
        $"{Root}.Reuse",
        $"{Root}.Text",
        $"{Root}.Files",
        $"{Root}.Json",
        $"{Root}.Artifacts",
        $"{Root}.Keys",
        $"{Root}.Certificates",
        $"{Root}.Certificates.Revocation",
        $"{Root}.Policy",
        $"{Root}.Signatures",
        $"{Root}.Formats.Nv2",
        $"{Root}.Formats.Notary",
        $"{Root}.Formats",
        $"{Root}.Timestamps",
        $"{Root}.Signing",
        $"{Root}.Storage",
        $"{Root}.Storage.Layout",
        $"{Root}.Storage.Tar",
        $"{Root}.Verification",
        $"{Root}.Verification.Layouts",
    ];

    // The two specifications know nothing of each other, and making signatures nothing of where they are stored or verified.
    private static readonly (string User, string Used)[] Apart =
    [
        ($"{Root}.Formats.Notary", $"{Root}.Formats.Nv2"),
        ($"{Root}.Storage", $"{Root}.Signing"),
        ($"{Root}.Verification", $"{Root}.Signing"),
        ($"{Root}.Verification", $"{Root}.Storage.Layout"),
        ($"{Root}.Verification", $"{Root}.Storage.Tar"),
    ];

    private readonly NamespaceLayers library = new(typeof(InvalidInputException).Assembly, Root);

    [Fact]
    public void Every_namespace_is_a_layer() => Assert.Equal(Layers.Order(StringComparer.Ordinal), library.Namespaces);

    [Fact]
    public void A_layer_uses_only_those_below_it() => Assert.Empty(library.Violations(MayUse));

    [Fact]
    public void The_picture_in_docs_shows_what_uses_what() => Assert.Equal(LayerPicture.Draw(library, Root, Layers), LayerPicture.Read(Root));

    [Fact]
    public void An_edge_that_goes_up_is_found_in_bodies_of_methods_too()
    {
        var upsideDown = library.Violations((user, used) => MayUse(used, user));

        Assert.Contains("Nv2.Signing.Formats.SignatureFormats uses Nv2.Signing.Formats.Nv2.JwtFormat", upsideDown);
        Assert.Contains("Nv2.Signing.Verification.Verifier uses Nv2.Signing.Text.Quoted", upsideDown);
    }

    private static bool MayUse(string user, string used) =>
        Array.IndexOf(Layers, used) < Array.IndexOf(Layers, user) && !Apart.Contains((user, used));
}
