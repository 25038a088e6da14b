using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary>Properties that several requests have.</summary>
internal static class RequestProperties
{
    public const string MediaTypePath = "$.mediaType";

    private const string ManifestPath = "$.manifest";
    private const int MaxAnnotations = 1024;

    /// <summary>
    /// The artifact: <c>subject</c>, a descriptor, or <c>manifest</c>, the manifest's bytes in base64, with <c>mediaType</c> if the manifest does not
    /// state it.
    /// </summary>
    public static ManifestDescription ReadSubject(JsonNode request)
    {
        var subject = request.Optional("subject");
        var manifest = request.Optional("manifest");
        var mediaType = request.Optional("mediaType");
        if (manifest is null && mediaType is { } stray)
            throw stray.Invalid($"requires {ManifestPath}: $.subject has its own mediaType");
        return (subject, manifest) switch
        {
            ({ } descriptor, null) => new(Descriptor.Read(descriptor), MediaTypeSource.Stated),
            (null, { } content) => Describe(content, mediaType),
            (null, null) => throw new InvalidInputException($"{HostCall.RequestName} has neither $.subject nor $.manifest: expected exactly one")
            {
                Path = "$.subject",
            },
            _ => throw manifest!.Value.Invalid("cannot be combined with $.subject"),
        };
    }

    /// <summary>The signed metadata of the artifact: <c>annotations</c>, an object of strings.</summary>
    public static IReadOnlyDictionary<string, string> ReadAnnotations(JsonNode request)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Optional("annotations") is not { } property)
            return annotations;

        foreach (var (key, value) in property.Properties())
        {
            if (annotations.Count == MaxAnnotations)
                throw property.Invalid($"has more than {MaxAnnotations} properties");
            annotations.Add(key, value.Text()); // StrictJson refuses duplicate properties.
        }

        return annotations;
    }

    /// <summary>Makes sure that the media type of the artifact is known, for a signature of that specification.</summary>
    /// <returns>A warning, or <see langword="null"/>.</returns>
    public static string? RequireMediaType(ManifestDescription artifact, SignatureSpecification? specification)
    {
        try
        {
            return ManifestMediaType.Require(artifact, specification, ManifestPath, MediaTypePath);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{HostCall.RequestName}: {exception.Message}", exception) { Path = MediaTypePath };
        }
    }

    private static ManifestDescription Describe(JsonNode manifest, JsonNode? mediaType)
    {
        var content = manifest.Base64(Manifest.MaxBytes);
        var given = mediaType?.Value(MediaType.Parse);
        try
        {
            var description = Manifest.Describe(new MemoryStream(content), given);
            return given is null || given == description.Descriptor.MediaType
                ? description
                : throw mediaType!.Value.Invalid($"is {given}: expected {description.Descriptor.MediaType}, as the manifest says");
        }
        catch (InvalidInputException exception) when (exception.Document != HostCall.RequestName)
        {
            throw manifest.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }
}
