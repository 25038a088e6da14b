using System.Diagnostics.CodeAnalysis;
using Nv2.Signing.Text;

namespace Nv2.Signing.Artifacts;

/// <summary>A media type without parameters, compared by its exact characters (RFC 6838 section 4.2, as the OCI image-spec requires).</summary>
public sealed record MediaType
{
    /// <summary>The longest type or subtype (RFC 6838 section 4.2).</summary>
    private const int MaxNameLength = 127;

    private readonly string value;

    private MediaType(string value) => this.value = value;

    /// <summary>Docker's image manifest, version 2 schema 2: the original's default for a manifest without a media type.</summary>
    public static MediaType DockerManifest { get; } = new("application/vnd.docker.distribution.manifest.v2+json");

    /// <summary>OCI image manifest.</summary>
    public static MediaType OciManifest { get; } = new("application/vnd.oci.image.manifest.v1+json");

    /// <summary>OCI image index.</summary>
    public static MediaType OciIndex { get; } = new("application/vnd.oci.image.index.v1+json");

    /// <summary>Docker's manifest list, its index.</summary>
    public static MediaType DockerManifestList { get; } = new("application/vnd.docker.distribution.manifest.list.v2+json");

    /// <summary>Reads a media type.</summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not <c>type/subtype</c> of RFC 6838 section 4.2.</exception>
    public static MediaType Parse(string text) =>
        TryParse(text, out var mediaType)
            ? mediaType
            : throw new InvalidInputException(
                $"{Quoted.Text(text)} is not a media type: expected type/subtype without parameters, such as {OciManifest}"
            );

    /// <summary>Reads a media type; <see langword="false"/> if <paramref name="text"/> is not a media type.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out MediaType? mediaType)
    {
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var valid = slash > 0 && IsName(text.AsSpan(0, slash)) && IsName(text.AsSpan(slash + 1));
        mediaType = valid ? new MediaType(text!) : null;
        return valid;
    }

    /// <summary>The media type as it is written.</summary>
    public override string ToString() => value;

    private static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && !name.ContainsAnyExcept(CharacterSets.MediaTypeName);
}
