using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Contracts.Nv2;

/// <summary>Properties that more than one request has.</summary>
internal static class RequestProperties
{
    private const int MaxAnnotations = 1024;

    /// <summary>The artifact: <c>subject</c>, a descriptor, or <c>manifest</c>, the manifest's bytes in base64; exactly one of the two.</summary>
    public static Descriptor ReadSubject(JsonNode request)
    {
        var subject = request.Optional("subject");
        var manifest = request.Optional("manifest");
        return (subject, manifest) switch
        {
            ({ } descriptor, null) => Descriptor.Read(descriptor),
            (null, { } content) => Describe(content),
            (null, null) => throw new InvalidInputException($"{HostCall.RequestName} has neither $.subject nor $.manifest: expected one of the two")
            {
                Path = "$.subject",
            },
            _ => throw manifest!.Value.Invalid("stands beside $.subject: expected one of the two"), // Both are there.
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
            annotations.Add(key, value.Text()); // No object has the same property twice.
        }

        return annotations;
    }

    private static Descriptor Describe(JsonNode manifest)
    {
        var content = manifest.Base64(Manifest.MaxBytes);
        try
        {
            return Manifest.Describe(new MemoryStream(content), mediaType: null);
        }
        catch (InvalidInputException exception)
        {
            throw manifest.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }
}
