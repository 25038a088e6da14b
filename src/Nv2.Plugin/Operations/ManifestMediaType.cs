using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Operations;

/// <summary>Makes sure that the media type of a manifest is known. The signature covers it: with another media type, it is of another
/// artifact.</summary>
internal static class ManifestMediaType
{
    /// <summary>Checks how the media type is known.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="specification">
    /// The specification of the signature. The original assumes Docker's media type for a manifest without one; the Notary Project does not.
    /// <see langword="null"/> if the signature cannot be read.
    /// </param>
    /// <param name="name">The name of the manifest, for messages.</param>
    /// <param name="option">The option for the media type: <c>--media-type</c>.</param>
    /// <returns>A warning for people, or <see langword="null"/>.</returns>
    /// <exception cref="InvalidInputException">The media type is unknown, and the specification has no default.</exception>
    public static string? Require(ManifestDescription manifest, SignatureSpecification? specification, string name, string option) =>
        manifest switch
        {
            { Source: MediaTypeSource.Assumed } when specification == SignatureSpecification.Notary => throw new InvalidInputException(
                $"{name} does not state its media type: expected {option}, such as {MediaType.OciManifest}"
            ),
            { Source: MediaTypeSource.Assumed } =>
                $"{name} does not state its media type: {manifest.Descriptor.MediaType} is assumed, as by the original nv2; change it with {option}",
            _ => null,
        };

    /// <summary>A warning about a media type that differs from the one in registries and layouts, or <see langword="null"/>.</summary>
    /// <inheritdoc cref="Require"/>
    public static string? WarnAboutGiven(ManifestDescription manifest, string name, string option) =>
        manifest is { Source: MediaTypeSource.Given, Shown: { } shown, Descriptor.MediaType: var given } && shown != given
            ? $"{name} has the structure of {shown}, but is signed as {given} ({option}): in a registry or a layout the signature will not be valid"
            : null;
}
