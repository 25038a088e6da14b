using Nv2.Signing.Json;

namespace Nv2.Signing.Artifacts;

/// <summary>Finds the descriptor of a manifest from its bytes.</summary>
public static class Manifest
{
    /// <summary>The largest manifest in bytes, as registries hold it (OCI distribution-spec, "Pushing Manifests": 4 MiB).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Describes a manifest by its SHA-256 digest, its size, and what it says it is.</summary>
    /// <param name="content">The exact bytes. Content that is no JSON object is described too, in constant memory, whatever its size.</param>
    /// <param name="mediaType">What it is if it does not say so itself; <see langword="null"/> for the original's default, Docker's image manifest.</param>
    /// <exception cref="InvalidInputException">
    /// The content begins like a JSON object and is not one, has an invalid <c>mediaType</c>, or is larger than <see cref="MaxBytes"/>.
    /// </exception>
    public static Descriptor Describe(Stream content, MediaType? mediaType)
    {
        var start = ReadStart(content, out var isAll);
        var own = ReadMediaType(start);
        var (digest, size) = isAll
            ? (Digest.Compute(DigestAlgorithm.Sha256, start), start.Length)
            : Digest.Compute(DigestAlgorithm.Sha256, start, content);
        return new Descriptor(own ?? mediaType ?? MediaType.DockerManifest, digest, size);
    }

    // All of what may be a JSON object, otherwise a beginning.
    private static ReadOnlySpan<byte> ReadStart(Stream content, out bool isAll)
    {
        const int FirstBuffer = 16 * 1024;
        var buffer = new byte[FirstBuffer];
        var length = 0;
        int read;
        while ((read = content.Read(buffer, length, buffer.Length - length)) > 0)
        {
            length += read;
            if (length < buffer.Length)
                continue;
            if (!MayBeObject(buffer))
                break;
            if (length > MaxBytes)
                throw new InvalidInputException($"the manifest is larger than {MaxBytes} bytes, the most that registries take");
            Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBytes + 1));
        }

        isAll = read == 0;
        return buffer.AsSpan(0, length);
    }

    private static bool MayBeObject(ReadOnlySpan<byte> start) => start.TrimStart(" \t\r\n"u8) is [] or [(byte)'{', ..];

    private static MediaType? ReadMediaType(ReadOnlySpan<byte> start)
    {
        const string Property = "mediaType";
        if (start.IsEmpty || !MayBeObject(start))
            return null;

        // Readers of JSON that do not look at the case of names would take such a property for the media type.
        var manifest = StrictJson.Parse(start, "the manifest");
        foreach (var (name, value) in manifest.Properties())
        {
            if (name != Property && name.Equals(Property, StringComparison.OrdinalIgnoreCase))
                throw value.Invalid($"is not the property {Property}, but other programs take it for that: expected {Property} alone");
        }

        return manifest.Optional(Property)?.Value(MediaType.Parse);
    }
}
