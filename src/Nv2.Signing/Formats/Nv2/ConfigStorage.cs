using System.Collections.ObjectModel;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats.Nv2;

/// <summary>A signature that is the config of its manifest, which has no layers.</summary>
internal sealed class ConfigStorage : SignatureStorage
{
    public static ConfigStorage Instance { get; } = new();

    public override SignatureArtifact Create(ISignatureFormat format, ReadOnlyMemory<byte> signature, Descriptor subject) =>
        SignatureArtifact.Of(format.MediaType, Blob.Of(format.MediaType, signature), [], subject, ReadOnlyDictionary<string, string>.Empty);

    public override Descriptor? Find(JsonNode manifest, IReadOnlyList<MediaType> formats)
    {
        if (manifest.Optional("config") is not { } config)
            return null;
        var mediaType = config.Required("mediaType").Text();
        return formats.Any(format => format.ToString() == mediaType) ? Descriptor.Read(config) : null;
    }
}
