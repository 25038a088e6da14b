using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Operations;

/// <summary>Makes sure that it is known what a manifest is. The signature names its media type: of another one, it is of another artifact.</summary>
internal static class ManifestMediaType
{
    /// <summary>Judges how the media type is known.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="specification">
    /// That of the signature. The original takes a manifest of which nothing is known for one of Docker's; the Notary Project does not.
    /// <see langword="null"/> where the signature cannot be read.
    /// </param>
    /// <param name="name">The name of the manifest, for messages.</param>
    /// <param name="option">How the caller can give the media type: <c>--media-type</c>.</param>
    /// <returns>A warning for people, or <see langword="null"/>.</returns>
    /// <exception cref="InvalidInputException">Nothing tells, and the specification knows no default.</exception>
    public static string? Require(ManifestDescription manifest, SignatureSpecification? specification, string name, string option) =>
        manifest switch
        {
            { Source: MediaTypeSource.Assumed } when specification == SignatureSpecification.Notary => throw new InvalidInputException(
                $"{name} does not tell its media type: expected {option}, such as {MediaType.OciManifest}"
            ),
            { Source: MediaTypeSource.Assumed } =>
                $"{name} does not tell its media type: {manifest.Descriptor.MediaType} is assumed, as by the original nv2; {option} says otherwise",
            _ => null,
        };

    /// <summary>Warns of a media type that registries and layouts will not have, or returns <see langword="null"/>.</summary>
    /// <inheritdoc cref="Require"/>
    public static string? WarnAboutGiven(ManifestDescription manifest, string name, string option) =>
        manifest is { Source: MediaTypeSource.Given, Shown: { } shown, Descriptor.MediaType: var given } && shown != given
            ? $"{name} is made as {shown}, and is signed as {given}, which {option} gives: in a registry or a layout the signature will not be valid for it"
            : null;
}
