using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>What the Notary Project's envelopes sign: <c>{"targetArtifact":{…}}</c>, the descriptor of the artifact (signature specification,
/// "Payload").</summary>
internal static class NotaryPayload
{
    /// <summary>The beginning of the keys of annotations that only the specification itself may give a meaning.</summary>
    public const string ReservedPrefix = "io.cncf.notary";

    private const string TargetArtifact = "targetArtifact";

    /// <summary>The media type of the payload, and so the content type of the envelopes.</summary>
    public static MediaType MediaType { get; } = MediaType.Parse("application/vnd.cncf.notary.payload.v1+json");

    /// <summary>Reads a payload. Properties that the specification does not name are passed over.</summary>
    /// <returns>Claims that say nothing of times and attributes: those stand in the headers of the envelope.</returns>
    /// <exception cref="InvalidInputException">The text is not one JSON object with a descriptor in <c>targetArtifact</c>.</exception>
    public static Claims Parse(ReadOnlySpan<byte> payload)
    {
        var target = StrictJson.Parse(payload, "the payload of the signature").Required(TargetArtifact);
        var descriptor = Descriptor.Read(target);
        var claims = new Claims(descriptor.MediaType, descriptor.Digest, descriptor.Size, [], null, null, null);
        return target.OptionalOrNull("annotations") is { } annotations
            ? claims with
            {
                Annotations = annotations.Properties().ToDictionary(one => one.Key, one => one.Value.Text(), StringComparer.Ordinal),
            }
            : claims;
    }

    /// <summary>What stands against an annotation of a signer's own, or <see langword="null"/> (OCI image-spec, annotations.md, "Rules").</summary>
    public static string? CheckAnnotation(string key) =>
        key.Length == 0 ? "the key of an annotation is empty: expected some text"
        : key.StartsWith(ReservedPrefix, StringComparison.Ordinal)
            ? $"the annotation {Quoted.Text(key)} is not for signers: keys that begin with {ReservedPrefix} are reserved"
        : null;

    /// <summary>Writes the payload of <paramref name="claims"/>, or takes it as they have it.</summary>
    internal static byte[] Write(Claims claims)
    {
        if (claims.Payload is { } payload)
            return payload.ToArray();

        return JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject(TargetArtifact);
            new Descriptor(claims.MediaType ?? MediaType.OciManifest, claims.Digest, claims.Size).WriteProperties(writer);
            if (claims.Annotations.Count > 0)
            {
                writer.WriteStartObject("annotations");
                foreach (var (key, value) in claims.Annotations.OrderBy(one => one.Key, StringComparer.Ordinal))
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }
}
