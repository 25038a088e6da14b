using System.Globalization;
using System.Text.Json;
using Nv2.Signing.Json;

namespace Nv2.Signing.Artifacts;

/// <summary>The media type, address and size of content (OCI image-spec, descriptor.md).</summary>
public sealed record Descriptor
{
    /// <summary>A descriptor.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is negative.</exception>
    public Descriptor(MediaType mediaType, Digest digest, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        MediaType = mediaType;
        Digest = digest;
        Size = size;
    }

    /// <summary>The media type of the content.</summary>
    public MediaType MediaType { get; }

    /// <summary>The content's address.</summary>
    public Digest Digest { get; }

    /// <summary>The content's length in bytes, 0 or more.</summary>
    public long Size { get; }

    /// <summary>Reads a descriptor from JSON, as <c>oras manifest fetch --descriptor</c> prints it. Other properties are ignored.</summary>
    /// <exception cref="InvalidInputException">The text is not one JSON object with a valid <c>mediaType</c>, <c>digest</c> and
    /// <c>size</c>.</exception>
    public static Descriptor Parse(ReadOnlySpan<byte> json) => Read(StrictJson.Parse(json, "the descriptor"));

    /// <summary>Reads a descriptor from a JSON object.</summary>
    /// <exception cref="InvalidInputException">A property is missing, of the wrong type or out of range; the exception names its path.</exception>
    internal static Descriptor Read(JsonNode json) =>
        new(
            json.Required("mediaType").Value(MediaType.Parse),
            json.Required("digest").Value(Digest.Parse),
            json.Required("size").WholeNumber(0, long.MaxValue)
        );

    /// <summary>Reads a descriptor in a list of other programs. The algorithm of its digest may be unsupported.</summary>
    /// <inheritdoc cref="Read"/>
    internal static Descriptor ReadListed(JsonNode json) =>
        new(
            json.Required("mediaType").Value(MediaType.Parse),
            json.Required("digest").Value(Digest.ParseAny),
            json.Required("size").WholeNumber(0, long.MaxValue)
        );

    /// <summary>Reads a descriptor in a manifest, which other programs read too. The algorithm of its digest may be unsupported.</summary>
    /// <inheritdoc cref="Read"/>
    /// <exception cref="InvalidInputException">A property name differs from a known one only in case: some programs would read it as that
    /// property.</exception>
    internal static Descriptor ReadPart(JsonNode json)
    {
        Manifest.Names.Require(json);
        return ReadListed(json);
    }

    /// <summary>Writes the descriptor as a JSON object.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteProperties(writer);
        writer.WriteEndObject();
    }

    /// <summary>Writes the three properties into a JSON object that is already open.</summary>
    internal void WriteProperties(Utf8JsonWriter writer)
    {
        writer.WriteString("mediaType", MediaType.ToString());
        writer.WriteString("digest", Digest.ToString());
        writer.WriteNumber("size", Size);
    }

    /// <summary>Makes sure that <paramref name="content"/> is what this descriptor describes.</summary>
    /// <exception cref="InvalidInputException">It has another size or another digest, or the algorithm of the digest is not supported.</exception>
    public void RequireContent(ReadOnlySpan<byte> content)
    {
        Digest.RequireSupported();
        if (content.Length != Size)
            throw new InvalidInputException(
                string.Create(CultureInfo.InvariantCulture, $"{Digest} has {content.Length} bytes: expected {Size}, as its descriptor says")
            );
        if (Digest.Compute(Digest.Algorithm, content) is var actual && actual != Digest)
            throw new InvalidInputException($"digest mismatch: the content stored as {Digest} has the digest {actual}");
    }

    /// <summary>Media type, digest and size on one line.</summary>
    public override string ToString() => $"{MediaType} {Digest} ({Size} bytes)";
}

/// <summary>Content together with its descriptor.</summary>
/// <param name="Descriptor">What it is, its digest and its size.</param>
/// <param name="Content">The bytes.</param>
public sealed record Blob(Descriptor Descriptor, ReadOnlyMemory<byte> Content)
{
    /// <summary>The blob of <paramref name="content"/>, addressed by SHA-256.</summary>
    internal static Blob Of(MediaType mediaType, ReadOnlyMemory<byte> content) =>
        new(new Descriptor(mediaType, Digest.Compute(DigestAlgorithm.Sha256, content.Span), content.Length), content);
}
