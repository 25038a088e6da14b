using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats.Nv2;

/// <summary>The claims of the two nv2 formats as JSON.</summary>
internal static class ClaimsJson
{
    private const int MaxReferences = 1024;

    /// <summary>The last second that a date can name: 9999-12-31T23:59:59Z.</summary>
    private const long MaxUnixSeconds = 253402300799;

    /// <summary>Reads claims.</summary>
    /// <exception cref="InvalidInputException">A claim is missing, of the wrong type or out of range.</exception>
    public static Claims Read(JsonNode claims, bool withMediaType) =>
        new(
            withMediaType ? claims.Required("mediaType").Value(MediaType.Parse) : null,
            claims.Required("digest").Value(Digest.Parse),
            claims.Required("size").WholeNumber(0, long.MaxValue),
            claims.Optional("references")?.Array(MaxReferences).ConvertAll(reference => reference.Value(Reference.Parse)) ?? [],
            ReadTime(claims, "iat"),
            ReadTime(claims, "nbf"),
            ReadTime(claims, "exp")
        );

    /// <summary>Writes the claims in the order of the original: with a media type <c>exp iat nbf</c> at the end (<c>jwt</c>), without one <c>exp nbf
    /// iat</c> (<c>json</c>).</summary>
    public static void Write(Utf8JsonWriter writer, Claims claims, bool withMediaType)
    {
        writer.WriteStartObject();
        if (withMediaType)
            WriteText(writer, "mediaType", (claims.MediaType ?? MediaType.DockerManifest).ToString());
        writer.WriteString("digest", claims.Digest.ToString());
        writer.WriteNumber("size", claims.Size);
        if (claims.References.Count > 0)
        {
            writer.WriteStartArray("references");
            foreach (var reference in claims.References)
                writer.WriteStringValue(reference.Text);
            writer.WriteEndArray();
        }

        WriteTime(writer, "exp", claims.ExpiresAt);
        if (withMediaType)
            WriteTime(writer, "iat", claims.IssuedAt);
        WriteTime(writer, "nbf", claims.NotBefore);
        if (!withMediaType)
            WriteTime(writer, "iat", claims.IssuedAt);
        writer.WriteEndObject();
    }

    // Of all characters of a media type, the original's JSON writer escapes only the ampersand; the platform's writer has no such option.
    private static void WriteText(Utf8JsonWriter writer, string name, string value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue($"\"{value.Replace("&", "\\u0026", StringComparison.Ordinal)}\"");
    }

    // The original writes 0 for none.
    private static DateTimeOffset? ReadTime(JsonNode claims, string name) =>
        claims.Optional(name)?.WholeNumber(0, MaxUnixSeconds) is { } seconds and not 0 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time?.ToUnixTimeSeconds() is { } seconds and not 0)
            writer.WriteNumber(name, seconds);
    }
}
