using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Formats.Nv2;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats;

/// <summary>The supported signature formats. A new one is only added here.</summary>
public static class SignatureFormats
{
    /// <summary>The largest signature in bytes that is read.</summary>
    internal const int MaxBytes = 4 * 1024 * 1024;

    private static readonly JwtFormat Jwt = new();
    private static readonly JsonFormat Json = new();
    private static readonly JwsFormat Jws = new();
    private static readonly CoseFormat Cose = new();

    // Of the two JSON formats, the one that looks further than the first brace is asked first; what is neither JSON nor CBOR can only be text.
    private static readonly ISignatureFormat[] ByRecognition = [Jws, Json, Cose, Jwt];

    /// <summary>All formats, the default first.</summary>
    public static IReadOnlyList<ISignatureFormat> All { get; } = [Jwt, Json, Jws, Cose];

    /// <summary>The default format.</summary>
    public static ISignatureFormat Default => Jwt;

    /// <summary>The format of that short name.</summary>
    /// <exception cref="InvalidInputException">It does not exist.</exception>
    public static ISignatureFormat ByName(string name) =>
        All.FirstOrDefault(format => format.Name == name)
        ?? throw new InvalidInputException(
            $"{Quoted.Text(name)} is not a signature format: "
                + $"expected {Alternatives.Of(All.Select(format => format.Name))}{NearestName.Suggest(name, All.Select(format => format.Name))}"
        );

    /// <summary>The format of that media type.</summary>
    /// <exception cref="InvalidInputException">It does not exist.</exception>
    public static ISignatureFormat ByMediaType(string mediaType) =>
        All.FirstOrDefault(format => format.MediaType.ToString() == mediaType)
        ?? throw new InvalidInputException(
            $"{Quoted.Text(mediaType)} is not the media type of a signature format: "
                + $"expected {Alternatives.Of(All.Select(format => format.MediaType))}"
        );

    /// <summary>Reads a signature of any format.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a well-formed signature of any format.</exception>
    internal static Signature Parse(ReadOnlyMemory<byte> signature) => Parse(signature, null);

    /// <summary>Reads a signature of one format, or of any when <paramref name="format"/> is <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a well-formed signature of the format.</exception>
    internal static Signature Parse(ReadOnlyMemory<byte> signature, ISignatureFormat? format)
    {
        if (signature.Length > MaxBytes)
            throw new InvalidInputException($"the signature has {signature.Length} bytes: expected {MaxBytes} at most");
        if (signature.IsEmpty)
            throw new InvalidInputException("the signature is empty");
        format ??=
            Recognize(signature.Span)
            ?? throw new InvalidInputException(
                "the signature has an unknown format: expected header.claims.signature, JSON with signed and signature, "
                    + "JSON with payload and signature, or COSE_Sign1"
            );
        return format.Parse(signature);
    }

    /// <summary>The format that bytes begin like, or <see langword="null"/>. Its parser reports other errors.</summary>
    internal static ISignatureFormat? Recognize(ReadOnlySpan<byte> signature)
    {
        foreach (var format in ByRecognition)
        {
            if (format.Recognizes(signature))
                return format;
        }

        return null;
    }

    /// <summary>Finds the signature in a manifest: its format and its blob; <see langword="null"/> if the manifest is not of a signature.</summary>
    /// <exception cref="InvalidInputException">The manifest is of a signature, and is not valid.</exception>
    internal static (ISignatureFormat Format, Descriptor Blob)? Find(JsonNode manifest)
    {
        foreach (var formats in All.GroupBy(format => format.Storage))
        {
            if (formats.Key.Find(manifest, [.. formats.Select(format => format.MediaType)]) is { } blob)
                return (formats.First(format => format.MediaType == blob.MediaType), blob);
        }

        return null;
    }
}
