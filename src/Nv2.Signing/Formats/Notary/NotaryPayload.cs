using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>The payload of the Notary Project's envelopes: <c>{"targetArtifact":{…}}</c>, the descriptor of the artifact (signature specification,
/// "Payload").</summary>
internal static class NotaryPayload
{
    /// <summary>The prefix of annotation keys that are reserved for the specification.</summary>
    public const string ReservedPrefix = "io.cncf.notary";

    private const string TargetArtifact = "targetArtifact";

    /// <summary>The media type of the payload, and so the content type of the envelopes.</summary>
    public static MediaType MediaType { get; } = MediaType.Parse("application/vnd.cncf.notary.payload.v1+json");

    /// <summary>Reads a payload. Unknown properties are ignored.</summary>
    /// <returns>Claims without times and attributes, which are in the headers of the envelope.</returns>
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

    /// <summary>Why an annotation of a signer is not allowed, or <see langword="null"/> (OCI image-spec, annotations.md, "Rules").</summary>
    public static string? CheckAnnotation(string key) =>
        key.Length == 0 ? "the key of an annotation is empty: expected some text"
        : key.StartsWith(ReservedPrefix, StringComparison.Ordinal)
            ? $"the annotation {Quoted.Text(key)} is not allowed: keys that begin with {ReservedPrefix} are reserved"
        : null;

    /// <summary>Writes the payload of <paramref name="claims"/>, or returns the one that they contain.</summary>
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
