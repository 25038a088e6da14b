namespace Nv2.Signing.Artifacts;

/// <summary>What content is, by what address and how large (OCI image-spec, descriptor.md).</summary>
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

    /// <summary>What the content is.</summary>
    public MediaType MediaType { get; }

    /// <summary>The content's address.</summary>
    public Digest Digest { get; }

    /// <summary>The content's length in bytes, 0 or more.</summary>
    public long Size { get; }

    /// <summary>Reads a descriptor from JSON, as <c>oras manifest fetch --descriptor</c> prints it. Properties other than the three are passed over.</summary>
    /// <exception cref="InvalidInputException">The text is not one JSON object with a valid <c>mediaType</c>, <c>digest</c> and <c>size</c>.</exception>
    public static Descriptor Parse(ReadOnlySpan<byte> json) => Read(Json.StrictJson.Parse(json, "the descriptor"));

    /// <summary>Reads a descriptor from a JSON object.</summary>
    /// <exception cref="InvalidInputException">A property is missing, of the wrong type or out of range; the exception names its path.</exception>
    public static Descriptor Read(Json.JsonNode json) => new(
        json.Required("mediaType").Value(MediaType.Parse),
        json.Required("digest").Value(Digest.Parse),
        json.Required("size").WholeNumber(0, long.MaxValue));

    /// <summary>Media type, digest and size on one line.</summary>
    public override string ToString() => $"{MediaType} {Digest} ({Size} bytes)";
}
