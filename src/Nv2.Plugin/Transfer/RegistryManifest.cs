using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Transfer;

/// <summary>Finds the descriptor of a manifest of which a tool gives nothing but the bytes.</summary>
internal static class RegistryManifest
{
    /// <summary>Describes a manifest.</summary>
    /// <param name="content">Its exact bytes.</param>
    /// <param name="expected">The digest by which it was asked for, if it was.</param>
    /// <exception cref="InvalidInputException">The content has another digest, or neither says nor shows what it is.</exception>
    public static Descriptor Describe(byte[] content, Digest? expected)
    {
        var digest = Digest.Compute(expected?.Algorithm ?? DigestAlgorithm.Sha256, content);
        if (expected is not null && digest != expected)
            throw new InvalidInputException($"the registry's answer for {expected} has another digest, {digest}");

        var manifest = StrictJson.Parse(content, "the manifest");
        var own = Manifest.Describe(new MemoryStream(content, writable: false), mediaType: null).MediaType; // With its checks, but not its default.
        return new Descriptor(manifest.Optional("mediaType") is null ? ByStructure(manifest) : own, digest, content.Length);
    }

    // The media type is optional in OCI's manifests and required in Docker's. What could be read as both kinds is neither.
    private static MediaType ByStructure(JsonNode manifest)
    {
        var isIndex = manifest.Optional("manifests") is not null;
        var isImage = manifest.Optional("config") is not null && manifest.Optional("layers") is not null;
        return (isIndex, isImage) switch
        {
            (true, false) when manifest.Optional("config") is null && manifest.Optional("layers") is null => MediaType.OciIndex,
            (false, true) => MediaType.OciManifest,
            _ => throw new InvalidInputException("the manifest does not say what it is: expected a mediaType, or an OCI image manifest or index"),
        };
    }
}
